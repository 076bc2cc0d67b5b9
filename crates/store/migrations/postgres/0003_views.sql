-- What people have kept of a list: filters and order by a name.
CREATE TABLE views(
    -- Whose; empty for everybody's.
    owner_id BYTEA NOT NULL,
    page TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    query TEXT COLLATE "C" NOT NULL,
    saved_by TEXT COLLATE "C" NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY(owner_id, page, name)
);
