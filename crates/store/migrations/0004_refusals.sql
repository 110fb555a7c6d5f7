-- How often the receiver refused a message: not how often it was not reached.
ALTER TABLE outbox ADD COLUMN refusals BIGINT NOT NULL DEFAULT 0;
