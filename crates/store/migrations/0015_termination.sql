-- The ends of contracts before their time. Platform: when a filed contract ends (an agreed end, or its own), and what parties declare.
-- Connector: proposals, when an end that is known takes effect, and declarations as the platform tells them.
ALTER TABLE contract ADD COLUMN ends_at BIGINT;
CREATE INDEX contract_by_end ON contract (status, ends_at);
ALTER TABLE agreement ADD COLUMN ends_at BIGINT;
CREATE INDEX agreement_by_end ON agreement (ends_at);
CREATE TABLE termination_proposal (
    termination_id TEXT PRIMARY KEY,
    contract_id TEXT NOT NULL,
    state TEXT NOT NULL,
    proposed_at BIGINT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX termination_proposal_by_contract ON termination_proposal (contract_id, proposed_at);
CREATE TABLE breach (
    claim_id TEXT PRIMARY KEY,
    contract_id TEXT NOT NULL,
    state TEXT NOT NULL,
    claimed_at BIGINT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX breach_by_contract ON breach (contract_id, claimed_at);
CREATE INDEX breach_by_state ON breach (state, claimed_at);
