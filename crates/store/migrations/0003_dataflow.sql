-- Data flows, each in the place of our data plane, and the planes of other makers that work with ours.
CREATE TABLE dataflow (
    flow_id TEXT PRIMARY KEY,
    side TEXT NOT NULL,
    state TEXT NOT NULL,
    to_move BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX dataflow_to_move ON dataflow (created_at, flow_id) WHERE to_move = 1;
CREATE TABLE plane (
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    registered_at BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (kind, name)
);
-- An agreement is asked for by the name that both sides know it by.
ALTER TABLE agreement ADD COLUMN agreement_id TEXT;
UPDATE agreement SET agreement_id = 'urn:xinyu:agreement:' || contract_id;
CREATE INDEX agreement_by_name ON agreement (agreement_id, side);
-- What rests or waits is looked for by its state.
CREATE INDEX transfer_by_state ON transfer (state, created_at);
CREATE INDEX negotiation_by_state ON negotiation (state, created_at);
