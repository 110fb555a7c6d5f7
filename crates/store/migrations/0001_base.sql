-- What every node keeps, whatever its role. Instants are microseconds since 1970. The tokens in braces and the word BIGINT are replaced by the
-- words of the engine, and a table ends in a line of its own (see src/dialect.rs).

-- Messages to send. Written with the change that causes them, sent by a driver afterwards, in order within a stream.
CREATE TABLE outbox (
    id {SEQUENCE},
    stream TEXT NOT NULL,
    destination TEXT NOT NULL,
    kind TEXT NOT NULL,
    path TEXT NOT NULL,
    body {BYTES} NOT NULL,
    dedup_key TEXT UNIQUE,
    created_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL DEFAULT 0,
    lease_owner TEXT,
    lease_until BIGINT,
    done_at BIGINT,
    dead_at BIGINT,
    last_error TEXT
);
CREATE INDEX outbox_open ON outbox (stream, id) WHERE done_at IS NULL AND dead_at IS NULL;
CREATE INDEX outbox_due ON outbox (due_at, id) WHERE done_at IS NULL AND dead_at IS NULL;
CREATE INDEX outbox_dead ON outbox (id) WHERE dead_at IS NOT NULL;
CREATE INDEX outbox_done ON outbox (done_at) WHERE done_at IS NOT NULL;

-- Messages received and answered, so that the same message again gets the same answer and has no second effect.
CREATE TABLE inbox (
    sender TEXT NOT NULL,
    message_id TEXT NOT NULL,
    answer {BYTES} NOT NULL,
    received_at BIGINT NOT NULL,
    PRIMARY KEY (sender, message_id)
);
CREATE INDEX inbox_received ON inbox (received_at);

-- Tokens seen once, which must not be seen again before they expire.
CREATE TABLE replay (
    issuer TEXT NOT NULL,
    jti TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (issuer, jti)
);
CREATE INDEX replay_expires ON replay (expires_at);

-- Who does a job that only one node may do; the fence rises with every change of hands.
CREATE TABLE lease (
    name TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    fence BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

-- People who sign in to the console.
CREATE TABLE console_user (
    name TEXT PRIMARY KEY,
    display_name TEXT NOT NULL,
    role TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    failed_count BIGINT NOT NULL DEFAULT 0,
    locked_until BIGINT,
    created_at BIGINT NOT NULL
);

-- Their sessions, by the digest of the token that the browser holds.
CREATE TABLE session (
    token_digest {BYTES} PRIMARY KEY,
    user_name TEXT NOT NULL REFERENCES console_user (name) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX session_user_name ON session (user_name);
CREATE INDEX session_expires ON session (expires_at);

-- Single values that the node keeps about itself.
CREATE TABLE setting (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    changed_at BIGINT NOT NULL
);
