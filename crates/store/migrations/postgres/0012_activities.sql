-- Activities: what is done on a resource before a session begins and taken back when it has ended.
ALTER TABLE sessions ADD COLUMN activity_id BYTEA NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN activity TEXT COLLATE "C" NOT NULL DEFAULT '';

-- A row is written before anything is done, so that whoever comes after a crash knows what to take back.
CREATE TABLE preparations(
    sid BIGINT PRIMARY KEY,
    session_id BYTEA NOT NULL,
    -- JSON: what is done, where and by whom, as it was when the session was made.
    plan TEXT COLLATE "C" NOT NULL,
    -- JSON: where each step stands that has begun, by its number.
    deeds TEXT COLLATE "C" NOT NULL,
    -- A password that was made for the session, sealed; empty when there is none.
    sealed BYTEA NOT NULL,
    -- 1 when nothing is left to be done.
    done BIGINT NOT NULL,
    -- How often taking back has failed, why, and when it is tried again.
    attempts BIGINT NOT NULL,
    error TEXT COLLATE "C" NOT NULL,
    next_at BIGINT NOT NULL,
    -- Which start of a node works on it, and until when; empty and 0 for none.
    claimed_by BYTEA NOT NULL,
    claimed_until BIGINT NOT NULL
);
CREATE INDEX preparations_open ON preparations(next_at) WHERE done = 0;
