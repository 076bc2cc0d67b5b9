-- What the planner takes for granted about the spread of values, instead of what it finds.
--
-- Numbers that are measured change with every ANALYZE, and plans with them; without any, a young database that fills up is read
-- with the worst plans. These are those of 100 000 ordinary sessions: rows in the index, then rows with an equal value.
ANALYZE;
DELETE FROM sqlite_stat1;
INSERT INTO sqlite_stat1(tbl, idx, stat) VALUES
    ('sessions', 's_access_rule', '100000 3000'),
    ('sessions', 's_account', '100000 2500'),
    ('sessions', 's_bytes_down', '100000 1'),
    ('sessions', 's_bytes_up', '100000 1'),
    ('sessions', 's_client_if', '100000 25000'),
    ('sessions', 's_client_ip', '100000 50'),
    ('sessions', 's_correlation_id', '2000 4'),
    ('sessions', 's_duration', '100000 10'),
    ('sessions', 's_end_reason', '100000 5000'),
    ('sessions', 's_ended_at', '100000 1'),
    ('sessions', 's_expires_at', '100000 1'),
    ('sessions', 's_first_logon_at', '100000 1'),
    ('sessions', 's_gateway', '100000 5000'),
    ('sessions', 's_locked_at', '10 1'),
    ('sessions', 's_profile', '100000 20000'),
    ('sessions', 's_recording', '100000 50000'),
    ('sessions', 's_rerun_of', '500 2'),
    ('sessions', 's_resource_id', '100000 100'),
    ('sessions', 's_resource_name', '100000 100'),
    ('sessions', 's_resource_type', '100000 16000'),
    ('sessions', 's_running', '500 500'),
    ('sessions', 's_secret_name', '100000 300'),
    ('sessions', 's_span', '600 5'),
    ('sessions', 's_started_at', '100000 1'),
    ('sessions', 's_state', '100000 20000'),
    ('sessions', 's_ticket', '100000 20'),
    ('sessions', 's_user_id', '100000 200'),
    ('sessions', 's_user_name', '100000 200');
ANALYZE sqlite_schema;
