-- Which requests were answered in words, so that a stranger gets one reply an hour on a pull request, and then reactions.
CREATE TABLE turn (
    repo_id    INTEGER NOT NULL,
    request_id TEXT    NOT NULL,
    turn_json  TEXT    NOT NULL,
    UNIQUE (repo_id, request_id)
) STRICT;
