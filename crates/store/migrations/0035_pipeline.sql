-- Lineage that a member's own data pipelines tell (OpenLineage): runs and datasets as all their events say them together, and what follows from that: other names,
-- the steps of complete runs between datasets and between columns. Nothing says when something came in. A dataset may be bound to a resource or a product by a
-- person; what the evidence was told of stands in pipeline_told. lineage_stub has what other logs prove that products come from.
CREATE TABLE pipeline_run (
    run_id TEXT NOT NULL PRIMARY KEY,
    state TEXT NOT NULL,
    at BIGINT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX pipeline_run_by_time ON pipeline_run (at, run_id);
CREATE TABLE pipeline_dataset (
    dataset_id TEXT NOT NULL PRIMARY KEY,
    bound_kind TEXT,
    bound_to TEXT,
    body TEXT NOT NULL
);
CREATE INDEX pipeline_dataset_by_binding ON pipeline_dataset (bound_kind, bound_to);
CREATE TABLE pipeline_name (
    namespace TEXT NOT NULL,
    name TEXT NOT NULL,
    dataset_id TEXT NOT NULL,
    PRIMARY KEY (name, namespace, dataset_id)
);
CREATE INDEX pipeline_name_by_dataset ON pipeline_name (dataset_id);
CREATE TABLE pipeline_step (
    run_id TEXT NOT NULL,
    from_id TEXT NOT NULL,
    to_id TEXT NOT NULL,
    PRIMARY KEY (run_id, from_id, to_id)
);
CREATE INDEX pipeline_step_from ON pipeline_step (from_id, to_id);
CREATE INDEX pipeline_step_to ON pipeline_step (to_id, from_id);
CREATE TABLE pipeline_column (
    run_id TEXT NOT NULL,
    to_id TEXT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX pipeline_column_by_run ON pipeline_column (run_id);
CREATE INDEX pipeline_column_by_dataset ON pipeline_column (to_id);
CREATE TABLE pipeline_told (
    product_id TEXT NOT NULL,
    run_id TEXT NOT NULL,
    dataset_id TEXT NOT NULL,
    PRIMARY KEY (product_id, run_id, dataset_id)
);
CREATE TABLE lineage_stub (
    stub_id TEXT NOT NULL,
    product_id TEXT NOT NULL,
    taken_at BIGINT NOT NULL,
    info TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (stub_id, product_id)
);
CREATE INDEX lineage_stub_by_product ON lineage_stub (product_id, taken_at);
