-- What the history can be filtered by, and what the figures are made from, beside the line itself. Filled in for the lines that are
-- there already; the line stays as it was written.
ALTER TABLE ledger ADD COLUMN kind text;
ALTER TABLE ledger ADD COLUMN environment text;
ALTER TABLE ledger ADD COLUMN person bigint;
ALTER TABLE ledger ADD COLUMN pull bigint;
-- The numbers of the features that came or went with it, each between commas; NULL where it tells of none.
ALTER TABLE ledger ADD COLUMN features text;

-- Not as JSON: PostgreSQL refuses JSON with a NUL in it, and people's words come later in the line than all of these.
ALTER TABLE ledger DISABLE TRIGGER ledger_never_changes;
UPDATE ledger SET
    kind        = substring(entry_json from '"kind":"([a-z_]+)"'),
    environment = substring(entry_json from '"environment":"([^"\\]*)"'),
    person      = substring(entry_json from '"who":\{"id":([0-9]+)')::bigint,
    pull        = substring(entry_json from '"pull":([0-9]+)')::bigint;
ALTER TABLE ledger ENABLE TRIGGER ledger_never_changes;

CREATE INDEX ledger_by_environment ON ledger (repo_id, environment, seq);
CREATE INDEX ledger_by_person ON ledger (repo_id, person, seq);
CREATE INDEX ledger_by_pull ON ledger (repo_id, pull, seq);
CREATE INDEX ledger_by_features ON ledger (repo_id, seq) WHERE features IS NOT NULL;
CREATE INDEX ledger_by_kind ON ledger (repo_id, kind, at);
