-- Platform: the versions of policy records of space and product, and the set of those that are enabled, by space. Connector: the set that it was sent last, and
-- the least sequence that its decisions need.
CREATE TABLE policy_record (
    record_id TEXT NOT NULL,
    version BIGINT NOT NULL,
    space_id TEXT NOT NULL,
    layer TEXT NOT NULL,
    product_id TEXT NOT NULL,
    author_id TEXT NOT NULL,
    state TEXT NOT NULL,
    saved_at BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (record_id, version)
);
CREATE INDEX policy_record_by_space ON policy_record (space_id, state, saved_at);
CREATE TABLE policy_set (
    space_id TEXT PRIMARY KEY,
    sequence BIGINT NOT NULL,
    required BIGINT NOT NULL,
    kept_at BIGINT NOT NULL,
    body TEXT
);
