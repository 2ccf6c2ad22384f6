-- The way back: of each environment the rollback that is under way, and what was taken away and has not come back.
CREATE TABLE way_back (
    repo_id       INTEGER NOT NULL,
    environment   TEXT    NOT NULL,
    way_back_json TEXT    NOT NULL,
    UNIQUE (repo_id, environment)
) STRICT;
