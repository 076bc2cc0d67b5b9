-- What people prove who they are with beside a password.

-- The secret that an authenticator app shares with the gateway.
CREATE TABLE totp(
    user_id BLOB PRIMARY KEY,
    sealed BLOB NOT NULL,
    -- 0 until a first code has shown that the app has it.
    confirmed_at INTEGER NOT NULL,
    -- The step of the last code that was taken: none is taken twice.
    last_step INTEGER NOT NULL
) STRICT;

-- Codes that work once, for when the app or the key is lost.
CREATE TABLE recovery_codes(
    user_id BLOB NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY(user_id, hash)
) STRICT, WITHOUT ROWID;

-- Keys that authenticators and browsers hold for people (WebAuthn).
CREATE TABLE passkeys(
    -- As the authenticator calls it.
    id BLOB PRIMARY KEY,
    user_id BLOB NOT NULL,
    name TEXT NOT NULL,
    -- The public key, in the form of COSE.
    public_key BLOB NOT NULL,
    -- How often it has signed, where it counts.
    sign_count INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    last_used_at INTEGER NOT NULL
) STRICT;
CREATE INDEX passkeys_user ON passkeys(user_id);

-- Who somebody is to an identity provider.
CREATE TABLE identities(
    provider TEXT NOT NULL,
    subject TEXT NOT NULL,
    user_id BLOB NOT NULL,
    PRIMARY KEY(provider, subject)
) STRICT, WITHOUT ROWID;
CREATE INDEX identities_user ON identities(user_id);

-- By how many factors its owner had signed in: 1 or 2.
ALTER TABLE tokens ADD COLUMN factors INTEGER NOT NULL DEFAULT 1;
ALTER TABLE logins ADD COLUMN factors INTEGER NOT NULL DEFAULT 1;
