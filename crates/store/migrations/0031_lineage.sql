-- Lineage of the data that a platform's logs tell of, read out of their entries in order: what is known is up to the position in lineage_read, and can be
-- thrown away and read again. born, destroyed and position are entries of the log.
CREATE TABLE lineage_read (
    space_id TEXT PRIMARY KEY,
    position BIGINT NOT NULL
);
CREATE TABLE lineage_node (
    space_id TEXT NOT NULL,
    node_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    contract_id TEXT,
    holder TEXT,
    digest TEXT,
    data_rows BIGINT,
    born BIGINT NOT NULL,
    destroyed BIGINT,
    PRIMARY KEY (node_id, space_id)
);
CREATE INDEX lineage_node_by_kind ON lineage_node (space_id, kind, born);
CREATE INDEX lineage_node_by_contract ON lineage_node (contract_id, space_id);
CREATE TABLE lineage_superseded (
    space_id TEXT NOT NULL,
    node_id TEXT NOT NULL,
    PRIMARY KEY (node_id, space_id)
);
CREATE TABLE lineage_digest (
    space_id TEXT NOT NULL,
    digest TEXT NOT NULL,
    contract_id TEXT NOT NULL,
    node_id TEXT NOT NULL,
    PRIMARY KEY (space_id, digest, contract_id)
);
CREATE TABLE lineage_edge (
    space_id TEXT NOT NULL,
    position BIGINT NOT NULL,
    from_id TEXT NOT NULL,
    to_id TEXT NOT NULL,
    activity TEXT NOT NULL,
    contract_id TEXT
);
CREATE INDEX lineage_edge_from ON lineage_edge (from_id, space_id, to_id);
CREATE INDEX lineage_edge_to ON lineage_edge (to_id, space_id, from_id);
CREATE TABLE lineage_offer (
    space_id TEXT NOT NULL,
    hop TEXT NOT NULL,
    from_id TEXT NOT NULL,
    PRIMARY KEY (space_id, hop)
);
CREATE TABLE lineage_event (
    space_id TEXT NOT NULL,
    activity TEXT NOT NULL,
    contract_id TEXT,
    given TEXT,
    taken TEXT,
    PRIMARY KEY (space_id, activity)
);
CREATE INDEX lineage_event_by_contract ON lineage_event (contract_id, space_id);
