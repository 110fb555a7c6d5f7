-- Metering period by period (NDI-TR-2025-05 §6.2.5 b): what a node keeps on a contract, a connector its own book and a platform the ledger of all three, and
-- the periods that were closed. In which period a connector's own record was counted stands beside it.
CREATE TABLE metering (
    contract_id TEXT NOT NULL PRIMARY KEY,
    next_at BIGINT,
    body TEXT NOT NULL
);
CREATE INDEX metering_by_next ON metering (next_at);
CREATE TABLE metering_period (
    contract_id TEXT NOT NULL,
    period BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (contract_id, period)
);
ALTER TABLE record ADD COLUMN metered BIGINT;
CREATE INDEX record_unmetered ON record (contract_id, metered);
