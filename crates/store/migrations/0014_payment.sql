-- Payment orders: what a statement says is to be paid, and what payer and payees have said of it. Every node that takes part keeps its own.
CREATE TABLE payment (
    contract_id TEXT PRIMARY KEY,
    state TEXT NOT NULL,
    stated_at BIGINT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX payment_by_time ON payment (stated_at);
