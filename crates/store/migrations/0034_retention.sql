-- Retention and disposal (evidence and audit): of an entry whose time is over, only its place and its two leaf hashes are left (remains), and the bundles that
-- still have to be written without it are noted. When each contract ended is known by retention, with what holds it longer and when it was disposed of.
ALTER TABLE entry ADD COLUMN remains {BYTES};
CREATE TABLE bundle_due (
    space_id TEXT NOT NULL,
    bundle BIGINT NOT NULL,
    PRIMARY KEY (space_id, bundle)
);
CREATE TABLE retention (
    contract_id TEXT PRIMARY KEY,
    space_id TEXT NOT NULL,
    ended_at BIGINT NOT NULL,
    held_at BIGINT,
    held_by TEXT,
    held_why TEXT,
    ordered_at BIGINT,
    ordered_by TEXT,
    records BIGINT NOT NULL,
    disposed_at BIGINT
);
CREATE INDEX retention_by_end ON retention (disposed_at, ended_at, contract_id);
CREATE INDEX retention_ordered ON retention (ordered_at, contract_id) WHERE disposed_at IS NULL AND ordered_at IS NOT NULL;
ALTER TABLE audit_head ADD COLUMN base_sequence BIGINT;
ALTER TABLE audit_head ADD COLUMN base_digest {BYTES};
