//! Answers to statements, as a recording has them: in both forms of rows, in pieces.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| proto_mysql::fuzzing::result(data));
