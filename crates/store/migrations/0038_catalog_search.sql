-- The catalogue is searched by an index beside the store, which reads on what changed: each change of a listing has the next number, in the order of commits. The
-- number is drawn from the one row of listing_change, which is held until the commit.
CREATE TABLE listing_change (
    one BIGINT PRIMARY KEY,
    latest BIGINT NOT NULL
);
INSERT INTO listing_change (one, latest) SELECT 1, COUNT(*) FROM listing;
ALTER TABLE listing ADD COLUMN changed BIGINT NOT NULL DEFAULT 0;
UPDATE listing SET changed = numbered.at
FROM (SELECT product_id, ROW_NUMBER() OVER (ORDER BY requested_at, product_id) AS at FROM listing) AS numbered
WHERE numbered.product_id = listing.product_id;
CREATE INDEX listing_by_change ON listing (changed);
ALTER TABLE listing DROP COLUMN search;
