-- What the checker has seen of each environment's branch, under the negated number of the repository.
CREATE TABLE sighting (
    repo_id       INTEGER NOT NULL,
    environment   TEXT    NOT NULL,
    sighting_json TEXT    NOT NULL,
    UNIQUE (repo_id, environment)
) STRICT;
