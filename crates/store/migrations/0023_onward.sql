-- Data that a use has made and this connector keeps, with its lineage and the policies it stays under.
CREATE TABLE derived (
    derived_id TEXT PRIMARY KEY,
    contract_id TEXT NOT NULL,
    state TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX derived_by_contract ON derived (contract_id);
CREATE INDEX derived_by_time ON derived (made_at);

-- Hops by which data went on to third members, as every node that takes part keeps them: the whole chain of statements.
CREATE TABLE onward (
    onward_id TEXT PRIMARY KEY,
    contract_id TEXT NOT NULL,
    sender TEXT NOT NULL,
    receiver TEXT NOT NULL,
    state TEXT NOT NULL,
    offered_at BIGINT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX onward_by_contract ON onward (contract_id);
CREATE INDEX onward_by_receiver ON onward (receiver, state);
CREATE INDEX onward_by_time ON onward (offered_at);
