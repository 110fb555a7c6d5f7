-- When the next moment of a contract's smart clauses comes, while they run.
ALTER TABLE contract ADD COLUMN clause_due_at BIGINT;
CREATE INDEX contract_by_clause_due ON contract (clause_due_at);
