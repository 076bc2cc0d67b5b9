//! Texts of SQL: told apart, masked, and judged.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &str| proto_postgres::fuzzing::statements(data));
