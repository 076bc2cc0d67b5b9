//! Bodies of PostgreSQL's messages, and everything that a client sends before it is let in.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| proto_postgres::fuzzing::messages(data));
