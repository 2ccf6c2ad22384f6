-- How far GitHub's log of deliveries has been compared with the inbox: one row.
CREATE TABLE delivery_log (
    id        integer PRIMARY KEY CHECK (id = 1),
    mark_json text    NOT NULL
);

-- 0: may wait until the repository has rested. 2: somebody waits for an answer. 1: all others.
ALTER TABLE inbox ADD COLUMN urgency integer NOT NULL DEFAULT 1 CHECK (urgency IN (0, 1, 2));

-- Until then, what may wait does wait.
ALTER TABLE work ADD COLUMN rest_until bigint;
-- GitHub asked for silence until then.
ALTER TABLE work ADD COLUMN not_before bigint;
-- Up to when (GitHub's time) the repository's comments have been read.
ALTER TABLE work ADD COLUMN heard_to bigint;
