//! OpenSSH's `sftp` and `scp` against OpenSSH's `sftp-server`.

use std::fs;
use std::path::Path;

use super::super::{FileOp, FileOpKind, FileResult, FileRules, Permission};
use super::openssh::{Run, random_file, run, sha256sum};
use super::packets::Channel;

fn sftp(rules: FileRules, folder: &Path, batch: &str) -> Run {
    run(rules, folder, &["sftp", "-b", "-", "-D", "BRIDGE"], batch)
}

fn allowed(folder: &Path, batch: &str) -> Run {
    let run = sftp(FileRules::default(), folder, batch);
    assert!(
        run.client.status.success(),
        "{}",
        String::from_utf8_lossy(&run.client.stderr)
    );
    run
}

#[test]
fn a_large_file_has_the_right_hash_both_ways() {
    let temp = tempfile::tempdir().unwrap();
    let local = temp.path().join("local");
    random_file(&local, 20 << 20);
    let run = allowed(temp.path(), "put local remote\nget remote back\n");
    let remote = temp.path().join("remote");
    let sum = sha256sum(&local);
    assert!(sum.is_some() && sum == sha256sum(&remote) && sum == sha256sum(&temp.path().join("back")));
    let transfers: Vec<_> = run
        .ops
        .iter()
        .map(|op| {
            (
                op.kind,
                op.path.as_str(),
                op.bytes,
                op.sha256,
                op.complete,
                op.ok(),
            )
        })
        .collect();
    let remote = remote.to_str().unwrap();
    assert_eq!(
        transfers,
        [
            (FileOpKind::Upload, remote, 20 << 20, sum, true, true),
            (FileOpKind::Download, remote, 20 << 20, sum, true, true),
        ]
    );
    assert_eq!(run.bulk, 40 << 20);
    // What stays in the recording is small against the content: at most 64 bytes for each 32 KiB.
    assert!(run.meta < 200_000, "{}", run.meta);
}

#[test]
fn every_operation_is_logged_with_its_result() {
    let temp = tempfile::tempdir().unwrap();
    let at = |name: &str| temp.path().join(name);
    fs::write(at("a"), "alpha").unwrap();
    let run = allowed(
        temp.path(),
        "-get missing\nmkdir d\nput a d/one\nrename d/one d/two\nln -s two d/soft\nln d/two d/hard\nchmod 600 d/two\n\
         ls -l d\n-rmdir d\nrm d/soft\nrm d/hard\nrm d/two\nrmdir d\n-mkdir /proc/no\ncopy a b\n",
    );
    let text = |name: &str| at(name).to_str().unwrap().to_owned();
    let log: Vec<_> = run
        .ops
        .iter()
        .map(|op| (op.kind, op.path.clone(), op.to.clone(), op.ok()))
        .collect();
    let expected = [
        (FileOpKind::Mkdir, text("d"), None, true),
        (FileOpKind::Upload, text("d/one"), None, true),
        (FileOpKind::Rename, text("d/one"), Some(text("d/two")), true),
        (FileOpKind::Symlink, text("d/soft"), Some("two".to_owned()), true),
        (FileOpKind::Hardlink, text("d/hard"), Some(text("d/two")), true),
        (FileOpKind::SetAttributes, text("d/two"), None, true),
        (FileOpKind::Rmdir, text("d"), None, false),
        (FileOpKind::Delete, text("d/soft"), None, true),
        (FileOpKind::Delete, text("d/hard"), None, true),
        (FileOpKind::Delete, text("d/two"), None, true),
        (FileOpKind::Rmdir, text("d"), None, true),
        (FileOpKind::Mkdir, "/proc/no".to_owned(), None, false),
        (FileOpKind::Copy, text("a"), Some(text("b")), true),
    ];
    for line in expected {
        assert!(log.contains(&line), "{line:?} in {log:#?}");
    }
    let list = run
        .ops
        .iter()
        .find(|op| op.kind == FileOpKind::List && op.path == text("d/"))
        .unwrap();
    // Two dots, and three names.
    assert_eq!(list.entries, 5);
    let failed = run.ops.iter().find(|op| op.path == "/proc/no").unwrap();
    assert!(matches!(&failed.result, FileResult::Failed(text) if !text.is_empty()));
}

#[test]
fn many_small_files_in_folders_all_have_their_hash() {
    let temp = tempfile::tempdir().unwrap();
    let tree = temp.path().join("tree/sub");
    fs::create_dir_all(&tree).unwrap();
    for n in 0..120 {
        random_file(&tree.join(format!("file {n}")), n * 97);
    }
    let run = allowed(temp.path(), "put -r tree copy\nget -rp copy back\n");
    for n in 0..120 {
        let path = temp.path().join(format!("copy/sub/file {n}"));
        let sum = sha256sum(&path);
        let moved: Vec<_> = run
            .ops
            .iter()
            .filter(|op| op.path == path.to_str().unwrap())
            .map(|op| (op.kind, op.bytes, op.sha256, op.complete))
            .collect();
        let bytes = n as u64 * 97;
        assert_eq!(
            moved,
            [
                (FileOpKind::Upload, bytes, sum, true),
                (FileOpKind::Download, bytes, sum, true)
            ]
        );
    }
}

#[test]
fn resumed_transfers_are_partial() {
    let temp = tempfile::tempdir().unwrap();
    random_file(&temp.path().join("whole"), 300_000);
    let whole = fs::read(temp.path().join("whole")).unwrap();
    fs::write(temp.path().join("half"), &whole[..100_000]).unwrap();
    fs::write(temp.path().join("part"), &whole[..100_000]).unwrap();
    let run = allowed(temp.path(), "reput whole half\nreget whole part\n");
    for (name, kind) in [("half", FileOpKind::Upload), ("whole", FileOpKind::Download)] {
        let path = temp.path().join(name);
        let op = run
            .ops
            .iter()
            .find(|op| op.path == path.to_str().unwrap() && op.kind == kind)
            .unwrap();
        assert_eq!(
            (op.bytes, op.sha256, op.complete, op.ok()),
            (200_000, None, false, true)
        );
    }
    assert_eq!(fs::read(temp.path().join("half")).unwrap(), whole);
    assert_eq!(fs::read(temp.path().join("part")).unwrap(), whole);
}

#[test]
fn scp_over_sftp_is_read_too() {
    let temp = tempfile::tempdir().unwrap();
    let (local, remote) = (temp.path().join("local"), temp.path().join("remote"));
    random_file(&local, 3_000_000);
    let target = format!("host:{}", remote.display());
    let up = run(
        FileRules::default(),
        temp.path(),
        &["scp", "-S", "BRIDGE", "local", &target],
        "",
    );
    assert!(up.client.status.success() && up.command == "sftp");
    let op = up.ops.iter().find(|op| op.kind == FileOpKind::Upload).unwrap();
    assert_eq!(
        (op.path.as_str(), op.sha256, op.complete),
        (remote.to_str().unwrap(), sha256sum(&local), true)
    );
    let down = run(
        FileRules::default(),
        temp.path(),
        &["scp", "-p", "-S", "BRIDGE", &target, "back"],
        "",
    );
    let op = down.op(&remote);
    assert_eq!(
        (op.kind, op.sha256, op.complete),
        (FileOpKind::Download, sha256sum(&local), true)
    );
}

#[test]
fn refused_uploads_and_downloads_show_as_permission_denied() {
    let temp = tempfile::tempdir().unwrap();
    fs::write(temp.path().join("a"), "alpha").unwrap();
    let rules = FileRules {
        uploads: Permission::Refused,
        ..FileRules::default()
    };
    let run = sftp(rules, temp.path(), "-put a b\nget a c\n");
    assert!(run.client.status.success());
    assert!(String::from_utf8_lossy(&run.client.stderr).contains("Permission denied"));
    assert!(!temp.path().join("b").exists() && temp.path().join("c").exists());
    assert!(matches!(
        run.op(&temp.path().join("b")).result,
        FileResult::Refused(_)
    ));

    let rules = FileRules {
        downloads: Permission::Refused,
        ..FileRules::default()
    };
    let run = sftp(rules, temp.path(), "-get a d\nput a b\n");
    assert!(run.client.status.success());
    assert!(!temp.path().join("d").exists() && temp.path().join("b").exists());
    assert!(matches!(
        run.op(&temp.path().join("a")).result,
        FileResult::Refused(_)
    ));
}

#[test]
fn a_real_session_reads_the_same_in_any_pieces() {
    let temp = tempfile::tempdir().unwrap();
    random_file(&temp.path().join("a"), 200_000);
    let run = allowed(temp.path(), "put a b\nget b c\nls\nrename b d\nrm d\n");
    let mut ops = run.ops;
    let clear = |ops: &mut Vec<FileOp>| {
        for op in ops {
            (op.started_us, op.ended_us) = (0, 0);
        }
    };
    clear(&mut ops);
    for size in [1, 2, 3, 7, 13, 33, 1021, 32_749] {
        let mut channel = Channel::new(FileRules::default());
        for (caller, chunk) in &run.chunks {
            for piece in chunk.chunks(size) {
                if *caller {
                    channel.caller(piece);
                } else {
                    channel.target(piece);
                }
            }
        }
        channel.end();
        clear(&mut channel.ops);
        assert_eq!(channel.ops, ops, "{size}");
    }
}
