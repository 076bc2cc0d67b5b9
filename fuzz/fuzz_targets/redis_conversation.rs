//! Both directions of a Redis connection after its login, in pieces.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| proto_redis::fuzzing::conversation(data));
