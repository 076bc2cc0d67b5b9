//! What either side sends before the login is over: greetings, responses, and texts of statements, which are read as they come.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| proto_mysql::fuzzing::login(data));
