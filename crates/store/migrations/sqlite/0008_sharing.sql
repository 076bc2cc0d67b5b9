-- Sessions that were shown to somebody who would not see them: for how long, and by whom.
CREATE TABLE shares(
    id BLOB PRIMARY KEY,
    sid INTEGER NOT NULL,
    session_id BLOB NOT NULL,
    -- Ids of users and of groups, as JSON.
    user_ids TEXT NOT NULL,
    group_ids TEXT NOT NULL,
    note TEXT NOT NULL,
    created_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    -- Empty while nobody has taken it back.
    revoked_by TEXT NOT NULL DEFAULT '',
    revoked_at INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX shares_sid ON shares(sid);
-- Who has opened which. Nothing is seen by a share that was not opened.
CREATE TABLE share_openings(
    share_id BLOB NOT NULL,
    user_id BLOB NOT NULL,
    user_name TEXT NOT NULL,
    first_at INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    PRIMARY KEY(user_id, share_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX share_openings_share ON share_openings(share_id);
