-- Requests that reviewers decide: to begin a session, or to send something inside one.
CREATE TABLE approvals(
    -- Time-ordered.
    id BLOB PRIMARY KEY,
    kind TEXT NOT NULL,
    sid INTEGER NOT NULL,
    session_id BLOB NOT NULL,
    state TEXT NOT NULL,
    -- The tier that is asked, from 0.
    tier INTEGER NOT NULL,
    requester_id BLOB NOT NULL,
    requester_name TEXT NOT NULL,
    resource_id BLOB NOT NULL,
    resource_name TEXT NOT NULL,
    resource_type TEXT NOT NULL,
    host TEXT NOT NULL,
    account TEXT NOT NULL,
    rule TEXT NOT NULL,
    -- JSON: who has to agree, as it was when it was asked.
    review TEXT NOT NULL,
    reason TEXT NOT NULL,
    ticket TEXT NOT NULL,
    starts_at INTEGER NOT NULL,
    lasts INTEGER NOT NULL,
    break_glass INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    deadline INTEGER NOT NULL,
    -- 0 while it is not decided.
    decided_at INTEGER NOT NULL,
    -- What is to be sent, encrypted; empty when there is nothing.
    sealed BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX approvals_session ON approvals(sid, id);
CREATE INDEX approvals_state ON approvals(state, id);
CREATE INDEX approvals_requester ON approvals(requester_id, id);

-- Who is asked, tier by tier: `user:NAME`, `group:NAME`, `role:admin`.
CREATE TABLE approval_reviewers(
    approval_id BLOB NOT NULL,
    tier INTEGER NOT NULL,
    who TEXT NOT NULL,
    PRIMARY KEY(who, approval_id, tier)
) STRICT, WITHOUT ROWID;

CREATE TABLE approval_votes(
    approval_id BLOB NOT NULL,
    voter_id BLOB NOT NULL,
    voter_name TEXT NOT NULL,
    tier INTEGER NOT NULL,
    ballot TEXT NOT NULL,
    comment TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY(approval_id, voter_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX approval_votes_voter ON approval_votes(voter_id, approval_id);
