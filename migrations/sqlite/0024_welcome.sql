-- What became of the pull request that proposes a configuration: one for a repository, ever.
CREATE TABLE welcome (
    repo_id      INTEGER NOT NULL PRIMARY KEY,
    welcome_json TEXT NOT NULL
) STRICT;
