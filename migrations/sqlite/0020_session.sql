-- Who is signed in to the board. What a browser holds is kept as its SHA-256 only, and GitHub's tokens sealed; both in hexadecimal.

-- Sign-ins that came back, until they could not come back any more anyway: each is good for one return.
CREATE TABLE spent_sign_in (
    state TEXT    NOT NULL PRIMARY KEY,
    until INTEGER NOT NULL
) STRICT;
CREATE INDEX spent_sign_in_by_end ON spent_sign_in (until);

CREATE TABLE session (
    id             TEXT    NOT NULL PRIMARY KEY,
    user_id        INTEGER NOT NULL,
    login          TEXT    NOT NULL,
    begun_at       INTEGER NOT NULL,
    seen_at        INTEGER NOT NULL,
    tokens         TEXT    NOT NULL,
    -- Rises with each renewal of the tokens.
    version        INTEGER NOT NULL,
    -- Somebody is renewing them, until then at most.
    renewing_until INTEGER
) STRICT;
CREATE INDEX session_by_user ON session (user_id);
CREATE INDEX session_by_age ON session (begun_at);
