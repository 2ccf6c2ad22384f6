-- The release of each commit that came to run in the last environment.
CREATE TABLE release (
    repo_id      INTEGER NOT NULL,
    commit_sha   TEXT    NOT NULL,
    open         INTEGER NOT NULL CHECK (open IN (0, 1)),
    at           INTEGER NOT NULL,
    -- Whose answer tells of it.
    request_id   TEXT,
    release_json TEXT    NOT NULL,
    UNIQUE (repo_id, commit_sha)
) STRICT;
CREATE INDEX release_by_state ON release (repo_id, open, at);
