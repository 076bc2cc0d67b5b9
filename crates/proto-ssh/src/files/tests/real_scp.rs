//! OpenSSH's `scp -O` with itself, and streams that are no longer in order.

use std::fs;
use std::path::Path;

use aws_lc_rs::digest;
use bytes::Bytes;
use proptest::prelude::*;

use super::super::{
    Class, ExecKind, FileOp, FileOpKind, FileResult, FileRules, Hashing, Scan, ScpFault, ScpObserver, Sha256,
    recognise,
};
use super::openssh::{Run, random_file, run, sha256sum};

fn scp(folder: &Path, args: &[&str]) -> Run {
    let client = [&["scp", "-O", "-S", "BRIDGE"], args].concat();
    run(FileRules::default(), folder, &client, "")
}

#[test]
fn a_large_file_has_the_right_hash_both_ways() {
    let temp = tempfile::tempdir().unwrap();
    let (local, remote) = (temp.path().join("local"), temp.path().join("remote"));
    random_file(&local, 20 << 20);
    let target = format!("host:{}", remote.display());
    let up = scp(temp.path(), &["-p", "local", &target]);
    assert!(up.client.status.success());
    let sum = sha256sum(&local);
    let op = up.op(&remote);
    assert_eq!(
        (op.kind, op.bytes, op.sha256, op.complete),
        (FileOpKind::Upload, 20 << 20, sum, true)
    );
    // Whether `remote` is a folder only the target knows.
    assert_eq!(op.name.as_deref(), Some("local"));
    assert_eq!(up.bulk, 20 << 20);
    assert!(up.meta < 200);
    let down = scp(temp.path(), &["-p", &target, "back"]);
    let op = down.op(&remote);
    assert_eq!(
        (op.kind, op.bytes, op.sha256, op.complete),
        (FileOpKind::Download, 20 << 20, sum, true)
    );
    assert_eq!((down.bulk, sum), (20 << 20, sha256sum(&temp.path().join("back"))));
}

#[test]
fn folders_are_followed() {
    let temp = tempfile::tempdir().unwrap();
    let tree = temp.path().join("tree");
    fs::create_dir_all(tree.join("one/two")).unwrap();
    for (n, place) in ["a", "one/b", "one/two/c", "z", "one/empty"].iter().enumerate() {
        random_file(&tree.join(place), n * 1000 % 4000);
    }
    fs::create_dir(temp.path().join("into")).unwrap();
    let target = format!("host:{}/", temp.path().join("into").display());
    let up = scp(temp.path(), &["-r", "tree", &target]);
    assert!(up.client.status.success());
    for place in ["a", "one/b", "one/two/c", "z", "one/empty"] {
        let path = temp.path().join("into/tree").join(place);
        assert_eq!(up.op(&path).sha256, sha256sum(&path), "{place}");
    }
    assert_eq!(
        up.op(&temp.path().join("into/tree/one/two")).kind,
        FileOpKind::Mkdir
    );
    let down = scp(temp.path(), &["-r", &format!("host:{}", tree.display()), "back"]);
    for place in ["a", "one/b", "one/two/c", "z", "one/empty"] {
        assert_eq!(
            down.op(&tree.join(place)).sha256,
            sha256sum(&tree.join(place)),
            "{place}"
        );
    }
}

#[test]
fn patterns_give_the_paths_of_the_files() {
    let temp = tempfile::tempdir().unwrap();
    let far = temp.path().join("far");
    fs::create_dir(&far).unwrap();
    fs::create_dir(temp.path().join("near")).unwrap();
    fs::write(far.join("1.txt"), "one").unwrap();
    fs::write(far.join("2.txt"), "two").unwrap();
    let run = scp(temp.path(), &[&format!("host:{}/*.txt", far.display()), "near"]);
    assert!(run.client.status.success());
    assert_eq!(run.op(&far.join("1.txt")).bytes, 3);
    assert_eq!(run.op(&far.join("2.txt")).bytes, 3);
}

#[test]
fn errors_of_both_sides_are_logged() {
    let temp = tempfile::tempdir().unwrap();
    fs::write(temp.path().join("a"), "alpha").unwrap();
    fs::write(temp.path().join("b"), "beta").unwrap();
    let missing = temp.path().join("missing");
    let down = scp(temp.path(), &[&format!("host:{}", missing.display()), "x"]);
    assert!(!down.client.status.success());
    assert!(down.op(&missing).error().unwrap().contains("No such file"));

    let up = scp(temp.path(), &["a", "host:/proc/version/no"]);
    assert!(!up.client.status.success());
    assert!(up.ops.iter().all(|op| !op.ok()));

    // The first cannot be made because a folder has its name; the second goes on.
    fs::create_dir_all(temp.path().join("into/a")).unwrap();
    let up = scp(
        temp.path(),
        &["a", "b", &format!("host:{}", temp.path().join("into").display())],
    );
    assert_eq!(up.op(&temp.path().join("into/a")).kind, FileOpKind::Upload);
    assert!(matches!(
        up.op(&temp.path().join("into/a")).result,
        FileResult::Failed(_)
    ));
    assert_eq!(
        up.op(&temp.path().join("into/b")).sha256,
        sha256sum(&temp.path().join("b"))
    );
}

/// An observer and what it saw.
struct Played {
    observer: ScpObserver,
    scan: Scan,
    ops: Vec<FileOp>,
    bulk: Vec<u8>,
}

impl Played {
    fn new(command: &str) -> Self {
        let ExecKind::Scp(command) = recognise(command.as_bytes()) else {
            panic!("{command}")
        };
        let observer = ScpObserver::new(command, Hashing::On);
        Self {
            observer,
            scan: Scan::new(),
            ops: Vec::new(),
            bulk: Vec::new(),
        }
    }

    fn see(&mut self, caller: bool, chunk: &[u8]) {
        if caller {
            self.observer.from_caller(chunk, 1, &mut self.scan);
        } else {
            self.observer.from_target(chunk, 1, &mut self.scan);
        }
        let chunk = Bytes::copy_from_slice(chunk);
        assert!(self.scan.is_unchanged());
        assert_eq!(
            self.scan
                .forwarded(&chunk)
                .map(|(_, bytes)| bytes.len())
                .sum::<usize>(),
            chunk.len()
        );
        for (class, bytes) in self.scan.forwarded(&chunk) {
            if class == Class::Bulk {
                self.bulk.extend_from_slice(&bytes);
            }
        }
        self.ops.extend(self.scan.take_ops());
    }

    fn end(&mut self) {
        self.observer.end(2, &mut self.scan);
        self.ops.extend(self.scan.take_ops());
    }
}

#[test]
fn a_sender_that_does_not_wait_stays_recorded() {
    let mut played = Played::new("scp -t /tmp/");
    played.see(true, b"C0644 5 a\nhello\0");
    played.see(false, b"\0\0\0");
    assert!(played.bulk.is_empty());
    let op = &played.ops[0];
    assert_eq!((op.path.as_str(), op.ok(), op.bytes), ("/tmp/a", true, 5));
}

#[test]
fn content_on_top_of_an_error_ends_the_reading() {
    let mut played = Played::new("scp -t /tmp/");
    // The target refuses the file, so that it takes the content for records.
    played.see(true, b"C0644 20 a\nC0644 4 evil\n");
    played.see(false, b"\0\x01scp: a: Permission denied\n");
    assert_eq!(played.observer.fault(), Some(ScpFault::Order));
    played.see(true, b"evil\0more");
    played.end();
    assert!(played.bulk.is_empty());
    assert_eq!(played.ops.len(), 1);
    assert_eq!(played.ops[0].error(), Some("scp: a: Permission denied"));
}

#[test]
fn a_file_cut_off_in_the_middle_is_unfinished() {
    let mut played = Played::new("scp -t /tmp/a");
    played.see(false, b"\0");
    played.see(true, b"C0644 500 a\n");
    played.see(false, b"\0");
    played.see(true, &[7; 123]);
    played.end();
    let op = &played.ops[0];
    assert_eq!(
        (op.bytes, &op.result, op.sha256, op.complete),
        (123, &FileResult::Unfinished, None, false)
    );
}

#[test]
fn a_file_that_its_sender_could_not_read_has_failed() {
    let mut played = Played::new("scp -f /tmp/a");
    played.see(true, b"\0");
    played.see(false, b"C0644 4 a\n");
    played.see(true, b"\0");
    played.see(false, b"abcd\x01scp: a: Input/output error\n");
    played.see(true, b"\0");
    assert_eq!(played.ops[0].error(), Some("scp: a: Input/output error"));
    assert_eq!(played.ops[0].sha256, None);
}

#[test]
fn what_is_not_scp_passes_unread() {
    let mut played = Played::new("scp -t /tmp/a");
    played.see(true, b"Welcome\nC0644 5 a\nhello\0");
    played.see(true, &[0; 10_000]);
    assert_eq!(played.observer.fault(), Some(ScpFault::Record));
    assert!(played.bulk.is_empty());
    let mut played = Played::new("scp -r -t /tmp/a");
    for _ in 0..1000 {
        played.see(false, b"\0");
        played.see(true, b"D0755 0 d\n");
    }
    assert_eq!(played.observer.fault(), Some(ScpFault::Depth));
}

/// A small upload of a folder, both directions.
fn conversation() -> Vec<(bool, Vec<u8>)> {
    let steps: [(bool, &[u8]); 14] = [
        (false, b"\0"),
        (true, b"T1 0 1 0\n"),
        (false, b"\0"),
        (true, b"D0755 0 d\n"),
        (false, b"\0"),
        (true, b"C0644 11 a file\n"),
        (false, b"\0"),
        (true, b"hello\nworld\0"),
        (false, b"\0"),
        (true, b"C0600 3 b\n"),
        (false, b"\x01scp: b: no\n"),
        (true, b"\x01scp: c: gone\n"),
        (true, b"E\n"),
        (false, b"\0"),
    ];
    steps.map(|(caller, bytes)| (caller, bytes.to_vec())).to_vec()
}

fn play(cuts: &[usize]) -> (Vec<FileOp>, Vec<u8>) {
    let mut played = Played::new("scp -r -p -t /tmp/");
    let mut sizes = cuts.iter().cycle();
    for (caller, bytes) in conversation() {
        let mut rest = bytes.as_slice();
        while !rest.is_empty() {
            let (piece, more) = rest.split_at(rest.len().min(*sizes.next().unwrap()));
            played.see(caller, piece);
            rest = more;
        }
    }
    assert_eq!(played.observer.fault(), None);
    played.end();
    (played.ops, played.bulk)
}

#[test]
fn the_conversation_gives_every_operation() {
    let (ops, bulk) = play(&[usize::MAX]);
    assert_eq!(bulk, b"hello\nworld");
    let log: Vec<_> = ops
        .iter()
        .map(|op| (op.kind, op.path.as_str(), op.error()))
        .collect();
    assert_eq!(
        log,
        [
            (FileOpKind::Mkdir, "/tmp/d", None),
            (FileOpKind::Upload, "/tmp/d/a file", None),
            (FileOpKind::Upload, "/tmp/d/b", Some("scp: b: no")),
            (FileOpKind::Upload, "/tmp/d", Some("scp: c: gone")),
        ]
    );
    let sum = digest::digest(&digest::SHA256, b"hello\nworld");
    assert_eq!(ops[1].sha256, sum.as_ref().try_into().ok().map(Sha256));
}

proptest! {
    #[test]
    fn any_cutting_gives_the_same(cuts in prop::collection::vec(1_usize..30, 1..20)) {
        prop_assert_eq!(play(&cuts), play(&[usize::MAX]));
    }

    #[test]
    fn arbitrary_bytes_never_break_it(
        chunks in prop::collection::vec((any::<bool>(), "[CDET\\x00\\x01\\x020-9 a-c/\n]{0,60}"), 0..60),
        command in prop::sample::select(vec!["scp -t /x", "scp -r -f /x/*"]),
    ) {
        let mut played = Played::new(command);
        for (caller, chunk) in chunks {
            played.see(caller, chunk.as_bytes());
        }
        played.end();
    }
}
