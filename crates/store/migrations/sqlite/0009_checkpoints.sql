-- What the gateways have signed of the audit log: that up to this line it was so. Like the log, they are added to only.
CREATE TABLE audit_checkpoints(
    org_id INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    at INTEGER NOT NULL,
    hash BLOB NOT NULL,
    signer BLOB NOT NULL,
    signature BLOB NOT NULL,
    PRIMARY KEY(org_id, seq)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER audit_checkpoints_keep_update BEFORE UPDATE ON audit_checkpoints
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_checkpoints_keep_delete BEFORE DELETE ON audit_checkpoints
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
