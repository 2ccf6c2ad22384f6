-- What the history can be filtered by, and what the figures are made from, beside the line itself. Filled in for the lines that are
-- there already; the line stays as it was written.
ALTER TABLE ledger ADD COLUMN kind TEXT;
ALTER TABLE ledger ADD COLUMN environment TEXT;
ALTER TABLE ledger ADD COLUMN person INTEGER;
ALTER TABLE ledger ADD COLUMN pull INTEGER;
-- The numbers of the features that came or went with it, each between commas; NULL where it tells of none.
ALTER TABLE ledger ADD COLUMN features TEXT;

DROP TRIGGER ledger_never_changes;
UPDATE ledger SET
    kind        = json_extract(entry_json, '$.kind'),
    environment = json_extract(entry_json, '$.environment'),
    person      = json_extract(entry_json, '$.who.id'),
    pull        = json_extract(entry_json, '$.pull');
CREATE TRIGGER ledger_never_changes BEFORE UPDATE ON ledger
BEGIN SELECT raise(ABORT, 'the ledger is insert-only'); END;

CREATE INDEX ledger_by_environment ON ledger (repo_id, environment, seq);
CREATE INDEX ledger_by_person ON ledger (repo_id, person, seq);
CREATE INDEX ledger_by_pull ON ledger (repo_id, pull, seq);
CREATE INDEX ledger_by_features ON ledger (repo_id, seq) WHERE features IS NOT NULL;
CREATE INDEX ledger_by_kind ON ledger (repo_id, kind, at);
