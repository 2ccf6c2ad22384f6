-- What waits for a further word, or did: the newest offer on each pull request.
CREATE TABLE offer (
    repo_id    INTEGER NOT NULL,
    pull       INTEGER NOT NULL,
    open       INTEGER NOT NULL CHECK (open IN (0, 1)),
    made_at    INTEGER NOT NULL,
    offer_json TEXT    NOT NULL,
    UNIQUE (repo_id, pull)
) STRICT;
CREATE INDEX offer_by_state ON offer (repo_id, open, made_at);
