-- Whether a message may go in one request with others to the same receiver.
ALTER TABLE outbox ADD COLUMN is_bundled BIGINT NOT NULL DEFAULT 0;
