-- Recordings that have a file, by the time at which they ended: what retention looks through.
CREATE INDEX connections_kept ON connections(node, closed_at, id) WHERE file <> '';
