-- A request comes by a comment, by the summary of a review, or by a click: it is known by its text form now. A comment's is its number.
CREATE TABLE request_by_road (
    repo_id      INTEGER NOT NULL,
    request_id   TEXT    NOT NULL,
    pull         INTEGER NOT NULL,
    settled      INTEGER NOT NULL CHECK (settled IN (0, 1)),
    request_json TEXT    NOT NULL,
    UNIQUE (repo_id, request_id)
) STRICT;
INSERT INTO request_by_road (repo_id, request_id, pull, settled, request_json)
    SELECT repo_id, CAST(comment_id AS TEXT), pull, settled, request_json FROM request;
DROP TABLE request;
ALTER TABLE request_by_road RENAME TO request;
CREATE INDEX request_open ON request (repo_id) WHERE settled = 0;
