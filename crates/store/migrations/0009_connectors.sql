-- What a platform knows of the connectors that belong to it, beside their membership: certificates, devices, heartbeats, attachments, history.

-- Certificates that were issued, by serial number in hexadecimal.
CREATE TABLE certificate (
    serial TEXT PRIMARY KEY,
    connector_id TEXT NOT NULL,
    suite TEXT NOT NULL,
    state TEXT NOT NULL,
    issued_at BIGINT NOT NULL,
    not_after BIGINT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX certificate_by_connector ON certificate (connector_id, issued_at);
CREATE INDEX certificate_by_state ON certificate (state, suite, not_after);

-- Devices and capabilities, as declared by their connectors.
CREATE TABLE connector (
    connector_id TEXT PRIMARY KEY,
    state TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    body TEXT NOT NULL
);

-- The last sign of life of each connector, and when its silence means something next; none while it is stopped.
CREATE TABLE heartbeat (
    connector_id TEXT PRIMARY KEY,
    liveness TEXT NOT NULL,
    seen_at BIGINT NOT NULL,
    due_at BIGINT,
    body TEXT NOT NULL
);
CREATE INDEX heartbeat_due ON heartbeat (due_at) WHERE due_at IS NOT NULL;

-- What became of a connector, oldest first; kept when it is gone.
CREATE TABLE connector_event (
    id {SEQUENCE},
    connector_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    at BIGINT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX connector_event_by_connector ON connector_event (connector_id, id);

-- Documents that a connector shows for itself, NDI-TR-2025-03 table 12.
CREATE TABLE connector_attachment (
    attachment_id TEXT PRIMARY KEY,
    connector_id TEXT NOT NULL,
    digest TEXT NOT NULL,
    uploaded_at BIGINT NOT NULL,
    body TEXT NOT NULL,
    content {BYTES} NOT NULL
);
CREATE INDEX connector_attachment_by_connector ON connector_attachment (connector_id, uploaded_at);

-- What a participant allowed a node to learn of it, by the digest of the code that the node was given. NDI-TR-2025-03 GetToken.
CREATE TABLE identity_grant (
    code_digest TEXT PRIMARY KEY,
    participant_id TEXT NOT NULL,
    node_id TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX identity_grant_expires ON identity_grant (expires_at);

-- Operators that act for nobody any more, by the digest of their identity code: the code itself holds a citizen's number.
CREATE TABLE logoff (
    identity_digest TEXT PRIMARY KEY,
    at BIGINT NOT NULL
);

-- Connectors of which a function node told.
CREATE TABLE foreign_connector (
    connector_id TEXT PRIMARY KEY,
    node_id TEXT NOT NULL,
    state TEXT NOT NULL,
    told_at BIGINT NOT NULL,
    body TEXT NOT NULL
);
