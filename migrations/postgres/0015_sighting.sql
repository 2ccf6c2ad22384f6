-- What the checker has seen of each environment's branch, under the negated number of the repository.
CREATE TABLE sighting (
    repo_id       bigint  NOT NULL,
    environment   text    NOT NULL,
    sighting_json text    NOT NULL,
    UNIQUE (repo_id, environment)
);
