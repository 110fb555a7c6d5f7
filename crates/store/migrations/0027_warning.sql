-- Early warnings (TC609-6-2025-14 §7.5 c) as they are kept, and the moments at which contracts are to be looked at: rows are only added, by whatever changes
-- something of a contract, and taken by the look, so that nobody waits for anybody. Contracts of before are looked at once.
CREATE TABLE warning (
    warning_id TEXT PRIMARY KEY,
    contract_id TEXT NOT NULL,
    severity TEXT NOT NULL,
    raised_at BIGINT NOT NULL,
    closed_at BIGINT,
    body TEXT NOT NULL
);
CREATE INDEX warning_by_contract ON warning (contract_id, raised_at);
CREATE INDEX warning_by_time ON warning (raised_at);
CREATE TABLE warning_look (
    look_id TEXT PRIMARY KEY,
    contract_id TEXT NOT NULL,
    due_at BIGINT NOT NULL
);
CREATE INDEX warning_look_by_time ON warning_look (due_at);
CREATE INDEX warning_look_by_contract ON warning_look (contract_id);
INSERT INTO warning_look (look_id, contract_id, due_at) SELECT 'contract/' || contract_id, contract_id, 0 FROM contract;
INSERT INTO warning_look (look_id, contract_id, due_at) SELECT 'agreement/' || contract_id, contract_id, 0 FROM agreement;
-- What a message that failed is about, and what a person has decided about it. What was given up stays, set aside for good.
ALTER TABLE outbox ADD COLUMN contract_id TEXT;
ALTER TABLE outbox ADD COLUMN given_up_at BIGINT;
ALTER TABLE outbox ADD COLUMN decided_by TEXT;
ALTER TABLE outbox ADD COLUMN reason TEXT;
CREATE INDEX outbox_failed ON outbox (id) WHERE done_at IS NULL AND last_error IS NOT NULL;
