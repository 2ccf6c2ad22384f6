-- What was seen to run in each environment, the newest stays.
CREATE TABLE stay (
    repo_id     INTEGER NOT NULL,
    environment TEXT    NOT NULL,
    stays_json  TEXT    NOT NULL,
    UNIQUE (repo_id, environment)
) STRICT;
