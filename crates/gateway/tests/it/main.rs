//! The gateway as its users meet it: the real program, with real clients and real servers, from the outside only.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::too_many_lines,
    clippy::cast_possible_truncation,
    reason = "tests"
)]

mod activities;
mod answers;
mod approvals;
mod audit;
mod bundles;
mod bursts;
mod commands;
mod crash;
mod deadlines;
mod demo;
mod desk;
mod devices;
mod direct;
mod disk;
mod documents;
mod elsewhere;
mod endings;
mod evidence;
mod exec;
mod exports;
mod factors;
mod feed;
mod flow;
mod gateway;
mod holds;
mod hours;
mod house;
mod http;
mod kinds;
mod kvserver;
mod ldap;
mod lists;
mod locks;
mod login;
mod mysql;
mod mysql_clients;
mod mysql_console;
mod mysql_rules;
mod orders;
mod pghouse;
mod pgserver;
mod picture;
mod policy;
mod portal;
mod postgres;
mod program;
mod redis;
mod redis_clients;
mod redishouse;
mod secrets;
mod service;
mod spine;
mod sql;
mod sql_clients;
mod sql_console;
mod sql_log;
mod sql_logins;
mod sql_rules;
mod sshd;
mod tls;
mod tmux;
mod verify;
mod viewer;
mod watch;
