-- Platform: the signatures of service parties as they are gathered, and which contracts a service party was asked to sign. Connector: what we were asked to sign as a service party.
CREATE TABLE gathering (
    contract_id TEXT NOT NULL,
    contract_hash TEXT NOT NULL,
    state TEXT NOT NULL,
    opened_at BIGINT NOT NULL,
    answer_by BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (contract_id, contract_hash)
);
CREATE INDEX gathering_by_state ON gathering (state, answer_by);
CREATE TABLE contract_party (
    contract_id TEXT NOT NULL,
    party TEXT NOT NULL,
    PRIMARY KEY (contract_id, party)
);
CREATE INDEX contract_party_by_party ON contract_party (party);
CREATE TABLE countersigning (
    contract_id TEXT NOT NULL,
    contract_hash TEXT NOT NULL,
    state TEXT NOT NULL,
    asked_at BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (contract_id, contract_hash)
);
CREATE INDEX countersigning_by_time ON countersigning (asked_at);
