//! Both directions of a connection, in pieces, with and without rules on statements.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| proto_postgres::fuzzing::conversation(data));
