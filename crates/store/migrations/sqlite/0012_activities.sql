-- Activities: what is done on a resource before a session begins and taken back when it has ended.
ALTER TABLE sessions ADD COLUMN activity_id BLOB NOT NULL DEFAULT x'';
ALTER TABLE sessions ADD COLUMN activity TEXT NOT NULL DEFAULT '';

-- A row is written before anything is done, so that whoever comes after a crash knows what to take back.
CREATE TABLE preparations(
    sid INTEGER PRIMARY KEY,
    session_id BLOB NOT NULL,
    -- JSON: what is done, where and by whom, as it was when the session was made.
    plan TEXT NOT NULL,
    -- JSON: where each step stands that has begun, by its number.
    deeds TEXT NOT NULL,
    -- A password that was made for the session, sealed; empty when there is none.
    sealed BLOB NOT NULL,
    -- 1 when nothing is left to be done.
    done INTEGER NOT NULL,
    -- How often taking back has failed, why, and when it is tried again.
    attempts INTEGER NOT NULL,
    error TEXT NOT NULL,
    next_at INTEGER NOT NULL,
    -- Which start of a node works on it, and until when; empty and 0 for none.
    claimed_by BLOB NOT NULL,
    claimed_until INTEGER NOT NULL
) STRICT;
CREATE INDEX preparations_open ON preparations(next_at) WHERE done = 0;
