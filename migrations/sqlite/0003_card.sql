-- The cards of features: what each shows, and what was said of the feature.
CREATE TABLE card (
    repo_id   INTEGER NOT NULL,
    pull      INTEGER NOT NULL,
    -- Live, or closed: nothing more is expected of it.
    finished  INTEGER NOT NULL CHECK (finished IN (0, 1)),
    card_json TEXT    NOT NULL,
    UNIQUE (repo_id, pull)
) STRICT;
CREATE INDEX card_by_state ON card (repo_id, finished, pull);
