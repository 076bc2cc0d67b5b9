//! One file for each thing that has an address.

pub mod approvals;
pub mod audit;
pub mod compare;
pub mod connect;
pub mod database_passwords;
pub mod export;
pub mod facets;
pub mod live;
pub mod login;
pub mod meta;
pub mod objects;
pub mod orders;
pub mod player;
pub mod portal;
pub mod query_log;
pub mod rerun;
pub mod results;
pub mod search;
pub mod sessions;
pub mod settings;
pub mod sql;
pub mod stream;
pub mod terminal;
pub mod tokens;
pub mod views;
pub mod work;
