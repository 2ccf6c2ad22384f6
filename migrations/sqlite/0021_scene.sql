-- What the pages show of a repository: made from what looks see, and made anew by the next one should it be lost.
CREATE TABLE scene (
    repo_id    INTEGER NOT NULL PRIMARY KEY,
    -- Rises with each writing.
    version    INTEGER NOT NULL,
    scene_json TEXT NOT NULL
) STRICT;
