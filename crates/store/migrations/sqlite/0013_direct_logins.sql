-- Log-ins past the gateway: what a look at the resource of a session has found.
CREATE TABLE direct_checks(
    sid INTEGER PRIMARY KEY,
    checked_at INTEGER NOT NULL,
    -- Why nothing could be seen; empty when it could.
    error TEXT NOT NULL,
    -- JSON: every log-in that was seen, from where, first and last.
    logins TEXT NOT NULL
) STRICT;

-- From where the gateway came, as the resource sees it; empty where nobody asks.
ALTER TABLE connections ADD COLUMN upstream TEXT NOT NULL DEFAULT '';
