-- Platform: every credential that was issued, with its place in a status list.
CREATE TABLE credential (
    credential_id TEXT PRIMARY KEY,
    connector_id TEXT NOT NULL,
    list BIGINT NOT NULL,
    place BIGINT NOT NULL,
    state TEXT NOT NULL,
    issued_at BIGINT NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (list, place)
);
CREATE INDEX credential_by_connector ON credential (connector_id, issued_at);
CREATE INDEX credential_by_state ON credential (state, list, place);
-- Platform: what participants say of themselves, sealed.
CREATE TABLE identity (
    connector_id TEXT PRIMARY KEY,
    changed_at BIGINT NOT NULL,
    body {BYTES} NOT NULL
);
CREATE TABLE attachment (
    attachment_id TEXT PRIMARY KEY,
    connector_id TEXT NOT NULL,
    uploaded_at BIGINT NOT NULL,
    card TEXT NOT NULL,
    body {BYTES} NOT NULL
);
CREATE INDEX attachment_by_connector ON attachment (connector_id, uploaded_at);
-- Platform: what authorities are asked, and what they answered.
CREATE TABLE verification (
    verification_id TEXT PRIMARY KEY,
    connector_id TEXT NOT NULL,
    state TEXT NOT NULL,
    asked_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX verification_by_connector ON verification (connector_id, asked_at);
CREATE INDEX verification_due ON verification (due_at) WHERE state = 'asking';
-- Both: who acts for an organisation; what identifies a person is sealed.
CREATE TABLE delegation (
    delegation_id TEXT PRIMARY KEY,
    connector_id TEXT NOT NULL,
    user_name TEXT NOT NULL,
    state TEXT NOT NULL,
    valid_until BIGINT NOT NULL,
    body TEXT NOT NULL,
    person {BYTES} NOT NULL
);
CREATE INDEX delegation_by_connector ON delegation (connector_id, state);
-- Connector: where others stand, as the platform told, and the lists of revoked credentials.
CREATE TABLE standing (
    party_id TEXT PRIMARY KEY,
    sequence BIGINT NOT NULL,
    body TEXT NOT NULL
);
CREATE TABLE status_list (
    url TEXT PRIMARY KEY,
    learnt_at BIGINT NOT NULL,
    body TEXT NOT NULL
);
-- Members are looked for by where they stand.
CREATE INDEX member_by_state ON member (state, registered_at);
CREATE INDEX contract_by_status ON contract (status);
