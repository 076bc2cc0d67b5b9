-- Log-ins past the gateway: what a look at the resource of a session has found.
CREATE TABLE direct_checks(
    sid BIGINT PRIMARY KEY,
    checked_at BIGINT NOT NULL,
    -- Why nothing could be seen; empty when it could.
    error TEXT COLLATE "C" NOT NULL,
    -- JSON: every log-in that was seen, from where, first and last.
    logins TEXT COLLATE "C" NOT NULL
);

-- From where the gateway came, as the resource sees it; empty where nobody asks.
ALTER TABLE connections ADD COLUMN upstream TEXT COLLATE "C" NOT NULL DEFAULT '';
