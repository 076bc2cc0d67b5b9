-- Passwords for clients of databases are tokens: their login name, and what proofs are verified by. Both are empty for API tokens.
ALTER TABLE tokens ADD COLUMN login TEXT NOT NULL DEFAULT '';
ALTER TABLE tokens ADD COLUMN verifiers BLOB NOT NULL DEFAULT x'';
CREATE UNIQUE INDEX tokens_login ON tokens(login) WHERE login <> '';
