-- Who is signed in to the board. What a browser holds is kept as its SHA-256 only, and GitHub's tokens sealed; both in hexadecimal.

-- Sign-ins that came back, until they could not come back any more anyway: each is good for one return.
CREATE TABLE spent_sign_in (
    state text    NOT NULL PRIMARY KEY,
    until bigint  NOT NULL
);
CREATE INDEX spent_sign_in_by_end ON spent_sign_in (until);

CREATE TABLE session (
    id             text    NOT NULL PRIMARY KEY,
    user_id        bigint  NOT NULL,
    login          text    NOT NULL,
    begun_at       bigint  NOT NULL,
    seen_at        bigint  NOT NULL,
    tokens         text    NOT NULL,
    -- Rises with each renewal of the tokens.
    version        bigint  NOT NULL,
    -- Somebody is renewing them, until then at most.
    renewing_until bigint 
);
CREATE INDEX session_by_user ON session (user_id);
CREATE INDEX session_by_age ON session (begun_at);
