//! Tests.

#![allow(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;

use super::*;

fn encoded(message: &impl Encode) -> Vec<u8> {
    let mut out = BytesMut::new();
    message.encode(&mut out);
    out.to_vec()
}

/// The owned parts from which any message can be built.
fn parts() -> impl Strategy<Value = (u8, [u32; 4], String, bool, Vec<u8>)> {
    (
        0_u8..14,
        any::<[u32; 4]>(),
        "\\PC{0,40}",
        any::<bool>(),
        proptest::collection::vec(any::<u8>(), 0..200),
    )
}

fn build<'a>(
    kind: u8,
    [channel, a, b, c]: [u32; 4],
    text: &'a str,
    flag: bool,
    bytes: &'a [u8],
) -> Message<'a> {
    match kind {
        0 => Message::GlobalRequest(GlobalRequest {
            name: text,
            want_reply: flag,
            rest: bytes,
        }),
        1 => Message::RequestSuccess { rest: bytes },
        2 => Message::RequestFailure,
        3 => Message::Open(Open {
            kind: text,
            sender: a,
            window: b,
            max_packet: c,
            rest: bytes,
        }),
        4 => Message::OpenConfirmation(OpenConfirmation {
            channel,
            sender: a,
            window: b,
            max_packet: c,
            rest: bytes,
        }),
        5 => Message::OpenFailure(OpenFailure {
            channel,
            reason: OpenFailureReason(a),
            description: text,
        }),
        6 => Message::WindowAdjust(WindowAdjust { channel, bytes: a }),
        7 => Message::Data(Data { channel, data: bytes }),
        8 => Message::ExtendedData(ExtendedData {
            channel,
            code: a,
            data: bytes,
        }),
        9 => Message::Eof(Eof { channel }),
        10 => Message::Close(Close { channel }),
        11 => Message::Request(ChannelRequest {
            channel,
            kind: text,
            want_reply: flag,
            rest: bytes,
        }),
        12 => Message::Success(Success { channel }),
        _ => Message::Failure(Failure { channel }),
    }
}

/// All that can be decoded from a payload is decoded.
fn decode_all(payload: &[u8]) {
    match Message::parse(payload) {
        Ok(Some(Message::GlobalRequest(request))) => drop(request.wish()),
        Ok(Some(Message::Open(open))) => drop(open.opening()),
        Ok(Some(Message::Request(request))) => drop(request.ask()),
        _ => {}
    }
}

proptest! {
    #[test]
    fn a_message_survives_the_wire((kind, numbers, text, flag, bytes) in parts()) {
        let message = build(kind, numbers, &text, flag, &bytes);
        let payload = encoded(&message);
        prop_assert_eq!(Message::parse(&payload).unwrap(), Some(message));
    }

    #[test]
    fn a_renumbered_message_differs_in_its_channel_only((kind, numbers, text, flag, bytes) in parts(), channel: u32) {
        let message = build(kind, numbers, &text, flag, &bytes);
        prop_assume!(message.channel().is_some());
        let [_, a, b, c] = numbers;
        let expected = encoded(&build(kind, [channel, a, b, c], &text, flag, &bytes));
        prop_assert_eq!(encoded(&Renumbered { payload: &encoded(&message), channel }), expected);
    }

    #[test]
    fn any_payload_is_survived(number in 80_u8..=100, rest in proptest::collection::vec(any::<u8>(), 0..100)) {
        let mut payload = vec![number];
        payload.extend(rest);
        decode_all(&payload);
    }

    #[test]
    fn a_cut_message_is_refused_or_is_another((kind, numbers, text, flag, bytes) in parts(), cut in any::<prop::sample::Index>()) {
        let payload = encoded(&build(kind, numbers, &text, flag, &bytes));
        let cut = payload.get(..cut.index(payload.len())).unwrap_or_default();
        if let Ok(Some(message)) = Message::parse(cut) {
            // Only fields that reach to the end may be shorter; a failure also loses its language tag.
            let again = encoded(&message);
            prop_assert!(again == cut || kind == 5);
        }
    }

    #[test]
    fn any_detail_of_a_request_is_survived(
        kind in prop::sample::select(vec![
            "pty-req", "env", "exec", "subsystem", "window-change", "signal", "exit-status", "exit-signal", "x11-req",
            "break", "xon-xoff",
        ]),
        rest in proptest::collection::vec(prop_oneof![Just(0_u8), 0_u8..20, any::<u8>()], 0..80),
    ) {
        let request = ChannelRequest { channel: 0, kind, want_reply: false, rest: &rest };
        if let Ok(ask) = request.ask() {
            let mut again = Vec::new();
            ask.put(&mut again);
            let request = ChannelRequest { rest: &again, ..request };
            prop_assert_eq!(request.ask().unwrap(), ask);
        }
    }

    #[test]
    fn any_detail_of_an_open_is_survived(
        kind in prop::sample::select(vec![
            "direct-tcpip", "forwarded-tcpip", "x11", "direct-streamlocal@openssh.com", "forwarded-streamlocal@openssh.com",
        ]),
        rest in proptest::collection::vec(prop_oneof![Just(0_u8), 0_u8..20, any::<u8>()], 0..80),
    ) {
        let open = Open { kind, sender: 0, window: 0, max_packet: 0, rest: &rest };
        if let Ok(opening) = open.opening() {
            let mut again = Vec::new();
            opening.put(&mut again);
            let open = Open { rest: &again, ..open };
            prop_assert_eq!(open.opening().unwrap(), opening);
        }
    }
}

#[test]
fn a_number_of_another_protocol_is_none() {
    for number in [0, 50, 79, 83, 89, 101, 255] {
        assert_eq!(Message::parse(&[number, 0, 0, 0, 0]), Ok(None));
    }
    assert!(Message::parse(&[]).is_err());
}
