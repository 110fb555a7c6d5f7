-- Trusted time (RFC 3161): the time-stamps of the heads of a platform's logs, as the authorities gave them.
CREATE TABLE stamp (
    space_id TEXT NOT NULL,
    size BIGINT NOT NULL,
    stamped_at BIGINT NOT NULL,
    authority TEXT NOT NULL,
    token {BYTES} NOT NULL,
    PRIMARY KEY (space_id, size)
);
