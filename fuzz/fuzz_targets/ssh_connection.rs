//! Payloads of the connection protocol, with all their details; what was understood is encoded again.
#![no_main]

use bytes::BytesMut;
use libfuzzer_sys::fuzz_target;
use proto_ssh::wire::Encode;
use proto_ssh::wire::connection::{ChannelRequest, GlobalRequest, Message, Open, Renumbered};

fuzz_target!(|payload: &[u8]| {
    let Ok(Some(message)) = Message::parse(payload) else {
        return;
    };
    let mut again = BytesMut::new();
    message.encode(&mut again);
    assert_eq!(Message::parse(&again), Ok(Some(message)));

    let mut rest = BytesMut::new();
    match message {
        Message::GlobalRequest(request) => {
            if let Ok(wish) = request.wish() {
                wish.put(&mut rest);
                assert_eq!(
                    GlobalRequest {
                        rest: &rest,
                        ..request
                    }
                    .wish(),
                    Ok(wish)
                );
            }
        }
        Message::Open(open) => {
            if let Ok(opening) = open.opening() {
                opening.put(&mut rest);
                assert_eq!(Open { rest: &rest, ..open }.opening(), Ok(opening));
            }
        }
        Message::Request(request) => {
            if let Ok(ask) = request.ask() {
                ask.put(&mut rest);
                assert_eq!(
                    ChannelRequest {
                        rest: &rest,
                        ..request
                    }
                    .ask(),
                    Ok(ask)
                );
            }
        }
        _ => {}
    }
    if message.channel().is_some() {
        let mut moved = BytesMut::new();
        Renumbered { payload, channel: 77 }.encode(&mut moved);
        let moved = Message::parse(&moved)
            .expect("it was well-formed")
            .expect("it has a number");
        assert_eq!(moved.channel(), Some(77));
    }
});
