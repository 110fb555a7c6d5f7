-- What members look for. TC609-6-2025-01 §5.2.2.9 b.
CREATE TABLE demand (
    demand_id TEXT PRIMARY KEY,
    space_id TEXT NOT NULL,
    connector_id TEXT NOT NULL,
    state TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX demand_by_space ON demand (space_id, state, changed_at);
CREATE INDEX demand_by_connector ON demand (connector_id, changed_at);
