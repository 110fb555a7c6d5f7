-- What evidence is searched by, with less to write for each record: moments tell records apart well enough, and a result that nearly all have leads nowhere. Those
-- that no result is known of yet are looked for at every start.
DROP INDEX entry_by_time;
DROP INDEX entry_by_strategy;
DROP INDEX entry_by_subject;
DROP INDEX entry_by_product;
DROP INDEX entry_by_person;
DROP INDEX entry_by_result;
CREATE INDEX entry_by_time ON entry (at);
CREATE INDEX entry_by_strategy ON entry (strategy_id, at);
CREATE INDEX entry_by_subject ON entry (subject, at);
CREATE INDEX entry_by_product ON entry (product_id, at);
CREATE INDEX entry_by_person ON entry (person, at);
CREATE INDEX entry_by_result ON entry (result, at) WHERE result IS NULL OR result NOT IN ('', 'allowed', 'done', 'recorded');
DROP INDEX record_by_contract;
DROP INDEX record_by_strategy;
DROP INDEX record_by_subject;
DROP INDEX record_by_product;
DROP INDEX record_by_person;
DROP INDEX record_by_result;
CREATE INDEX record_by_contract ON record (contract_id, at);
CREATE INDEX record_by_strategy ON record (strategy_id, at);
CREATE INDEX record_by_subject ON record (subject, at);
CREATE INDEX record_by_product ON record (product_id, at);
CREATE INDEX record_by_person ON record (person, at);
CREATE INDEX record_by_result ON record (result, at) WHERE result IS NULL OR result NOT IN ('', 'allowed', 'done', 'recorded');
