-- Which key opened a session; empty: none, such as with a password. It ends with the key.
ALTER TABLE session ADD COLUMN login_key TEXT NOT NULL DEFAULT '';
CREATE INDEX session_login_key ON session (login_key);
