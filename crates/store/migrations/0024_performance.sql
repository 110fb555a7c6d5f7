-- Performance reports (TC609-6-2025-14 §7.5 d): where the chain of each reporter stands, at platform and parties, and the reports themselves. Which report a
-- connector's own record was counted for stands beside it.
CREATE TABLE performance_chain (
    contract_id TEXT NOT NULL,
    reporter TEXT NOT NULL,
    next_at BIGINT,
    changed_at BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (contract_id, reporter)
);
CREATE INDEX performance_chain_by_next ON performance_chain (next_at);
CREATE INDEX performance_chain_by_change ON performance_chain (changed_at);
CREATE TABLE performance (
    contract_id TEXT NOT NULL,
    reporter TEXT NOT NULL,
    number BIGINT NOT NULL,
    until_at BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (contract_id, reporter, number)
);
CREATE INDEX performance_by_time ON performance (contract_id, until_at);
ALTER TABLE record ADD COLUMN reported BIGINT;
CREATE INDEX record_unreported ON record (contract_id, reported);
CREATE INDEX audit_object ON audit (object, sequence);
