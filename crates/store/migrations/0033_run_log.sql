-- The run log (NDI-TR-2025-05 §6.2.5): what was written and has no place yet, what has one, and how far each chain goes. A node's own log has no party; a platform
-- keeps those of its connectors beside it. `kept` is the last place that was removed again, with its digest, from which the chain can still be followed.
CREATE TABLE run_log_pending (
    id {SEQUENCE},
    at BIGINT NOT NULL,
    level TEXT NOT NULL,
    category TEXT NOT NULL,
    code TEXT NOT NULL,
    object TEXT NOT NULL,
    detail TEXT NOT NULL
);
CREATE TABLE run_log (
    id {SEQUENCE},
    party TEXT NOT NULL,
    epoch BIGINT NOT NULL,
    sequence BIGINT NOT NULL,
    at BIGINT NOT NULL,
    level TEXT NOT NULL,
    category TEXT NOT NULL,
    code TEXT NOT NULL,
    object TEXT NOT NULL,
    detail TEXT NOT NULL,
    digest {BYTES} NOT NULL
);
CREATE UNIQUE INDEX run_log_place ON run_log (party, epoch, sequence);
CREATE INDEX run_log_at ON run_log (at, id);
CREATE INDEX run_log_party ON run_log (party, at, id);
CREATE INDEX run_log_code ON run_log (code, at, id);
CREATE INDEX run_log_level ON run_log (level, at, id) WHERE level <> 'info';
CREATE INDEX run_log_category ON run_log (category, at, id) WHERE category <> 'business';
CREATE TABLE run_log_head (
    party TEXT NOT NULL,
    epoch BIGINT NOT NULL,
    begin_at BIGINT NOT NULL,
    sequence BIGINT NOT NULL,
    digest {BYTES} NOT NULL,
    kept BIGINT NOT NULL,
    kept_digest {BYTES} NOT NULL,
    last_at BIGINT,
    heard_at BIGINT,
    told BIGINT NOT NULL,
    settled BIGINT NOT NULL,
    settled_at BIGINT NOT NULL,
    reported BIGINT NOT NULL,
    diverged_at BIGINT,
    PRIMARY KEY (party, epoch)
);
