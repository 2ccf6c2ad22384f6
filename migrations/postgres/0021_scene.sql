-- What the pages show of a repository: made from what looks see, and made anew by the next one should it be lost.
CREATE TABLE scene (
    repo_id    bigint NOT NULL PRIMARY KEY,
    -- Rises with each writing.
    version    bigint NOT NULL,
    scene_json text NOT NULL
);
