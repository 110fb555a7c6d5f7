-- Platform: certification schemes by version, certifications from application to their end, reputation statements.
CREATE TABLE certification_scheme (
    scheme_id TEXT NOT NULL,
    version BIGINT NOT NULL,
    saved_at BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (scheme_id, version)
);
CREATE TABLE certification (
    certification_id TEXT PRIMARY KEY,
    scheme_id TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    connector_id TEXT NOT NULL,
    state TEXT NOT NULL,
    applied_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    valid_until BIGINT,
    body TEXT NOT NULL
);
CREATE INDEX certification_by_connector ON certification (connector_id, applied_at);
CREATE INDEX certification_by_subject ON certification (scheme_id, subject_id, state);
CREATE INDEX certification_by_state ON certification (state, valid_until);
INSERT INTO counter (name, value) VALUES ('certification', 0);
CREATE TABLE reputation (
    connector_id TEXT NOT NULL,
    computed_at BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (connector_id, computed_at)
);
-- What somebody did, by kind and time.
CREATE INDEX entry_by_actor ON entry (actor, kind, at);
CREATE INDEX entry_by_kind ON entry (kind, at);
CREATE INDEX connector_event_by_kind ON connector_event (connector_id, kind, at);
