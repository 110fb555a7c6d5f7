-- Platform: policy templates by version, with what was decided on each. Connector: the templates that its platform offered last.
CREATE TABLE policy_template (
    template_id TEXT NOT NULL,
    version BIGINT NOT NULL,
    state TEXT NOT NULL,
    saved_at BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (template_id, version)
);
CREATE TABLE offered_template (
    template_id TEXT NOT NULL,
    version BIGINT NOT NULL,
    kept_at BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (template_id, version)
);
