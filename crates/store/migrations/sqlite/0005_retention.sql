-- Recordings that have a file, by the time at which they ended: what retention looks through.
CREATE INDEX connections_kept ON connections(node, closed_at, id) WHERE file <> '';
-- Files that are to be removed, and were not yet. The number is that of `expired`.
CREATE INDEX connections_left ON connections(node) WHERE recording = 5 AND file <> '';
