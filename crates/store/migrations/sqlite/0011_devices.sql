-- Programs that a person lets in with a browser (RFC 8628), and what bounds the rows that strangers leave.

CREATE TABLE device_logins(
    -- The keyed hash of what the program asks with.
    hash BLOB PRIMARY KEY,
    -- The keyed hash of the code that the person types.
    code BLOB NOT NULL,
    client TEXT NOT NULL,
    client_ip TEXT NOT NULL,
    -- How long the token will last, in microseconds.
    lasts INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    -- When the program last asked.
    polled_at INTEGER NOT NULL,
    -- 0 while it waits, 1 when it was let in, 2 when it was refused.
    state INTEGER NOT NULL,
    -- Who has let it in, and by how many factors they had signed in.
    user_id BLOB NOT NULL,
    factors INTEGER NOT NULL,
    -- The network that it counts for.
    origin TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX device_logins_code ON device_logins(code);

-- The network that a link was asked for from by a stranger, as failures count it; empty where somebody had signed in.
ALTER TABLE links ADD COLUMN origin TEXT NOT NULL DEFAULT '';
CREATE INDEX links_purpose ON links(purpose, expires_at);

-- What a token is: api, login, key or service. What a password for databases is follows from its login name.
ALTER TABLE tokens ADD COLUMN form TEXT NOT NULL DEFAULT 'api';
-- The token that it was made with, and is taken away with; empty for none.
ALTER TABLE tokens ADD COLUMN parent BLOB NOT NULL DEFAULT X'';
CREATE INDEX tokens_parent ON tokens(parent) WHERE length(parent) > 0;
