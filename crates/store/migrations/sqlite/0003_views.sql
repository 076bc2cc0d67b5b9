-- What people have kept of a list: filters and order by a name.
CREATE TABLE views(
    -- Whose; empty for everybody's.
    owner_id BLOB NOT NULL,
    page TEXT NOT NULL,
    name TEXT NOT NULL,
    query TEXT NOT NULL,
    saved_by TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY(owner_id, page, name)
) STRICT, WITHOUT ROWID;
