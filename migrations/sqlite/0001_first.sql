-- What Greenlight remembers, in SQLite. Times are integer milliseconds since 1970; `*_json` columns hold values of `rules`.
-- Forward only: a released migration is never edited, the next one is added.

-- Deliveries. The body lives in `payload`, because SQLite rewrites a whole row to change one column of it.
CREATE TABLE inbox (
    -- AUTOINCREMENT: never used twice, so that "up to this one" means something for ever.
    seq             INTEGER PRIMARY KEY AUTOINCREMENT,
    guid            TEXT    NOT NULL UNIQUE,
    event           TEXT    NOT NULL,
    action          TEXT,
    -- 0: the App itself, for deliveries that name no repository.
    repo_id         INTEGER NOT NULL,
    installation_id INTEGER,
    received_at     INTEGER NOT NULL,
    state           TEXT    NOT NULL CHECK (state IN ('new', 'done', 'ignored', 'dead')),
    -- Why it was ignored or is dead.
    reason          TEXT,
    settled_at      INTEGER
) STRICT;
CREATE INDEX inbox_new ON inbox (repo_id, seq) WHERE state = 'new';
CREATE INDEX inbox_dead ON inbox (guid) WHERE state = 'dead';

CREATE TABLE payload (
    seq  INTEGER PRIMARY KEY REFERENCES inbox (seq) ON DELETE CASCADE,
    body BLOB NOT NULL
) STRICT;

-- One row for each repository: when to look at it next, and who is looking.
CREATE TABLE work (
    repo_id         INTEGER PRIMARY KEY,
    installation_id INTEGER,
    -- Where the repository was last found, `owner/name`; a hint.
    repo_name       TEXT,
    -- NULL: nothing is asked for. While it is leased: what was asked for since the claim.
    due_at          INTEGER,
    lease_owner     TEXT,
    -- NULL: nobody is looking.
    lease_until     INTEGER,
    -- Rises with every claim; a write that names an older one is refused.
    fence           INTEGER NOT NULL DEFAULT 0,
    attempts        INTEGER NOT NULL DEFAULT 0,
    last_error      TEXT,
    -- Whether to look at everything, not only at what was heard: 2 asked for, 1 being done since the last claim, 0 no.
    everything      INTEGER NOT NULL DEFAULT 2 CHECK (everything IN (0, 1, 2)),
    -- postponed: deliveries do not bring it forward. parked: given up. retired: the App is not there any more.
    state           TEXT    NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'postponed', 'parked', 'retired'))
) STRICT;
CREATE INDEX work_due ON work (due_at) WHERE lease_until IS NULL AND due_at IS NOT NULL;
CREATE INDEX work_leased ON work (lease_until) WHERE lease_until IS NOT NULL;

-- The design's `command`: one row for ever for each comment that holds commands.
CREATE TABLE request (
    repo_id      INTEGER NOT NULL,
    comment_id   INTEGER NOT NULL,
    pull         INTEGER NOT NULL,
    settled      INTEGER NOT NULL CHECK (settled IN (0, 1)),
    request_json TEXT    NOT NULL,
    UNIQUE (repo_id, comment_id)
) STRICT;
CREATE INDEX request_open ON request (repo_id) WHERE settled = 0;

CREATE TABLE effect (
    repo_id      INTEGER NOT NULL,
    key          TEXT    NOT NULL,
    state        TEXT    NOT NULL CHECK (state IN ('intended', 'sent', 'confirmed')),
    effect_json  TEXT    NOT NULL,
    outcome_json TEXT,
    intended_at  INTEGER NOT NULL,
    sent_at      INTEGER,
    confirmed_at INTEGER,
    UNIQUE (repo_id, key)
) STRICT;
CREATE INDEX effect_unconfirmed ON effect (repo_id) WHERE state <> 'confirmed';

CREATE TABLE shown (
    seq         INTEGER PRIMARY KEY,
    repo_id     INTEGER NOT NULL,
    environment TEXT    NOT NULL,
    pull        INTEGER NOT NULL,
    -- GitHub's time of the writing.
    at          INTEGER NOT NULL,
    shown_json  TEXT    NOT NULL
) STRICT;
CREATE INDEX shown_by_pull ON shown (repo_id, environment, pull, at);

CREATE TABLE armed (
    repo_id     INTEGER NOT NULL,
    environment TEXT    NOT NULL,
    armed_json  TEXT    NOT NULL,
    UNIQUE (repo_id, environment)
) STRICT;

CREATE TABLE gap (
    repo_id     INTEGER NOT NULL,
    environment TEXT    NOT NULL,
    gap_json    TEXT    NOT NULL,
    UNIQUE (repo_id, environment)
) STRICT;

CREATE TABLE origin (
    seq         INTEGER PRIMARY KEY,
    repo_id     INTEGER NOT NULL,
    sha         TEXT    NOT NULL,
    origin_json TEXT    NOT NULL,
    UNIQUE (repo_id, sha)
) STRICT;
CREATE INDEX origin_newest ON origin (repo_id, seq);

-- Insert-only. The triggers hold it, whoever writes the SQL.
CREATE TABLE ledger (
    seq        INTEGER PRIMARY KEY AUTOINCREMENT,
    repo_id    INTEGER NOT NULL,
    at         INTEGER NOT NULL,
    entry_json TEXT    NOT NULL
) STRICT;
CREATE INDEX ledger_by_repo ON ledger (repo_id, seq);
CREATE TRIGGER ledger_never_changes BEFORE UPDATE ON ledger
BEGIN SELECT raise(ABORT, 'the ledger is insert-only'); END;
CREATE TRIGGER ledger_never_forgets BEFORE DELETE ON ledger
BEGIN SELECT raise(ABORT, 'the ledger is insert-only'); END;
-- INSERT OR REPLACE deletes without asking the trigger above.
CREATE TRIGGER ledger_never_replaces BEFORE INSERT ON ledger WHEN EXISTS (SELECT 1 FROM ledger WHERE seq = NEW.seq)
BEGIN SELECT raise(ABORT, 'the ledger is insert-only'); END;

-- A row that is written to learn whether anything can be written.
CREATE TABLE pulse (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    at INTEGER NOT NULL
) STRICT;
