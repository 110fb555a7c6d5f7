-- The nouns of the domain. A row is a JSON document of the domain's type, beside the columns that are searched or ordered by.
-- Platform.
CREATE TABLE space (
    space_id TEXT PRIMARY KEY,
    body TEXT NOT NULL
);
CREATE TABLE member (
    connector_id TEXT PRIMARY KEY,
    key_id TEXT NOT NULL UNIQUE,
    participant_id TEXT NOT NULL,
    state TEXT NOT NULL,
    registered_at BIGINT NOT NULL,
    body TEXT NOT NULL
);
CREATE TABLE listing (
    product_id TEXT PRIMARY KEY,
    connector_id TEXT NOT NULL,
    listing_key TEXT NOT NULL,
    space_id TEXT NOT NULL,
    state TEXT NOT NULL,
    search TEXT NOT NULL,
    requested_at BIGINT NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (connector_id, listing_key)
);
CREATE TABLE application (
    application_id TEXT PRIMARY KEY,
    contract_id TEXT NOT NULL UNIQUE,
    consumer TEXT NOT NULL,
    provider TEXT NOT NULL,
    state TEXT NOT NULL,
    submitted_at BIGINT NOT NULL,
    body TEXT NOT NULL
);
CREATE TABLE contract (
    contract_id TEXT PRIMARY KEY,
    space_id TEXT NOT NULL,
    provider TEXT NOT NULL,
    consumer TEXT NOT NULL,
    status TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX contract_by_time ON contract (created_at, contract_id);
-- The log of evidence: entries are numbered without gaps, a head is signed once for a size.
CREATE TABLE log (
    space_id TEXT PRIMARY KEY,
    size BIGINT NOT NULL,
    state TEXT NOT NULL,
    published BIGINT NOT NULL
);
CREATE TABLE entry (
    space_id TEXT NOT NULL,
    position BIGINT NOT NULL,
    record_id TEXT NOT NULL UNIQUE,
    contract_id TEXT,
    kind TEXT NOT NULL,
    actor TEXT NOT NULL,
    at BIGINT NOT NULL,
    leaf {BYTES} NOT NULL,
    PRIMARY KEY (space_id, position)
);
CREATE INDEX entry_by_contract ON entry (contract_id, position);
CREATE TABLE head (
    space_id TEXT NOT NULL,
    size BIGINT NOT NULL,
    sha256 TEXT NOT NULL,
    sm3 TEXT NOT NULL,
    signed_at BIGINT NOT NULL,
    PRIMARY KEY (space_id, size)
);
-- Connector.
CREATE TABLE party (
    party_id TEXT PRIMARY KEY,
    address TEXT NOT NULL,
    body TEXT NOT NULL
);
CREATE TABLE resource (
    resource_id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    body TEXT NOT NULL
);
CREATE TABLE offering (
    listing_id TEXT PRIMARY KEY,
    product_id TEXT UNIQUE,
    state TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    body TEXT NOT NULL
);
CREATE TABLE application_notice (
    application_id TEXT PRIMARY KEY,
    contract_id TEXT NOT NULL,
    side TEXT NOT NULL,
    state TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    body TEXT NOT NULL
);
CREATE TABLE negotiation (
    pid TEXT PRIMARY KEY,
    peer TEXT NOT NULL,
    peer_pid TEXT,
    contract_id TEXT NOT NULL,
    state TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    body TEXT NOT NULL
);
CREATE UNIQUE INDEX negotiation_by_peer ON negotiation (peer, peer_pid);
CREATE INDEX negotiation_by_contract ON negotiation (contract_id);
CREATE TABLE transfer (
    pid TEXT PRIMARY KEY,
    peer TEXT NOT NULL,
    peer_pid TEXT,
    contract_id TEXT NOT NULL,
    state TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    body TEXT NOT NULL
);
CREATE UNIQUE INDEX transfer_by_peer ON transfer (peer, peer_pid);
CREATE INDEX transfer_by_contract ON transfer (contract_id);
CREATE TABLE agreement (
    contract_id TEXT PRIMARY KEY,
    side TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    body TEXT NOT NULL
);
CREATE TABLE holding (
    contract_id TEXT PRIMARY KEY,
    state TEXT NOT NULL,
    body TEXT NOT NULL
);
CREATE TABLE usage (
    use_id TEXT PRIMARY KEY,
    contract_id TEXT NOT NULL,
    state TEXT NOT NULL,
    asked_at BIGINT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX usage_by_contract ON usage (contract_id, asked_at);
CREATE TABLE meter (
    contract_id TEXT PRIMARY KEY,
    body TEXT NOT NULL
);
CREATE TABLE record (
    record_id TEXT PRIMARY KEY,
    space_id TEXT NOT NULL,
    contract_id TEXT,
    kind TEXT NOT NULL,
    at BIGINT NOT NULL,
    position BIGINT,
    body TEXT NOT NULL
);
CREATE INDEX record_by_time ON record (at);
