-- Until when the operator has to decide on what waits of a product; nothing where nothing waits. Those that waited before begin their time when they change.
ALTER TABLE listing ADD COLUMN due_at BIGINT;
CREATE INDEX listing_by_due ON listing (due_at);
