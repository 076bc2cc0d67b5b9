-- Requests that reviewers decide: to begin a session, or to send something inside one.
CREATE TABLE approvals(
    -- Time-ordered.
    id BYTEA PRIMARY KEY,
    kind TEXT COLLATE "C" NOT NULL,
    sid BIGINT NOT NULL,
    session_id BYTEA NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    -- The tier that is asked, from 0.
    tier BIGINT NOT NULL,
    requester_id BYTEA NOT NULL,
    requester_name TEXT COLLATE "C" NOT NULL,
    resource_id BYTEA NOT NULL,
    resource_name TEXT COLLATE "C" NOT NULL,
    resource_type TEXT COLLATE "C" NOT NULL,
    host TEXT COLLATE "C" NOT NULL,
    account TEXT COLLATE "C" NOT NULL,
    rule TEXT COLLATE "C" NOT NULL,
    -- JSON: who has to agree, as it was when it was asked.
    review TEXT COLLATE "C" NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    ticket TEXT COLLATE "C" NOT NULL,
    starts_at BIGINT NOT NULL,
    lasts BIGINT NOT NULL,
    break_glass BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    deadline BIGINT NOT NULL,
    -- 0 while it is not decided.
    decided_at BIGINT NOT NULL,
    -- What is to be sent, encrypted; empty when there is nothing.
    sealed BYTEA NOT NULL
);
CREATE INDEX approvals_session ON approvals(sid, id);
CREATE INDEX approvals_state ON approvals(state, id);
CREATE INDEX approvals_requester ON approvals(requester_id, id);

-- Who is asked, tier by tier: `user:NAME`, `group:NAME`, `role:admin`.
CREATE TABLE approval_reviewers(
    approval_id BYTEA NOT NULL,
    tier BIGINT NOT NULL,
    who TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY(who, approval_id, tier)
);

CREATE TABLE approval_votes(
    approval_id BYTEA NOT NULL,
    voter_id BYTEA NOT NULL,
    voter_name TEXT COLLATE "C" NOT NULL,
    tier BIGINT NOT NULL,
    ballot TEXT COLLATE "C" NOT NULL,
    comment TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY(approval_id, voter_id)
);
CREATE INDEX approval_votes_voter ON approval_votes(voter_id, approval_id);
