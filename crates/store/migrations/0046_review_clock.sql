-- Services and components wait for the operator until a day, as products do; those that waited before begin their time when they change. TC609-6-2025-01 §5.3.3.3 b.
ALTER TABLE data_service ADD COLUMN due_at BIGINT;
CREATE INDEX data_service_by_due ON data_service (due_at) WHERE due_at IS NOT NULL;
ALTER TABLE component ADD COLUMN due_at BIGINT;
CREATE INDEX component_by_due ON component (due_at) WHERE due_at IS NOT NULL;
