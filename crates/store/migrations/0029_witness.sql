-- Witnesses (C2SP tlog-witness): the newest head of each log that this node has cosigned, as a witness; and at a platform the newest that each witness of a
-- log has cosigned, with its line for the checkpoint, or why it would not.
CREATE TABLE witnessed (
    origin TEXT PRIMARY KEY,
    size BIGINT NOT NULL,
    root TEXT NOT NULL,
    cosigned_at BIGINT NOT NULL
);
CREATE TABLE cosignature (
    space_id TEXT NOT NULL,
    witness TEXT NOT NULL,
    size BIGINT NOT NULL,
    line TEXT NOT NULL,
    cosigned_at BIGINT,
    asked_at BIGINT NOT NULL,
    trouble TEXT,
    PRIMARY KEY (space_id, witness)
);
