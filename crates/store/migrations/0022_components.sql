-- Platform: algorithms, models and applications that were registered, by version, with the content where it is kept. Connector: where those stand that it was told of.
CREATE TABLE component (
    component_id TEXT NOT NULL,
    version TEXT NOT NULL,
    ordinal BIGINT NOT NULL,
    source_id TEXT NOT NULL,
    registration_id TEXT NOT NULL,
    space_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    registered_at BIGINT NOT NULL,
    body TEXT NOT NULL,
    content {BYTES},
    PRIMARY KEY (component_id, version)
);
CREATE UNIQUE INDEX component_by_registration ON component (source_id, registration_id);
CREATE UNIQUE INDEX component_by_ordinal ON component (component_id, ordinal);
CREATE INDEX component_by_space ON component (space_id, registered_at);
CREATE TABLE component_standing (
    component_id TEXT NOT NULL,
    version TEXT NOT NULL,
    since BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (component_id, version)
);
