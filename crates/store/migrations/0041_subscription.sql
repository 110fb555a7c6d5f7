-- What members wait for in the catalogue. NDI-TR-2025-06 §6.4 d.
CREATE TABLE subscription (
    connector_id TEXT NOT NULL,
    subscription_id TEXT NOT NULL,
    since BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (connector_id, subscription_id)
);
-- Of what a member was told: at the platform so that it is told once, at the member as it was told.
CREATE TABLE match_notice (
    connector_id TEXT NOT NULL,
    notice_id TEXT NOT NULL,
    at BIGINT NOT NULL,
    seen BIGINT NOT NULL DEFAULT 0,
    body TEXT NOT NULL,
    PRIMARY KEY (connector_id, notice_id)
);
CREATE INDEX match_notice_by_time ON match_notice (at);
-- The latest change of the catalogue that was compared with what is waited for; what was there before is not news.
CREATE TABLE match_position (
    one BIGINT PRIMARY KEY,
    position BIGINT NOT NULL
);
INSERT INTO match_position (one, position) SELECT 1, latest FROM listing_change;
-- Demands that were published or said anew, and are still to be compared with the catalogue.
CREATE TABLE match_due (
    demand_id TEXT PRIMARY KEY
);
