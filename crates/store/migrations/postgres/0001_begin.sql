-- Sessions, connections, nodes.

CREATE TABLE sessions(
    -- Time-ordered: (creation - 2020 in microseconds) << 12 | 12 bits; the tie-breaker of every order.
    sid BIGINT PRIMARY KEY,
    id BYTEA NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    first_logon_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    -- 9223372036854775807 until it is over.
    ended_at BIGINT NOT NULL,
    -- Final at the end; see session_live before.
    duration BIGINT NOT NULL,
    bytes_up BIGINT NOT NULL,
    bytes_down BIGINT NOT NULL,
    -- 1 while it is not over, and when it lasted longer than 24 h: those that a window over sid does not find.
    span BIGINT NOT NULL,
    state BIGINT NOT NULL,
    end_reason TEXT COLLATE "C" NOT NULL,
    user_id BYTEA NOT NULL,
    user_name TEXT COLLATE "C" NOT NULL,
    account TEXT COLLATE "C" NOT NULL,
    resource_id BYTEA NOT NULL,
    resource_name TEXT COLLATE "C" NOT NULL,
    resource_type TEXT COLLATE "C" NOT NULL,
    host TEXT COLLATE "C" NOT NULL,
    access_rule TEXT COLLATE "C" NOT NULL,
    profile TEXT COLLATE "C" NOT NULL,
    gateway TEXT COLLATE "C" NOT NULL,
    client_if BIGINT NOT NULL,
    -- 16 bytes; version 4 addresses are mapped, so that the order is that of numbers.
    client_ip BYTEA NOT NULL,
    secret_name TEXT COLLATE "C" NOT NULL,
    verb BIGINT NOT NULL,
    ticket TEXT COLLATE "C" NOT NULL,
    correlation_id TEXT COLLATE "C" NOT NULL,
    -- Empty for none.
    rerun_of BYTEA NOT NULL,
    recording BIGINT NOT NULL,
    -- 0 while it is not locked.
    locked_at BIGINT NOT NULL,
    -- The fields of the life that nobody filters by, as JSON.
    life TEXT COLLATE "C" NOT NULL
);
CREATE INDEX s_started_at ON sessions(started_at, sid);
CREATE INDEX s_first_logon_at ON sessions(first_logon_at, sid);
CREATE INDEX s_expires_at ON sessions(expires_at, sid);
CREATE INDEX s_ended_at ON sessions(ended_at, sid);
CREATE INDEX s_duration ON sessions(duration, sid);
CREATE INDEX s_bytes_up ON sessions(bytes_up, sid);
CREATE INDEX s_bytes_down ON sessions(bytes_down, sid);
CREATE INDEX s_state ON sessions(state, sid);
CREATE INDEX s_end_reason ON sessions(end_reason, sid);
CREATE INDEX s_user_id ON sessions(user_id, sid);
CREATE INDEX s_user_name ON sessions(user_name, sid);
CREATE INDEX s_account ON sessions(account, sid);
CREATE INDEX s_resource_id ON sessions(resource_id, sid);
CREATE INDEX s_resource_name ON sessions(resource_name, sid);
CREATE INDEX s_resource_type ON sessions(resource_type, sid);
CREATE INDEX s_access_rule ON sessions(access_rule, sid);
CREATE INDEX s_profile ON sessions(profile, sid);
CREATE INDEX s_gateway ON sessions(gateway, sid);
CREATE INDEX s_client_if ON sessions(client_if, sid);
CREATE INDEX s_client_ip ON sessions(client_ip, sid);
CREATE INDEX s_secret_name ON sessions(secret_name, sid);
CREATE INDEX s_ticket ON sessions(ticket, sid);
CREATE INDEX s_recording ON sessions(recording, sid);
CREATE INDEX s_correlation_id ON sessions(correlation_id, sid) WHERE correlation_id <> '';
CREATE INDEX s_rerun_of ON sessions(rerun_of, sid) WHERE length(rerun_of) > 0;
CREATE INDEX s_locked_at ON sessions(locked_at, sid) WHERE locked_at > 0;
CREATE INDEX s_span ON sessions(ended_at, sid) WHERE span = 1;
CREATE INDEX s_running ON sessions(ended_at, sid) WHERE ended_at = 9223372036854775807;

-- Who carries a running session, and its counters: narrow, because it is written at every heartbeat.
CREATE TABLE session_live(
    sid BIGINT NOT NULL,
    node TEXT COLLATE "C" NOT NULL,
    instance BYTEA NOT NULL,
    lease_until BIGINT NOT NULL,
    bytes_up BIGINT NOT NULL,
    bytes_down BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    PRIMARY KEY(sid, node)
) WITH (fillfactor = 50);

CREATE TABLE nodes(
    name TEXT COLLATE "C" PRIMARY KEY,
    instance BYTEA NOT NULL,
    started_at BIGINT NOT NULL,
    lease_until BIGINT NOT NULL,
    version TEXT COLLATE "C" NOT NULL
);

CREATE TABLE connections(
    id BYTEA PRIMARY KEY,
    sid BIGINT NOT NULL,
    session_id BYTEA NOT NULL,
    node TEXT COLLATE "C" NOT NULL,
    opened_at BIGINT NOT NULL,
    closed_at BIGINT NOT NULL,
    client_ip BYTEA NOT NULL,
    client_if BIGINT NOT NULL,
    client_version TEXT COLLATE "C" NOT NULL,
    bytes_up BIGINT NOT NULL,
    bytes_down BIGINT NOT NULL,
    close_reason TEXT COLLATE "C" NOT NULL,
    recording BIGINT NOT NULL,
    file TEXT COLLATE "C" NOT NULL,
    size BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    duration BIGINT NOT NULL
);
CREATE INDEX connections_session ON connections(sid, opened_at);
CREATE INDEX connections_unfinished ON connections(node) WHERE closed_at = 0 OR recording = 1 OR recording = 2;

-- The distinct values of the columns that people search by; kept when users and resources are deleted.
CREATE TABLE names(
    kind BIGINT NOT NULL,
    value TEXT COLLATE "C" NOT NULL,
    -- Lower case.
    folded TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY(kind, value)
);

-- The audit log.

CREATE TABLE audit_heads(
    org_id BIGINT PRIMARY KEY,
    seq BIGINT NOT NULL,
    hash BYTEA NOT NULL
) WITH (fillfactor = 10);
INSERT INTO audit_heads(org_id, seq, hash) VALUES (1, 0, ''::bytea);

CREATE TABLE audit_events(
    org_id BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    at BIGINT NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    -- 0 for none.
    sid BIGINT NOT NULL,
    actor TEXT COLLATE "C" NOT NULL,
    object TEXT COLLATE "C" NOT NULL,
    payload TEXT COLLATE "C" NOT NULL,
    prev_hash BYTEA NOT NULL,
    hash BYTEA NOT NULL,
    PRIMARY KEY(org_id, seq)
);
CREATE INDEX audit_events_at ON audit_events(at);
CREATE INDEX audit_events_kind ON audit_events(kind, seq);
CREATE INDEX audit_events_actor ON audit_events(actor, seq);
CREATE INDEX audit_events_sid ON audit_events(sid, seq) WHERE sid <> 0;
CREATE INDEX audit_events_object ON audit_events(object, seq) WHERE object <> '';

CREATE FUNCTION audit_events_keep() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$;
CREATE TRIGGER audit_events_keep BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_events
FOR EACH STATEMENT EXECUTE FUNCTION audit_events_keep();

-- Declared objects and what belongs to them.

CREATE TABLE directory(id BIGINT PRIMARY KEY, version BIGINT NOT NULL);
INSERT INTO directory(id, version) VALUES (1, 0);

CREATE TABLE objects(
    kind TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    id BYTEA NOT NULL UNIQUE,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    -- JSON; never holds a secret.
    spec TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY(kind, name)
);

CREATE TABLE standing_locks(
    scope TEXT COLLATE "C" NOT NULL,
    subject_id BYTEA NOT NULL,
    subject_name TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    lock TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY(scope, subject_id)
);

CREATE TABLE passwords(user_id BYTEA PRIMARY KEY, hash TEXT COLLATE "C" NOT NULL, changed_at BIGINT NOT NULL);

CREATE TABLE secret_values(
    secret_id BYTEA PRIMARY KEY,
    version BIGINT NOT NULL,
    sealed BYTEA NOT NULL,
    changed_at BIGINT NOT NULL
);

CREATE TABLE host_keys(
    resource_id BYTEA NOT NULL,
    algorithm TEXT COLLATE "C" NOT NULL,
    key BYTEA NOT NULL,
    first_seen BIGINT NOT NULL,
    pinned_by TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY(resource_id, key)
);

-- Who is signed in, and who failed to.

CREATE TABLE tokens(
    id BYTEA PRIMARY KEY,
    user_id BYTEA NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    hash BYTEA NOT NULL UNIQUE,
    scopes TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    -- 0 for never.
    expires_at BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL
);
CREATE INDEX tokens_user ON tokens(user_id);

CREATE TABLE logins(
    hash BYTEA PRIMARY KEY,
    user_id BYTEA NOT NULL,
    csrf BYTEA NOT NULL,
    client_ip TEXT COLLATE "C" NOT NULL,
    user_agent TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX logins_user ON logins(user_id);

CREATE TABLE links(
    hash BYTEA PRIMARY KEY,
    purpose TEXT COLLATE "C" NOT NULL,
    -- Empty for nobody in particular.
    user_id BYTEA NOT NULL,
    detail TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE TABLE login_failures(
    subject TEXT COLLATE "C" PRIMARY KEY,
    count BIGINT NOT NULL,
    first_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL
);

-- Activity: one table a month (entries_202611), made when its first entry comes; this lists them.

CREATE TABLE entry_months(month BIGINT PRIMARY KEY);
