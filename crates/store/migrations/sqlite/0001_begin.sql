-- Sessions, connections, nodes.

CREATE TABLE sessions(
    -- Time-ordered: (creation - 2020 in microseconds) << 12 | 12 bits; the tie-breaker of every order.
    sid INTEGER PRIMARY KEY,
    id BLOB NOT NULL,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    first_logon_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    -- 9223372036854775807 until it is over.
    ended_at INTEGER NOT NULL,
    -- Final at the end; see session_live before.
    duration INTEGER NOT NULL,
    bytes_up INTEGER NOT NULL,
    bytes_down INTEGER NOT NULL,
    -- 1 while it is not over, and when it lasted longer than 24 h: those that a window over sid does not find.
    span INTEGER NOT NULL,
    state INTEGER NOT NULL,
    end_reason TEXT NOT NULL,
    user_id BLOB NOT NULL,
    user_name TEXT NOT NULL,
    account TEXT NOT NULL,
    resource_id BLOB NOT NULL,
    resource_name TEXT NOT NULL,
    resource_type TEXT NOT NULL,
    host TEXT NOT NULL,
    access_rule TEXT NOT NULL,
    profile TEXT NOT NULL,
    gateway TEXT NOT NULL,
    client_if INTEGER NOT NULL,
    -- 16 bytes; version 4 addresses are mapped, so that the order is that of numbers.
    client_ip BLOB NOT NULL,
    secret_name TEXT NOT NULL,
    verb INTEGER NOT NULL,
    ticket TEXT NOT NULL,
    correlation_id TEXT NOT NULL,
    -- Empty for none.
    rerun_of BLOB NOT NULL,
    recording INTEGER NOT NULL,
    -- 0 while it is not locked.
    locked_at INTEGER NOT NULL,
    -- The fields of the life that nobody filters by, as JSON.
    life TEXT NOT NULL
) STRICT;
CREATE INDEX s_started_at ON sessions(started_at);
CREATE INDEX s_first_logon_at ON sessions(first_logon_at);
CREATE INDEX s_expires_at ON sessions(expires_at);
CREATE INDEX s_ended_at ON sessions(ended_at);
CREATE INDEX s_duration ON sessions(duration);
CREATE INDEX s_bytes_up ON sessions(bytes_up);
CREATE INDEX s_bytes_down ON sessions(bytes_down);
CREATE INDEX s_state ON sessions(state);
CREATE INDEX s_end_reason ON sessions(end_reason);
CREATE INDEX s_user_id ON sessions(user_id);
CREATE INDEX s_user_name ON sessions(user_name);
CREATE INDEX s_account ON sessions(account);
CREATE INDEX s_resource_id ON sessions(resource_id);
CREATE INDEX s_resource_name ON sessions(resource_name);
CREATE INDEX s_resource_type ON sessions(resource_type);
CREATE INDEX s_access_rule ON sessions(access_rule);
CREATE INDEX s_profile ON sessions(profile);
CREATE INDEX s_gateway ON sessions(gateway);
CREATE INDEX s_client_if ON sessions(client_if);
CREATE INDEX s_client_ip ON sessions(client_ip);
CREATE INDEX s_secret_name ON sessions(secret_name);
CREATE INDEX s_ticket ON sessions(ticket);
CREATE INDEX s_recording ON sessions(recording);
CREATE INDEX s_correlation_id ON sessions(correlation_id) WHERE correlation_id <> '';
CREATE INDEX s_rerun_of ON sessions(rerun_of) WHERE length(rerun_of) > 0;
CREATE INDEX s_locked_at ON sessions(locked_at) WHERE locked_at > 0;
CREATE INDEX s_span ON sessions(ended_at) WHERE span = 1;
CREATE INDEX s_running ON sessions(ended_at) WHERE ended_at = 9223372036854775807;

-- Who carries a running session, and its counters: narrow, because it is written at every heartbeat.
CREATE TABLE session_live(
    sid INTEGER NOT NULL,
    node TEXT NOT NULL,
    instance BLOB NOT NULL,
    lease_until INTEGER NOT NULL,
    bytes_up INTEGER NOT NULL,
    bytes_down INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    PRIMARY KEY(sid, node)
) STRICT, WITHOUT ROWID;

CREATE TABLE nodes(
    name TEXT PRIMARY KEY,
    instance BLOB NOT NULL,
    started_at INTEGER NOT NULL,
    lease_until INTEGER NOT NULL,
    version TEXT NOT NULL
) STRICT;

CREATE TABLE connections(
    id BLOB PRIMARY KEY,
    sid INTEGER NOT NULL,
    session_id BLOB NOT NULL,
    node TEXT NOT NULL,
    opened_at INTEGER NOT NULL,
    closed_at INTEGER NOT NULL,
    client_ip BLOB NOT NULL,
    client_if INTEGER NOT NULL,
    client_version TEXT NOT NULL,
    bytes_up INTEGER NOT NULL,
    bytes_down INTEGER NOT NULL,
    close_reason TEXT NOT NULL,
    recording INTEGER NOT NULL,
    file TEXT NOT NULL,
    size INTEGER NOT NULL,
    hash BLOB NOT NULL,
    duration INTEGER NOT NULL
) STRICT;
CREATE INDEX connections_session ON connections(sid, opened_at);
CREATE INDEX connections_unfinished ON connections(node) WHERE closed_at = 0 OR recording = 1 OR recording = 2;

-- The distinct values of the columns that people search by; kept when users and resources are deleted.
CREATE TABLE names(
    kind INTEGER NOT NULL,
    value TEXT NOT NULL,
    -- Lower case.
    folded TEXT NOT NULL,
    PRIMARY KEY(kind, value)
) STRICT, WITHOUT ROWID;

-- The audit log.

CREATE TABLE audit_heads(
    org_id INTEGER PRIMARY KEY,
    seq INTEGER NOT NULL,
    hash BLOB NOT NULL
) STRICT;
INSERT INTO audit_heads(org_id, seq, hash) VALUES (1, 0, X'');

CREATE TABLE audit_events(
    org_id INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    -- 0 for none.
    sid INTEGER NOT NULL,
    actor TEXT NOT NULL,
    object TEXT NOT NULL,
    payload TEXT NOT NULL,
    prev_hash BLOB NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY(org_id, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX audit_events_at ON audit_events(at);
CREATE INDEX audit_events_kind ON audit_events(kind, seq);
CREATE INDEX audit_events_actor ON audit_events(actor, seq);
CREATE INDEX audit_events_sid ON audit_events(sid, seq) WHERE sid <> 0;
CREATE INDEX audit_events_object ON audit_events(object, seq) WHERE object <> '';

CREATE TRIGGER audit_events_keep_update BEFORE UPDATE ON audit_events
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_events_keep_delete BEFORE DELETE ON audit_events
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;

-- Declared objects and what belongs to them.

CREATE TABLE directory(id INTEGER PRIMARY KEY, version INTEGER NOT NULL) STRICT;
INSERT INTO directory(id, version) VALUES (1, 0);

CREATE TABLE objects(
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    id BLOB NOT NULL UNIQUE,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    -- JSON; never holds a secret.
    spec TEXT NOT NULL,
    PRIMARY KEY(kind, name)
) STRICT;

CREATE TABLE standing_locks(
    scope TEXT NOT NULL,
    subject_id BLOB NOT NULL,
    subject_name TEXT NOT NULL,
    at INTEGER NOT NULL,
    lock TEXT NOT NULL,
    PRIMARY KEY(scope, subject_id)
) STRICT;

CREATE TABLE passwords(user_id BLOB PRIMARY KEY, hash TEXT NOT NULL, changed_at INTEGER NOT NULL) STRICT;

CREATE TABLE secret_values(
    secret_id BLOB PRIMARY KEY,
    version INTEGER NOT NULL,
    sealed BLOB NOT NULL,
    changed_at INTEGER NOT NULL
) STRICT;

CREATE TABLE host_keys(
    resource_id BLOB NOT NULL,
    algorithm TEXT NOT NULL,
    key BLOB NOT NULL,
    first_seen INTEGER NOT NULL,
    pinned_by TEXT NOT NULL,
    PRIMARY KEY(resource_id, key)
) STRICT;

-- Who is signed in, and who failed to.

CREATE TABLE tokens(
    id BLOB PRIMARY KEY,
    user_id BLOB NOT NULL,
    name TEXT NOT NULL,
    hash BLOB NOT NULL UNIQUE,
    scopes TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    -- 0 for never.
    expires_at INTEGER NOT NULL,
    last_used_at INTEGER NOT NULL
) STRICT;
CREATE INDEX tokens_user ON tokens(user_id);

CREATE TABLE logins(
    hash BLOB PRIMARY KEY,
    user_id BLOB NOT NULL,
    csrf BLOB NOT NULL,
    client_ip TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX logins_user ON logins(user_id);

CREATE TABLE links(
    hash BLOB PRIMARY KEY,
    purpose TEXT NOT NULL,
    -- Empty for nobody in particular.
    user_id BLOB NOT NULL,
    detail TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;

CREATE TABLE login_failures(
    subject TEXT PRIMARY KEY,
    count INTEGER NOT NULL,
    first_at INTEGER NOT NULL,
    last_at INTEGER NOT NULL
) STRICT;

-- Activity: one table a month (entries_202611), made when its first entry comes; this lists them.

CREATE TABLE entry_months(month INTEGER PRIMARY KEY) STRICT;
