-- What people prove who they are with beside a password.

-- The secret that an authenticator app shares with the gateway.
CREATE TABLE totp(
    user_id BYTEA PRIMARY KEY,
    sealed BYTEA NOT NULL,
    -- 0 until a first code has shown that the app has it.
    confirmed_at BIGINT NOT NULL,
    -- The step of the last code that was taken: none is taken twice.
    last_step BIGINT NOT NULL
);

-- Codes that work once, for when the app or the key is lost.
CREATE TABLE recovery_codes(
    user_id BYTEA NOT NULL,
    hash BYTEA NOT NULL,
    PRIMARY KEY(user_id, hash)
);

-- Keys that authenticators and browsers hold for people (WebAuthn).
CREATE TABLE passkeys(
    -- As the authenticator calls it.
    id BYTEA PRIMARY KEY,
    user_id BYTEA NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    -- The public key, in the form of COSE.
    public_key BYTEA NOT NULL,
    -- How often it has signed, where it counts.
    sign_count BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL
);
CREATE INDEX passkeys_user ON passkeys(user_id);

-- Who somebody is to an identity provider.
CREATE TABLE identities(
    provider TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    user_id BYTEA NOT NULL,
    PRIMARY KEY(provider, subject)
);
CREATE INDEX identities_user ON identities(user_id);

-- By how many factors its owner had signed in: 1 or 2.
ALTER TABLE tokens ADD COLUMN factors BIGINT NOT NULL DEFAULT 1;
ALTER TABLE logins ADD COLUMN factors BIGINT NOT NULL DEFAULT 1;
