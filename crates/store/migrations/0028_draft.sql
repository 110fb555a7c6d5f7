-- Platform: contracts that are created and negotiated with its operator's help. Connector: such drafts as they were put before us.
CREATE TABLE draft (
    contract_id TEXT PRIMARY KEY,
    draft_id TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    answer_by BIGINT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX draft_by_state ON draft (state, answer_by);
CREATE INDEX draft_by_time ON draft (created_at);
CREATE TABLE draft_held (
    contract_id TEXT PRIMARY KEY,
    state TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX draft_held_by_time ON draft_held (created_at);
