//! What is refused, and how.

use super::super::{FileOpKind, FileResult, FileRules, Permission, SftpFault};
use super::packets::*;

const NO_UPLOADS: FileRules = FileRules {
    uploads: Permission::Refused,
    downloads: Permission::Allowed,
    changes: Permission::Allowed,
};
const NO_DOWNLOADS: FileRules = FileRules {
    uploads: Permission::Allowed,
    downloads: Permission::Refused,
    changes: Permission::Allowed,
};
const READ_ONLY: FileRules = FileRules {
    uploads: Permission::Refused,
    downloads: Permission::Allowed,
    changes: Permission::Refused,
};

#[test]
fn a_refused_upload_never_reaches_the_target() {
    let mut channel = Channel::greeted(NO_UPLOADS);
    let request = open(7, "/srv/x", NEW);
    channel.caller(&request);
    assert!(channel.to_target.is_empty());
    assert_eq!(channel.refused, request.len());
    assert_eq!(
        channel.to_caller,
        status(7, 3, "uploads are not allowed in this session")
    );
    let op = &channel.ops[0];
    assert_eq!((op.kind, op.path.as_str()), (FileOpKind::Upload, "/srv/x"));
    assert!(matches!(op.result, FileResult::Refused(_)));
}

#[test]
fn a_request_in_pieces_is_held_until_it_is_judged() {
    let mut channel = Channel::greeted(NO_UPLOADS);
    let (refused, allowed) = (open(7, "/srv/x", NEW), open(8, "/srv/y", READ));
    for byte in &refused {
        channel.caller(&[*byte]);
        assert!(channel.to_target.is_empty());
    }
    assert_eq!(channel.refused, refused.len());
    let (last, start) = allowed.split_last().unwrap();
    for byte in start {
        channel.caller(&[*byte]);
        assert!(channel.to_target.is_empty());
    }
    channel.caller(&[*last]);
    assert_eq!(channel.to_target, allowed);
}

#[test]
fn reading_and_writing_at_once_needs_both() {
    for (rules, kind) in [
        (NO_UPLOADS, FileOpKind::Upload),
        (NO_DOWNLOADS, FileOpKind::Download),
    ] {
        let mut channel = Channel::greeted(rules);
        channel.caller(&open(1, "f", READ | WRITE));
        assert_eq!(channel.ops[0].kind, kind);
        assert!(channel.to_target.is_empty());
    }
}

#[test]
fn a_file_opened_only_to_cut_it_counts_as_upload() {
    for flags in [8, 16, 4, READ | 16] {
        let mut channel = Channel::greeted(NO_UPLOADS);
        channel.caller(&open(1, "f", flags));
        assert!(channel.to_target.is_empty(), "{flags}");
    }
}

#[test]
fn flags_that_say_nothing_count_as_download() {
    let mut channel = Channel::greeted(NO_DOWNLOADS);
    channel.caller(&open(1, "f", 0));
    assert!(channel.to_target.is_empty());
}

#[test]
fn changes_are_refused_by_kind() {
    let mut channel = Channel::greeted(READ_ONLY);
    let two = [string(b"/a"), string(b"/b")].concat();
    let requests = [
        (path_request(9, 1, "/a"), FileOpKind::SetAttributes),
        (path_request(13, 2, "/a"), FileOpKind::Delete),
        (path_request(14, 3, "/a"), FileOpKind::Mkdir),
        (path_request(15, 4, "/a"), FileOpKind::Rmdir),
        (packet(18, &[&5_u32.to_be_bytes(), &two]), FileOpKind::Rename),
        (packet(20, &[&6_u32.to_be_bytes(), &two]), FileOpKind::Symlink),
        (extended(7, "posix-rename@openssh.com", &two), FileOpKind::Rename),
        (extended(8, "hardlink@openssh.com", &two), FileOpKind::Hardlink),
        (
            extended(9, "lsetstat@openssh.com", &two),
            FileOpKind::SetAttributes,
        ),
    ];
    for (request, kind) in requests {
        channel.caller(&request);
        assert_eq!(channel.ops.last().map(|op| op.kind), Some(kind));
    }
    assert!(channel.to_target.is_empty());
    let list = path_request(11, 20, "/a");
    channel.caller(&list);
    assert_eq!(channel.to_target, list);
}

#[test]
fn attributes_of_a_file_that_is_only_read_are_a_change() {
    let rules = FileRules {
        changes: Permission::Refused,
        ..FileRules::default()
    };
    let mut channel = Channel::greeted(rules);
    channel.opened("r", READ, b"r");
    channel.opened("w", NEW, b"w");
    channel.to_target.clear();
    let fsetstat = |id: u32, name: &[u8]| packet(10, &[&id.to_be_bytes(), &string(name), &[0; 4]]);
    channel.caller(&fsetstat(1, b"r"));
    assert!(channel.to_target.is_empty());
    channel.caller(&fsetstat(2, b"w"));
    assert_eq!(channel.to_target, fsetstat(2, b"w"));
}

#[test]
fn unknown_requests_pass_only_where_everything_may() {
    let request = extended(1, "copy-file", &string(b"/a"));
    let mut channel = Channel::greeted(FileRules::default());
    channel.caller(&request);
    assert_eq!(channel.to_target, request);
    let mut channel = Channel::greeted(NO_UPLOADS);
    channel.caller(&request);
    assert!(channel.to_target.is_empty());
    assert_eq!(
        channel.to_caller,
        status(1, 8, "this request is not known to the gateway")
    );
}

#[test]
fn our_answer_waits_for_the_end_of_the_targets_packet() {
    let mut channel = Channel::greeted(NO_UPLOADS);
    let answer = status(5, 0, "a text that comes in two parts");
    let (first, second) = answer.split_at(11);
    channel.target(first);
    channel.caller(&open(7, "x", NEW));
    assert_eq!(channel.to_caller, first);
    channel.target(&[second, &status(6, 0, "")[..]].concat());
    let ours = status(7, 3, "uploads are not allowed in this session");
    assert_eq!(channel.to_caller, [answer, ours, status(6, 0, "")].concat());
}

#[test]
fn answers_that_nobody_lets_through_are_bounded() {
    let mut channel = Channel::greeted(NO_UPLOADS);
    channel.target(&[0]);
    for id in 0..10_000 {
        channel.caller(&open(id, "x", NEW));
    }
    assert_eq!(channel.observer.fault(), Some(SftpFault::Replies));
    assert!(channel.to_target.is_empty());
}

#[test]
fn a_newer_version_is_brought_down_to_three() {
    let mut channel = Channel::new(FileRules::default());
    let hello = packet(1, &[&6_u32.to_be_bytes(), &string(b"ext"), &string(b"1")]);
    channel.caller(&hello);
    assert_eq!(
        channel.to_target,
        packet(1, &[&3_u32.to_be_bytes(), &string(b"ext"), &string(b"1")])
    );
    let mut channel = Channel::new(FileRules::default());
    for byte in &hello {
        channel.caller(&[*byte]);
    }
    assert_eq!(
        channel.to_target,
        packet(1, &[&3_u32.to_be_bytes(), &string(b"ext"), &string(b"1")])
    );
}

#[test]
fn a_request_id_in_use_is_refused() {
    let mut channel = Channel::greeted(FileRules::default());
    let first = path_request(13, 1, "/a");
    channel.caller(&first);
    channel.caller(&path_request(13, 1, "/b"));
    assert_eq!(channel.to_target, first);
    channel.target(&status(1, 0, ""));
    channel.caller(&path_request(13, 1, "/b"));
    channel.target(&status(1, 2, "gone"));
    let log: Vec<_> = channel
        .ops
        .iter()
        .map(|op| (op.path.as_str(), op.error()))
        .collect();
    assert_eq!(log, [("/a", None), ("/b", Some("gone"))]);
}

#[test]
fn malformed_requests_are_refused_with_their_whole_body() {
    let mut bad = write(3, b"h", 0, &[1; 500]);
    bad[25] ^= 1; // a byte of the content's length
    let mut channel = Channel::greeted(FileRules::default());
    for request in [
        bad,
        packet(6, &[&3_u32.to_be_bytes()]),
        packet(6, &[&3_u32.to_be_bytes(), &string(&[0; 300]), &[0; 12]]),
        packet(4, &[&3_u32.to_be_bytes(), &string(&[0; 300])]),
        path_request(13, 3, &"x".repeat(20_000)),
        packet(3, &[&3_u32.to_be_bytes(), &string(b"p")]),
    ] {
        channel.to_caller.clear();
        channel.caller(&request);
        assert!(channel.to_target.is_empty());
        assert_eq!(channel.to_caller[13 - 4..17 - 4], 5_u32.to_be_bytes());
    }
    let fine = path_request(11, 4, "/");
    channel.caller(&fine);
    assert_eq!(channel.to_target, fine);
}

#[test]
fn text_of_a_login_script_ends_the_reading_but_not_the_passing() {
    let mut channel = Channel::new(FileRules::default());
    channel.caller(&init(3));
    channel.target(b"Welcome to this host\n");
    assert!(matches!(channel.observer.fault(), Some(SftpFault::Length(_))));
    assert_eq!(channel.to_caller, b"Welcome to this host\n");
    channel.to_target.clear();
    channel.caller(b"anything");
    assert_eq!(channel.to_target, b"anything");
}

#[test]
fn what_is_not_sftp_does_not_pass_a_rule() {
    for rules in [NO_UPLOADS, NO_DOWNLOADS] {
        let mut channel = Channel::new(rules);
        channel.caller(b"cat > file\n");
        channel.caller(b"more");
        assert!(channel.to_target.is_empty());
        assert!(channel.observer.fault().is_some());
        let mut channel = Channel::new(rules);
        channel.caller(&open(1, "before the greeting", READ | WRITE));
        assert!(channel.to_target.is_empty());
    }
}
