-- How far a resource was read and what its profile rests on, so that only what is new is read again: sealed, since it holds values. TC609-6-2025-01 §5.2.3.
CREATE TABLE resource_reading (
    name TEXT PRIMARY KEY,
    kept_at BIGINT NOT NULL,
    body {BYTES} NOT NULL
);
