-- What evidence is searched by (TC609-6-2025-15 §7.1.3 c, §7.2.3 c and d): columns beside the signed bytes, told from them. A row without a result was written by an
-- earlier program, and is read once at the next start.
ALTER TABLE record ADD COLUMN actor TEXT;
ALTER TABLE record ADD COLUMN subject TEXT;
ALTER TABLE record ADD COLUMN strategy_id TEXT;
ALTER TABLE record ADD COLUMN product_id TEXT;
ALTER TABLE record ADD COLUMN person TEXT;
ALTER TABLE record ADD COLUMN result TEXT;
CREATE INDEX record_by_contract ON record (contract_id, at, record_id);
CREATE INDEX record_by_strategy ON record (strategy_id, at, record_id);
CREATE INDEX record_by_subject ON record (subject, at, record_id);
CREATE INDEX record_by_product ON record (product_id, at, record_id);
CREATE INDEX record_by_person ON record (person, at, record_id);
CREATE INDEX record_by_result ON record (result, at, record_id);
ALTER TABLE entry ADD COLUMN subject TEXT;
ALTER TABLE entry ADD COLUMN strategy_id TEXT;
ALTER TABLE entry ADD COLUMN product_id TEXT;
ALTER TABLE entry ADD COLUMN person TEXT;
ALTER TABLE entry ADD COLUMN result TEXT;
CREATE INDEX entry_by_time ON entry (at, record_id);
CREATE INDEX entry_by_strategy ON entry (strategy_id, at, record_id);
CREATE INDEX entry_by_subject ON entry (subject, at, record_id);
CREATE INDEX entry_by_product ON entry (product_id, at, record_id);
CREATE INDEX entry_by_person ON entry (person, at, record_id);
CREATE INDEX entry_by_result ON entry (result, at, record_id);
