-- Programs that a person lets in with a browser (RFC 8628), and what bounds the rows that strangers leave.

CREATE TABLE device_logins(
    -- The keyed hash of what the program asks with.
    hash BYTEA PRIMARY KEY,
    -- The keyed hash of the code that the person types.
    code BYTEA NOT NULL,
    client TEXT COLLATE "C" NOT NULL,
    client_ip TEXT COLLATE "C" NOT NULL,
    -- How long the token will last, in microseconds.
    lasts BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    -- When the program last asked.
    polled_at BIGINT NOT NULL,
    -- 0 while it waits, 1 when it was let in, 2 when it was refused.
    state BIGINT NOT NULL,
    -- Who has let it in, and by how many factors they had signed in.
    user_id BYTEA NOT NULL,
    factors BIGINT NOT NULL,
    -- The network that it counts for.
    origin TEXT COLLATE "C" NOT NULL
);
CREATE UNIQUE INDEX device_logins_code ON device_logins(code);

-- The network that a link was asked for from by a stranger, as failures count it; empty where somebody had signed in.
ALTER TABLE links ADD COLUMN origin TEXT COLLATE "C" NOT NULL DEFAULT '';
CREATE INDEX links_purpose ON links(purpose, expires_at);

-- What a token is: api, login, key or service. What a password for databases is follows from its login name.
ALTER TABLE tokens ADD COLUMN form TEXT COLLATE "C" NOT NULL DEFAULT 'api';
-- The token that it was made with, and is taken away with; empty for none.
ALTER TABLE tokens ADD COLUMN parent BYTEA NOT NULL DEFAULT '';
CREATE INDEX tokens_parent ON tokens(parent) WHERE length(parent) > 0;
