-- What the clock has a say in: environments that are held, and how long the stage before one has shown which commits.

CREATE TABLE hold (
    repo_id     INTEGER NOT NULL,
    environment TEXT    NOT NULL,
    hold_json   TEXT    NOT NULL,
    UNIQUE (repo_id, environment)
) STRICT;

CREATE TABLE soaking (
    repo_id      INTEGER NOT NULL,
    environment  TEXT    NOT NULL,
    soaking_json TEXT    NOT NULL,
    UNIQUE (repo_id, environment)
) STRICT;
