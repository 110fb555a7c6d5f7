-- How people log in: which keys of an account are known, and which challenges are open.
ALTER TABLE session ADD COLUMN method TEXT NOT NULL DEFAULT 'password';

-- A key that opens an account: a passkey, a certificate, a DID, an account at a provider of identities.
CREATE TABLE login_key (
    key_id TEXT PRIMARY KEY,
    user_name TEXT NOT NULL REFERENCES console_user (name) ON DELETE CASCADE,
    method TEXT NOT NULL,
    -- What the method knows it by, unique within it: the credential's id, the certificate's digest, the DID, issuer and subject.
    subject TEXT NOT NULL,
    label TEXT NOT NULL,
    -- What the method checks against; public.
    data {BYTES} NOT NULL,
    added_at BIGINT NOT NULL,
    used_at BIGINT,
    UNIQUE (method, subject)
);
CREATE INDEX login_key_user ON login_key (user_name, added_at);

-- Challenges that were given out and not answered yet: each is taken once.
CREATE TABLE login_challenge (
    challenge_id TEXT PRIMARY KEY,
    purpose TEXT NOT NULL,
    data {BYTES} NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX login_challenge_expiry ON login_challenge (expires_at);
