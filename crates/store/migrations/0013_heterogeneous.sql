-- Connectors of other makers that members have enrolled at their platform. One DID is one connector.
CREATE TABLE heterogeneous_connector (
    connector_id TEXT PRIMARY KEY,
    did TEXT NOT NULL UNIQUE,
    participant_id TEXT NOT NULL,
    owner TEXT NOT NULL,
    state TEXT NOT NULL,
    registered_at BIGINT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX heterogeneous_connector_by_owner ON heterogeneous_connector (owner, registered_at);
CREATE INDEX heterogeneous_connector_by_state ON heterogeneous_connector (state);
