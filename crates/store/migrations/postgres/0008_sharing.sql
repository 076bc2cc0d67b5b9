-- Sessions that were shown to somebody who would not see them: for how long, and by whom.
CREATE TABLE shares(
    id BYTEA PRIMARY KEY,
    sid BIGINT NOT NULL,
    session_id BYTEA NOT NULL,
    -- Ids of users and of groups, as JSON.
    user_ids TEXT COLLATE "C" NOT NULL,
    group_ids TEXT COLLATE "C" NOT NULL,
    note TEXT COLLATE "C" NOT NULL,
    created_by TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    -- Empty while nobody has taken it back.
    revoked_by TEXT COLLATE "C" NOT NULL DEFAULT '',
    revoked_at BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX shares_sid ON shares(sid);
-- Who has opened which. Nothing is seen by a share that was not opened.
CREATE TABLE share_openings(
    share_id BYTEA NOT NULL,
    user_id BYTEA NOT NULL,
    user_name TEXT COLLATE "C" NOT NULL,
    first_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    PRIMARY KEY(user_id, share_id)
);
CREATE INDEX share_openings_share ON share_openings(share_id);
