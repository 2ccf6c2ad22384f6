-- What Greenlight remembers, in PostgreSQL: the tables of migrations/sqlite as they are after its step 12. From here on a step
-- has the same number and name for both. Times are bigint milliseconds since 1970; `*_json` columns are text, for `jsonb`
-- refuses the character U+0000, which people may write.
-- Forward only: a released migration is never edited, the next one is added.

-- What time it is, for leases: the database's own time, the same for every replica. What the caller says is not believed.
-- A test that has to move the time replaces this function by one that believes it.
CREATE FUNCTION greenlight_now(said bigint) RETURNS bigint
LANGUAGE sql VOLATILE AS $$ SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint $$;

-- Deliveries. The body lives in `payload`, so that settling a delivery does not write a row that holds it.
CREATE TABLE inbox (
    seq             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    guid            text   NOT NULL UNIQUE,
    event           text   NOT NULL,
    action          text,
    -- 0: the App itself, for deliveries that name no repository.
    repo_id         bigint NOT NULL,
    installation_id bigint,
    received_at     bigint NOT NULL,
    state           text   NOT NULL CHECK (state IN ('new', 'done', 'ignored', 'dead')),
    -- Why it was ignored or is dead.
    reason          text,
    settled_at      bigint
);
CREATE INDEX inbox_new ON inbox (repo_id, seq) WHERE state = 'new';
CREATE INDEX inbox_dead ON inbox (guid) WHERE state = 'dead';

CREATE TABLE payload (
    seq  bigint PRIMARY KEY REFERENCES inbox (seq) ON DELETE CASCADE,
    body bytea  NOT NULL
);

-- One row for each repository: when to look at it next, and who is looking.
CREATE TABLE work (
    repo_id         bigint PRIMARY KEY,
    installation_id bigint,
    -- Where the repository was last found, `owner/name`; a hint.
    repo_name       text,
    -- NULL: nothing is asked for. While it is leased: what was asked for since the claim.
    due_at          bigint,
    lease_owner     text,
    -- NULL: nobody is looking. By the database's time.
    lease_until     bigint,
    -- Rises with every claim; a write that names an older one is refused.
    fence           bigint  NOT NULL DEFAULT 0,
    attempts        integer NOT NULL DEFAULT 0,
    last_error      text,
    -- Whether to look at everything, not only at what was heard: 2 asked for, 1 being done since the last claim, 0 no.
    everything      integer NOT NULL DEFAULT 2 CHECK (everything IN (0, 1, 2)),
    -- postponed: deliveries do not bring it forward. parked: given up. retired: the App is not there any more.
    state           text    NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'postponed', 'parked', 'retired'))
);
CREATE INDEX work_due ON work (due_at) WHERE lease_until IS NULL AND due_at IS NOT NULL;
CREATE INDEX work_leased ON work (lease_until) WHERE lease_until IS NOT NULL;

-- The design's `command`: one row for ever for each comment, click or review that holds commands.
CREATE TABLE request (
    repo_id      bigint  NOT NULL,
    request_id   text    NOT NULL,
    pull         bigint  NOT NULL,
    settled      integer NOT NULL CHECK (settled IN (0, 1)),
    request_json text    NOT NULL,
    UNIQUE (repo_id, request_id)
);
CREATE INDEX request_open ON request (repo_id) WHERE settled = 0;

-- Which requests were answered in words, so that a stranger gets one reply an hour on a pull request, and then reactions.
CREATE TABLE turn (
    -- Named as in SQLite, which has it by itself: the order of writing.
    rowid      bigint GENERATED ALWAYS AS IDENTITY,
    repo_id    bigint NOT NULL,
    request_id text   NOT NULL,
    turn_json  text   NOT NULL,
    UNIQUE (repo_id, request_id)
);

CREATE TABLE effect (
    repo_id      bigint NOT NULL,
    key          text   NOT NULL,
    state        text   NOT NULL CHECK (state IN ('intended', 'sent', 'confirmed')),
    effect_json  text   NOT NULL,
    outcome_json text,
    intended_at  bigint NOT NULL,
    sent_at      bigint,
    confirmed_at bigint,
    UNIQUE (repo_id, key)
);
CREATE INDEX effect_unconfirmed ON effect (repo_id) WHERE state <> 'confirmed';

CREATE TABLE shown (
    seq         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    repo_id     bigint NOT NULL,
    environment text   NOT NULL,
    pull        bigint NOT NULL,
    -- GitHub's time of the writing.
    at          bigint NOT NULL,
    shown_json  text   NOT NULL
);
CREATE INDEX shown_by_pull ON shown (repo_id, environment, pull, at);

CREATE TABLE origin (
    seq         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    repo_id     bigint NOT NULL,
    sha         text   NOT NULL,
    origin_json text   NOT NULL,
    UNIQUE (repo_id, sha)
);
CREATE INDEX origin_newest ON origin (repo_id, seq);

-- What is remembered once for each environment: what is armed, what is unlike between two stages, who holds it, how long the
-- stage before has shown which commits, what came by another road, what was seen to run, and the way back.
CREATE TABLE armed    (repo_id bigint NOT NULL, environment text NOT NULL, armed_json    text NOT NULL, UNIQUE (repo_id, environment));
CREATE TABLE gap      (repo_id bigint NOT NULL, environment text NOT NULL, gap_json      text NOT NULL, UNIQUE (repo_id, environment));
CREATE TABLE hold     (repo_id bigint NOT NULL, environment text NOT NULL, hold_json     text NOT NULL, UNIQUE (repo_id, environment));
CREATE TABLE soaking  (repo_id bigint NOT NULL, environment text NOT NULL, soaking_json  text NOT NULL, UNIQUE (repo_id, environment));
CREATE TABLE outside  (repo_id bigint NOT NULL, environment text NOT NULL, outside_json  text NOT NULL, UNIQUE (repo_id, environment));
CREATE TABLE stay     (repo_id bigint NOT NULL, environment text NOT NULL, stays_json    text NOT NULL, UNIQUE (repo_id, environment));
CREATE TABLE way_back (repo_id bigint NOT NULL, environment text NOT NULL, way_back_json text NOT NULL, UNIQUE (repo_id, environment));

-- The cards of features: what each shows, and what was said of the feature.
CREATE TABLE card (
    repo_id   bigint  NOT NULL,
    pull      bigint  NOT NULL,
    -- Live, or closed: nothing more is expected of it.
    finished  integer NOT NULL CHECK (finished IN (0, 1)),
    card_json text    NOT NULL,
    UNIQUE (repo_id, pull)
);
CREATE INDEX card_by_state ON card (repo_id, finished, pull);

-- What waits for a further word, or did: the newest offer on each pull request.
CREATE TABLE offer (
    repo_id    bigint  NOT NULL,
    pull       bigint  NOT NULL,
    open       integer NOT NULL CHECK (open IN (0, 1)),
    made_at    bigint  NOT NULL,
    offer_json text    NOT NULL,
    UNIQUE (repo_id, pull)
);
CREATE INDEX offer_by_state ON offer (repo_id, open, made_at);

-- What GitHub asked before workflow runs deploy, and how far each question has come.
CREATE TABLE question (
    repo_id       bigint  NOT NULL,
    run           bigint  NOT NULL,
    environment   text    NOT NULL,
    open          integer NOT NULL CHECK (open IN (0, 1)),
    asked_at      bigint  NOT NULL,
    question_json text    NOT NULL,
    UNIQUE (repo_id, run, environment)
);
CREATE INDEX question_by_state ON question (repo_id, open, asked_at);

-- The features that are to be shown on a dev instance. Each is there once, and no instance is with two of them.
CREATE TABLE preview (
    repo_id      bigint NOT NULL,
    pull         bigint NOT NULL,
    -- NULL while it waits.
    instance     text,
    preview_json text   NOT NULL,
    UNIQUE (repo_id, pull),
    UNIQUE (repo_id, instance)
);

-- The branches of the instances, as we left them.
CREATE TABLE ground (
    repo_id     bigint NOT NULL,
    branch      text   NOT NULL,
    ground_json text   NOT NULL,
    UNIQUE (repo_id, branch)
);

-- The release of each commit that came to run in the last environment.
CREATE TABLE release (
    repo_id      bigint  NOT NULL,
    commit_sha   text    NOT NULL,
    open         integer NOT NULL CHECK (open IN (0, 1)),
    at           bigint  NOT NULL,
    -- Whose answer tells of it.
    request_id   text,
    release_json text    NOT NULL,
    UNIQUE (repo_id, commit_sha)
);
CREATE INDEX release_by_state ON release (repo_id, open, at);

-- Insert-only. The triggers hold it, whoever writes the SQL.
CREATE TABLE ledger (
    seq        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    repo_id    bigint NOT NULL,
    at         bigint NOT NULL,
    entry_json text   NOT NULL
);
CREATE INDEX ledger_by_repo ON ledger (repo_id, seq);
CREATE FUNCTION ledger_is_insert_only() RETURNS trigger
LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'the ledger is insert-only'; END $$;
CREATE TRIGGER ledger_never_changes BEFORE UPDATE OR DELETE ON ledger
FOR EACH ROW EXECUTE FUNCTION ledger_is_insert_only();
CREATE TRIGGER ledger_is_never_emptied BEFORE TRUNCATE ON ledger
FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_insert_only();

-- A row that is written to learn whether anything can be written.
CREATE TABLE pulse (
    id integer PRIMARY KEY CHECK (id = 1),
    at bigint  NOT NULL
);
