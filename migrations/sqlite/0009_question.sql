-- What GitHub asked before workflow runs deploy, and how far each question has come.
CREATE TABLE question (
    repo_id       INTEGER NOT NULL,
    run           INTEGER NOT NULL,
    environment   TEXT    NOT NULL,
    open          INTEGER NOT NULL CHECK (open IN (0, 1)),
    asked_at      INTEGER NOT NULL,
    question_json TEXT    NOT NULL,
    UNIQUE (repo_id, run, environment)
) STRICT;
CREATE INDEX question_by_state ON question (repo_id, open, asked_at);
