-- The versions of contracts that a later one has replaced, at the platform and at the parties; and the later versions that were proposed, at the parties.
CREATE TABLE contract_version (
    contract_id TEXT NOT NULL,
    number BIGINT NOT NULL,
    replaced_at BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (contract_id, number)
);
CREATE TABLE version_proposal (
    version_id TEXT PRIMARY KEY,
    contract_id TEXT NOT NULL,
    state TEXT NOT NULL,
    proposed_at BIGINT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX version_proposal_by_contract ON version_proposal (contract_id, proposed_at);
