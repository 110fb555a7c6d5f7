-- Versions of products, which are kept for good: as the platform reviewed them, and as their provider made them. What a contract is about is one version: later
-- ones do not change what is delivered under it.
CREATE TABLE listing_version (
    product_id TEXT NOT NULL,
    version BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (product_id, version)
);
CREATE TABLE offering_version (
    listing_id TEXT NOT NULL,
    version BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (listing_id, version)
);
INSERT INTO offering_version (listing_id, version, body) SELECT listing_id, 1, body FROM offering;
CREATE TABLE contract_product (
    contract_id TEXT NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL
);
INSERT INTO contract_product (contract_id, version)
SELECT contract_id, 1 FROM (SELECT contract_id FROM negotiation UNION SELECT contract_id FROM agreement) AS known;
