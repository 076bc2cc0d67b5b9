//! What is read from both directions of a channel, in whatever pieces and order.

use aws_lc_rs::digest;
use proptest::prelude::*;

use super::super::{FileOp, FileOpKind, FileResult, FileRules, Permission, Sha256};
use super::packets::*;

fn sum(data: &[u8]) -> Option<Sha256> {
    digest::digest(&digest::SHA256, data)
        .as_ref()
        .try_into()
        .ok()
        .map(Sha256)
}

fn sample(len: usize) -> Vec<u8> {
    (0..len).map(|at| (at * 31 % 251) as u8).collect()
}

fn channel() -> Channel {
    Channel::greeted(FileRules::default())
}

#[test]
fn answers_out_of_order_give_the_right_hash() {
    let file = sample(1_000_000);
    let mut channel = channel();
    channel.opened("/f", READ, b"h");
    let parts: Vec<&[u8]> = file.chunks(32_768).collect();
    for id in 0..=parts.len() {
        channel.caller(&read(id as u32, b"h", id as u64 * 32_768, 32_768));
    }
    for id in (0..parts.len()).rev() {
        channel.target(&data(id as u32, parts[id]));
    }
    // The end of the file: a short read is asked for again.
    channel.target(&status(parts.len() as u32, 1, ""));
    channel.caller(&read(500, b"h", file.len() as u64, 10));
    channel.target(&status(500, 1, ""));
    let ops = channel.closed(b"h");
    let [op] = ops.as_slice() else { panic!("{ops:?}") };
    assert_eq!(
        (op.kind, op.bytes, op.ranges),
        (FileOpKind::Download, 1_000_000, 1)
    );
    assert_eq!(op.sha256, sum(&file));
    assert!(op.complete && op.ok());
    assert_eq!(channel.bulk_down, 1_000_000);
}

#[test]
fn writes_out_of_order_give_the_right_hash() {
    let file = sample(200_000);
    let mut channel = channel();
    channel.opened("/f", NEW, b"h");
    let parts: Vec<&[u8]> = file.chunks(10_000).collect();
    for id in [1, 0, 3, 2].into_iter().chain(4..20) {
        channel.caller(&write(id, b"h", u64::from(id) * 10_000, parts[id as usize]));
    }
    for id in (0..20).rev() {
        channel.target(&status(id, 0, ""));
    }
    let ops = channel.closed(b"h");
    let [op] = ops.as_slice() else { panic!("{ops:?}") };
    assert_eq!(
        (op.kind, op.bytes, op.ranges, op.complete),
        (FileOpKind::Upload, 200_000, 1, true)
    );
    assert_eq!(op.sha256, sum(&file));
    assert_eq!(channel.bulk_up, 200_000);
}

#[test]
fn random_access_is_partial_and_has_no_hash() {
    let mut channel = channel();
    channel.opened("/db", READ | WRITE, b"h");
    for (id, offset) in [(1, 4096), (2, 0), (3, 100_000)] {
        channel.caller(&read(id, b"h", offset, 512));
        channel.target(&data(id, &sample(512)));
    }
    channel.caller(&write(4, b"h", 8192, &sample(100)));
    channel.target(&status(4, 0, ""));
    let ops = channel.closed(b"h");
    let [up, down] = ops.as_slice() else {
        panic!("{ops:?}")
    };
    assert_eq!(
        (up.kind, up.bytes, up.ranges, up.sha256, up.complete),
        (FileOpKind::Upload, 100, 1, None, false)
    );
    assert_eq!(
        (down.kind, down.bytes, down.ranges, down.sha256),
        (FileOpKind::Download, 1536, 3, None)
    );
    assert!(!down.complete && down.ok());
}

#[test]
fn a_resumed_upload_is_partial() {
    let mut channel = channel();
    channel.opened("/f", WRITE, b"h");
    channel.caller(&write(1, b"h", 1000, &sample(100)));
    channel.target(&status(1, 0, ""));
    let op = channel.closed(b"h").remove(0);
    assert_eq!(
        (op.sha256, op.complete, op.ranges, op.bytes),
        (None, false, 1, 100)
    );
}

#[test]
fn an_upload_over_an_old_file_is_complete_once_it_is_cut_to_its_length() {
    for cut in [false, true] {
        let mut channel = channel();
        channel.opened("/f", WRITE | 8, b"h");
        channel.caller(&write(1, b"h", 0, &sample(100)));
        channel.target(&status(1, 0, ""));
        if cut {
            channel.caller(&packet(
                10,
                &[
                    &2_u32.to_be_bytes(),
                    &string(b"h"),
                    &1_u32.to_be_bytes(),
                    &100_u64.to_be_bytes(),
                ],
            ));
            channel.target(&status(2, 0, ""));
        }
        let op = channel.closed(b"h").pop().unwrap();
        assert_eq!((op.kind, op.complete), (FileOpKind::Upload, cut));
        assert_eq!(op.sha256, sum(&sample(100)));
    }
}

#[test]
fn a_write_that_failed_fails_the_upload() {
    let mut channel = channel();
    channel.opened("/f", NEW, b"h");
    channel.caller(&write(1, b"h", 0, &sample(100)));
    channel.target(&status(1, 4, "No space left on device"));
    let op = channel.closed(b"h").remove(0);
    assert_eq!(op.result, FileResult::Failed("No space left on device".into()));
    assert_eq!((op.sha256, op.complete), (None, false));
}

#[test]
fn a_download_of_the_known_size_is_complete_without_an_end_of_file() {
    let mut channel = channel();
    channel.caller(&path_request(17, 1, "/f"));
    channel.target(&attributes(1, 300));
    channel.opened("/f", READ, b"h");
    channel.caller(&read(1, b"h", 0, 300));
    channel.target(&data(1, &sample(300)));
    let op = channel.closed(b"h").remove(0);
    assert_eq!((op.sha256, op.complete), (sum(&sample(300)), true));
}

#[test]
fn an_empty_file_has_the_hash_of_nothing() {
    let mut channel = channel();
    channel.opened("/f", NEW, b"h");
    let op = channel.closed(b"h").remove(0);
    assert_eq!(
        (op.kind, op.bytes, op.sha256, op.complete),
        (FileOpKind::Upload, 0, sum(b""), true)
    );
}

#[test]
fn what_is_open_when_the_channel_ends_is_unfinished() {
    let mut channel = channel();
    channel.opened("/up", NEW, b"1");
    channel.caller(&write(1, b"1", 0, &sample(10)));
    channel.caller(&path_request(13, 2, "/unanswered"));
    channel.caller(&open(3, "/opening", READ));
    channel.end();
    let log: Vec<_> = channel
        .ops
        .iter()
        .map(|op| (op.kind, op.path.as_str(), op.bytes, &op.result))
        .collect();
    let unfinished = &FileResult::Unfinished;
    assert_eq!(
        log,
        [
            (FileOpKind::Upload, "/up", 10, unfinished),
            (FileOpKind::Delete, "/unanswered", 0, unfinished),
            (FileOpKind::Download, "/opening", 0, unfinished),
        ]
    );
    assert!(channel.ops.iter().all(|op| op.sha256.is_none() && !op.complete));
}

#[test]
fn a_copy_on_the_target_is_logged_and_leaves_no_hash() {
    let mut channel = channel();
    channel.opened("/a", READ, b"a");
    channel.opened("/b", NEW, b"b");
    let body = [string(b"a"), vec![0; 16], string(b"b"), vec![0; 8]].concat();
    channel.caller(&extended(1, "copy-data", &body));
    channel.target(&status(1, 0, ""));
    let op = std::mem::take(&mut channel.ops).remove(0);
    assert_eq!(
        (op.kind, op.path.as_str(), op.to.as_deref()),
        (FileOpKind::Copy, "/a", Some("/b"))
    );
    let upload = channel.closed(b"b").remove(0);
    assert_eq!((upload.sha256, upload.complete), (None, false));
}

#[test]
fn paths_that_are_not_utf8_stay_distinct() {
    let mut channel = channel();
    channel.caller(&packet(
        13,
        &[&1_u32.to_be_bytes(), &string(b"/a\xff\xfe\xc3\xa4")],
    ));
    channel.target(&status(1, 0, ""));
    assert_eq!(channel.ops[0].path, "/a\\xff\\xfeä");
}

#[test]
fn handles_that_a_server_uses_again_are_kept_apart() {
    let mut channel = channel();
    for round in 0..3 {
        channel.opened(&format!("/{round}"), NEW, b"0");
        channel.caller(&write(1, b"0", 0, &sample(round)));
        channel.target(&status(1, 0, ""));
        let ops = channel.closed(b"0");
        assert_eq!(
            (ops.len(), ops[0].path.clone(), ops[0].bytes),
            (1, format!("/{round}"), round as u64)
        );
    }
}

#[test]
fn reads_without_end_are_passed_but_not_remembered() {
    let mut channel = channel();
    channel.opened("/f", READ, b"h");
    for id in 0..200_000 {
        channel.caller(&read(id, b"h", u64::from(id) * 10, 10));
        channel.to_target.clear();
    }
    for id in 0..200_000 {
        channel.target(&data(id, &[1; 10]));
        channel.to_caller.clear();
    }
    let op = channel.closed(b"h").remove(0);
    assert_eq!((op.sha256, op.complete, op.ok()), (None, false, true));
    assert!(op.bytes < 1_000_000);
}

#[test]
fn requests_without_end_are_refused_at_the_bound() {
    let mut channel = channel();
    let path = "p".repeat(4000);
    for id in 0..5000 {
        channel.caller(&path_request(13, id, &path));
    }
    let passed = channel.to_target.len() / path_request(13, 0, &path).len();
    assert!((1000..3000).contains(&passed), "{passed}");
    assert!(!channel.to_caller.is_empty());
}

/// A conversation of both directions that has a bit of everything.
fn conversation() -> Vec<(bool, Vec<u8>)> {
    let file = sample(5000);
    let mut log = vec![(true, init(3)), (false, version(3))];
    let mut both = |request: Vec<u8>, answer: Vec<u8>| log.extend([(true, request), (false, answer)]);
    both(open(1, "/up", NEW), handle(1, b"u"));
    both(write(2, b"u", 0, &file[..3000]), status(2, 0, ""));
    both(write(3, b"u", 3000, &file[3000..]), status(3, 0, "Success"));
    both(close(4, b"u"), status(4, 0, ""));
    both(open(5, "/down", READ), handle(5, b"d"));
    both(read(6, b"d", 0, 5000), data(6, &file));
    both(read(7, b"d", 5000, 5000), status(7, 1, ""));
    both(close(8, b"d"), status(8, 0, ""));
    both(open(9, "/nope", READ), status(9, 2, "No such file"));
    both(path_request(13, 10, "/rm"), status(10, 0, ""));
    both(path_request(11, 11, "/dir"), handle(11, b"l"));
    both(
        packet(12, &[&12_u32.to_be_bytes(), &string(b"l")]),
        packet(104, &[&12_u32.to_be_bytes(), &[0, 0, 0, 9]]),
    );
    both(close(13, b"l"), status(13, 0, ""));
    log
}

/// Plays a conversation cut into pieces of the given sizes, over and over.
fn play(rules: FileRules, cuts: &[usize]) -> (Vec<FileOp>, Vec<u8>, Vec<u8>) {
    let mut channel = Channel::new(rules);
    let mut sizes = cuts.iter().cycle();
    for (caller, bytes) in conversation() {
        let mut rest = bytes.as_slice();
        while !rest.is_empty() {
            let (piece, more) = rest.split_at(rest.len().min(*sizes.next().unwrap()));
            if caller {
                channel.caller(piece);
            } else {
                channel.target(piece);
            }
            rest = more;
        }
    }
    channel.end();
    for op in &mut channel.ops {
        (op.started_us, op.ended_us) = (0, 0);
    }
    (channel.ops, channel.to_target, channel.to_caller)
}

proptest! {
    #[test]
    fn any_cutting_gives_the_same(cuts in prop::collection::vec(1_usize..700, 1..20), uploads: bool) {
        let uploads = if uploads { Permission::Allowed } else { Permission::Refused };
        let rules = FileRules { uploads, ..FileRules::default() };
        prop_assert_eq!(play(rules, &cuts), play(rules, &[usize::MAX]));
    }

    #[test]
    fn arbitrary_bytes_never_break_it(
        chunks in prop::collection::vec((any::<bool>(), prop::collection::vec(any::<u8>(), 0..400)), 0..40),
        greeted: bool,
    ) {
        let mut channel = if greeted { channel() } else { Channel::new(FileRules::default()) };
        for (caller, chunk) in chunks {
            if caller { channel.caller(&chunk) } else { channel.target(&chunk) }
        }
        channel.end();
    }

    #[test]
    fn broken_packets_never_break_it(
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12),
        cuts in prop::collection::vec(1_usize..200, 1..5),
    ) {
        let mut log = conversation();
        for (at, value) in flips {
            let which = at.index(log.len());
            let bytes = &mut log[which].1;
            let place = at.index(bytes.len());
            bytes[place] = value;
        }
        let mut channel = Channel::new(FileRules::default());
        let mut sizes = cuts.iter().cycle();
        for (caller, bytes) in &log {
            let mut rest = bytes.as_slice();
            while !rest.is_empty() {
                let (piece, more) = rest.split_at(rest.len().min(*sizes.next().unwrap()));
                if *caller { channel.caller(piece) } else { channel.target(piece) }
                rest = more;
            }
        }
        channel.end();
    }
}

#[test]
fn the_conversation_gives_every_operation() {
    let (ops, to_target, to_caller) = play(FileRules::default(), &[usize::MAX]);
    let kinds: Vec<_> = ops.iter().map(|op| (op.kind, op.ok(), op.complete)).collect();
    assert_eq!(
        kinds,
        [
            (FileOpKind::Upload, true, true),
            (FileOpKind::Download, true, true),
            (FileOpKind::Download, false, false),
            (FileOpKind::Delete, true, true),
            (FileOpKind::List, true, true),
        ]
    );
    assert_eq!(
        (ops[0].sha256, ops[1].sha256),
        (sum(&sample(5000)), sum(&sample(5000)))
    );
    assert_eq!(ops[4].entries, 9);
    let said: Vec<u8> = conversation()
        .into_iter()
        .filter(|(caller, _)| *caller)
        .flat_map(|(_, bytes)| bytes)
        .collect();
    let heard: Vec<u8> = conversation()
        .into_iter()
        .filter(|(caller, _)| !*caller)
        .flat_map(|(_, bytes)| bytes)
        .collect();
    assert!(to_target == said && to_caller == heard);
}
