-- The features that are to be shown on a dev instance. Each is there once, and no instance is with two of them.
CREATE TABLE preview (
    repo_id      INTEGER NOT NULL,
    pull         INTEGER NOT NULL,
    -- NULL while it waits.
    instance     TEXT,
    preview_json TEXT    NOT NULL,
    UNIQUE (repo_id, pull),
    UNIQUE (repo_id, instance)
) STRICT;

-- The branches of the instances, as we left them.
CREATE TABLE ground (
    repo_id     INTEGER NOT NULL,
    branch      TEXT    NOT NULL,
    ground_json TEXT    NOT NULL,
    UNIQUE (repo_id, branch)
) STRICT;
