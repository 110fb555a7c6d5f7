-- Other catalogues that are read, and their records. NDI-TR-2025-06 §6.3 c.
CREATE TABLE harvest (
    harvest_id TEXT PRIMARY KEY,
    due_at BIGINT,
    body TEXT NOT NULL,
    -- What is kept for the next read, beside the digests of the records.
    kept TEXT NOT NULL
);
CREATE INDEX harvest_by_due ON harvest (due_at);
CREATE TABLE harvested (
    record_id TEXT PRIMARY KEY,
    harvest_id TEXT NOT NULL,
    record_key TEXT NOT NULL,
    -- Empty once it is gone, with its body: the index has to hear of that.
    digest TEXT NOT NULL,
    modified_at BIGINT,
    -- The number of its latest change, of one sequence for all.
    changed BIGINT NOT NULL,
    body TEXT NOT NULL
);
CREATE UNIQUE INDEX harvested_by_key ON harvested (harvest_id, record_key);
CREATE INDEX harvested_by_source ON harvested (harvest_id, digest);
CREATE UNIQUE INDEX harvested_by_change ON harvested (changed);
CREATE TABLE harvested_change (
    one BIGINT PRIMARY KEY,
    latest BIGINT NOT NULL
);
INSERT INTO harvested_change (one, latest) VALUES (1, 0);
