-- What the gateways have signed of the audit log: that up to this line it was so. Like the log, they are added to only.
CREATE TABLE audit_checkpoints(
    org_id BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    at BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    signer BYTEA NOT NULL,
    signature BYTEA NOT NULL,
    PRIMARY KEY(org_id, seq)
);
CREATE TRIGGER audit_checkpoints_keep BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_checkpoints
FOR EACH STATEMENT EXECUTE FUNCTION audit_events_keep();
