-- What came to an environment by another road than a promotion of ours, and which of its tips has been judged.
CREATE TABLE outside (
    repo_id      INTEGER NOT NULL,
    environment  TEXT    NOT NULL,
    outside_json TEXT    NOT NULL,
    UNIQUE (repo_id, environment)
) STRICT;
