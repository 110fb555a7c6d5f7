-- People who log in: how old a password is and which ones came before, the second factor, and whether the account is in use.
ALTER TABLE console_user ADD COLUMN password_changed_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE console_user ADD COLUMN password_history TEXT NOT NULL DEFAULT '[]';
ALTER TABLE console_user ADD COLUMN must_change BIGINT NOT NULL DEFAULT 0;
ALTER TABLE console_user ADD COLUMN totp_secret {BYTES};
ALTER TABLE console_user ADD COLUMN totp_pending {BYTES};
ALTER TABLE console_user ADD COLUMN totp_step BIGINT NOT NULL DEFAULT 0;
ALTER TABLE console_user ADD COLUMN last_login_at BIGINT;
ALTER TABLE console_user ADD COLUMN enabled_at BIGINT;
ALTER TABLE console_user ADD COLUMN off TEXT NOT NULL DEFAULT '';
UPDATE console_user SET password_changed_at = created_at;
UPDATE console_user SET role = 'manager' WHERE role = 'admin';
UPDATE console_user SET role = 'viewer' WHERE role = 'auditor';

-- Codes that replace the authenticator, each one time, by digest.
CREATE TABLE recovery_code (
    code_digest {BYTES} PRIMARY KEY,
    user_name TEXT NOT NULL REFERENCES console_user (name) ON DELETE CASCADE
);
CREATE INDEX recovery_code_user ON recovery_code (user_name);

-- Sessions have a name that is no secret. Those from before end.
DELETE FROM session;
ALTER TABLE session ADD COLUMN session_id TEXT NOT NULL DEFAULT '';
ALTER TABLE session ADD COLUMN seen_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE session ADD COLUMN ip TEXT NOT NULL DEFAULT '';
ALTER TABLE session ADD COLUMN second_factor BIGINT NOT NULL DEFAULT 0;

-- Roles of people, from proposal to end. Rows are never removed.
CREATE TABLE user_grant (
    grant_id TEXT PRIMARY KEY,
    user_name TEXT NOT NULL,
    role TEXT NOT NULL,
    proposed_by TEXT NOT NULL,
    proposed_as TEXT NOT NULL,
    proposed_at BIGINT NOT NULL,
    confirmed_by TEXT,
    confirmed_at BIGINT,
    reviewed_at BIGINT,
    ended_at BIGINT,
    ended_why TEXT NOT NULL DEFAULT ''
);
CREATE INDEX user_grant_user ON user_grant (user_name, proposed_at);
INSERT INTO user_grant (grant_id, user_name, role, proposed_by, proposed_as, proposed_at, confirmed_by, confirmed_at)
    SELECT 'first-' || name, name, role, '-', 'configuration', created_at, '-', created_at FROM console_user WHERE role <> '';

-- Who reviewed which role, when. Rows are never changed.
CREATE TABLE user_review (
    review_id TEXT PRIMARY KEY,
    grant_id TEXT NOT NULL REFERENCES user_grant (grant_id),
    user_name TEXT NOT NULL,
    role TEXT NOT NULL,
    is_kept BIGINT NOT NULL,
    note TEXT NOT NULL,
    reviewed_by TEXT NOT NULL,
    reviewed_at BIGINT NOT NULL
);
CREATE INDEX user_review_at ON user_review (reviewed_at);

-- What people did: a chain, only ever added to. The head is one row, which whoever adds holds meanwhile.
CREATE TABLE audit (
    sequence BIGINT PRIMARY KEY,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    object TEXT NOT NULL,
    result TEXT NOT NULL,
    ip TEXT NOT NULL,
    detail TEXT NOT NULL,
    digest {BYTES} NOT NULL
);
CREATE INDEX audit_actor ON audit (actor, sequence);
CREATE INDEX audit_action ON audit (action, sequence);
CREATE TABLE audit_head (
    id BIGINT PRIMARY KEY,
    sequence BIGINT NOT NULL,
    digest {BYTES}
);
INSERT INTO audit_head (id, sequence, digest) VALUES (1, 0, NULL);
