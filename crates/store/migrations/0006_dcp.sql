-- Verifiable credentials: those that a connector holds, what it has asked for, what a platform was asked for and what it has issued; and the
-- connectors of other makers that have shown theirs.
CREATE TABLE held_credential (
    credential_id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    expires_at BIGINT,
    body TEXT NOT NULL
);
CREATE INDEX held_credential_by_kind ON held_credential (kind, received_at);
CREATE TABLE issuance (
    pid TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    requested_at BIGINT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX issuance_by_holder ON issuance (holder, requested_at);
CREATE TABLE issued_credential (
    status_index BIGINT PRIMARY KEY,
    credential_id TEXT NOT NULL UNIQUE,
    holder TEXT NOT NULL,
    issued_at BIGINT NOT NULL,
    revoked_at BIGINT,
    body TEXT NOT NULL
);
CREATE INDEX issued_credential_by_holder ON issued_credential (holder, issued_at);
CREATE INDEX issued_credential_revoked ON issued_credential (status_index) WHERE revoked_at IS NOT NULL;
CREATE TABLE counter (
    name TEXT PRIMARY KEY,
    value BIGINT NOT NULL
);
INSERT INTO counter (name, value) VALUES ('credential_status', 0);
CREATE TABLE dcp_partner (
    did TEXT PRIMARY KEY,
    seen_at BIGINT NOT NULL,
    body TEXT NOT NULL
);
-- A node is found by where it is.
CREATE INDEX party_by_address ON party (address);
