-- Disputes over contracts, as every node that takes part keeps them: the whole chain of statements.
CREATE TABLE dispute (
    dispute_id TEXT PRIMARY KEY,
    contract_id TEXT NOT NULL,
    subject TEXT NOT NULL,
    state TEXT NOT NULL,
    opened_at BIGINT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX dispute_by_contract ON dispute (contract_id);
CREATE INDEX dispute_by_time ON dispute (opened_at);
