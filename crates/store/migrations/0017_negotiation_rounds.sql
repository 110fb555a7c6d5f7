-- Every move of a negotiation as this side made or heard it, with its document; kept after the negotiation's end.
CREATE TABLE negotiation_round (
    pid TEXT NOT NULL,
    number BIGINT NOT NULL,
    contract_id TEXT NOT NULL,
    at BIGINT NOT NULL,
    digest TEXT,
    body TEXT NOT NULL,
    PRIMARY KEY (pid, number)
);
CREATE INDEX negotiation_round_by_contract ON negotiation_round (contract_id, at);
CREATE INDEX negotiation_round_by_digest ON negotiation_round (digest);
