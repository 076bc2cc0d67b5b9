//! Both directions of a MySQL connection after its login, in pieces.
//!
//! The input is a row of steps: a byte whose lowest bit says who speaks and whose next one whether a packet's head is written for it, two
//! bytes that say how long, and the bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use proto_mysql::fuzzing::Conversation;

fuzz_target!(|data: &[u8]| {
    let Some((capabilities, mut rest)) = data.split_first() else {
        return;
    };
    let mut conversation = Conversation::begin(*capabilities);
    while let Some(([who, low, high], after)) = rest.split_first_chunk::<3>() {
        let len = usize::from(u16::from_le_bytes([*low, *high])).min(after.len());
        let (bytes, after) = after.split_at(len);
        rest = after;
        if !conversation.step(who & 1 == 0, who & 2 != 0, bytes) {
            return;
        }
    }
});
