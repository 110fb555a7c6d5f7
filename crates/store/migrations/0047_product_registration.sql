-- Registrations of listed products at function nodes, made by the platform for their providers. TC609-6-2025-01 §5.2.2.4 a.
CREATE TABLE product_registration (
    product_id TEXT NOT NULL,
    node_id TEXT NOT NULL,
    state TEXT NOT NULL,
    -- The version that was asked for last.
    version BIGINT NOT NULL,
    -- When the node is asked for the result.
    ask_at BIGINT,
    body TEXT NOT NULL,
    PRIMARY KEY (product_id, node_id)
);
CREATE INDEX product_registration_by_ask ON product_registration (ask_at);
