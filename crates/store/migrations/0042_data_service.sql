-- What service parties offer beside data. TC609-6-2025-01 §5.2.2.4 d.
CREATE TABLE data_service (
    service_id TEXT PRIMARY KEY,
    space_id TEXT NOT NULL,
    connector_id TEXT NOT NULL,
    state TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX data_service_by_space ON data_service (space_id, state, changed_at);
CREATE INDEX data_service_by_connector ON data_service (connector_id, changed_at);
