//! The little that differs between the databases.
