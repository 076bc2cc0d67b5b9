//! SFTP packets, and a driver that plays both ends of a channel.

use bytes::Bytes;

use super::super::{Class, FileOp, FileRules, Hashing, Scan, SftpObserver};

pub(super) const READ: u32 = 1;
pub(super) const WRITE: u32 = 2;
pub(super) const NEW: u32 = 2 | 8 | 16;

/// Builds a packet around its body.
pub(super) fn packet(kind: u8, body: &[&[u8]]) -> Vec<u8> {
    let body = body.concat();
    [&(body.len() as u32 + 1).to_be_bytes()[..], &[kind], &body].concat()
}

pub(super) fn string(bytes: &[u8]) -> Vec<u8> {
    [&(bytes.len() as u32).to_be_bytes()[..], bytes].concat()
}

fn n(value: u32) -> [u8; 4] {
    value.to_be_bytes()
}

pub(super) fn init(version: u32) -> Vec<u8> {
    packet(1, &[&n(version)])
}

pub(super) fn version(version: u32) -> Vec<u8> {
    packet(
        2,
        &[&n(version), &string(b"posix-rename@openssh.com"), &string(b"1")],
    )
}

pub(super) fn open(id: u32, path: &str, flags: u32) -> Vec<u8> {
    packet(3, &[&n(id), &string(path.as_bytes()), &n(flags), &n(0)])
}

pub(super) fn close(id: u32, handle: &[u8]) -> Vec<u8> {
    packet(4, &[&n(id), &string(handle)])
}

pub(super) fn read(id: u32, handle: &[u8], offset: u64, len: u32) -> Vec<u8> {
    packet(5, &[&n(id), &string(handle), &offset.to_be_bytes(), &n(len)])
}

pub(super) fn write(id: u32, handle: &[u8], offset: u64, data: &[u8]) -> Vec<u8> {
    packet(
        6,
        &[&n(id), &string(handle), &offset.to_be_bytes(), &string(data)],
    )
}

pub(super) fn path_request(kind: u8, id: u32, path: &str) -> Vec<u8> {
    packet(kind, &[&n(id), &string(path.as_bytes()), &n(0)])
}

pub(super) fn extended(id: u32, name: &str, rest: &[u8]) -> Vec<u8> {
    packet(200, &[&n(id), &string(name.as_bytes()), rest])
}

pub(super) fn status(id: u32, code: u32, text: &str) -> Vec<u8> {
    packet(101, &[&n(id), &n(code), &string(text.as_bytes()), &string(b"")])
}

pub(super) fn handle(id: u32, handle: &[u8]) -> Vec<u8> {
    packet(102, &[&n(id), &string(handle)])
}

pub(super) fn data(id: u32, data: &[u8]) -> Vec<u8> {
    packet(103, &[&n(id), &string(data)])
}

pub(super) fn attributes(id: u32, size: u64) -> Vec<u8> {
    packet(105, &[&n(id), &n(1), &size.to_be_bytes()])
}

/// Both ends of one channel.
pub(super) struct Channel {
    pub(super) observer: SftpObserver,
    scan: Scan,
    pub(super) ops: Vec<FileOp>,
    /// What the target got, and what the caller got.
    pub(super) to_target: Vec<u8>,
    pub(super) to_caller: Vec<u8>,
    /// Bytes of bulk class, per receiver.
    pub(super) bulk_up: usize,
    pub(super) bulk_down: usize,
    pub(super) refused: usize,
    now_us: u64,
}

impl Channel {
    pub(super) fn new(rules: FileRules) -> Self {
        Self {
            observer: SftpObserver::new(rules, Hashing::On),
            scan: Scan::new(),
            ops: Vec::new(),
            to_target: Vec::new(),
            to_caller: Vec::new(),
            bulk_up: 0,
            bulk_down: 0,
            refused: 0,
            now_us: 0,
        }
    }

    /// Starts with the greeting of version 3 behind it.
    pub(super) fn greeted(rules: FileRules) -> Self {
        let mut channel = Self::new(rules);
        channel.caller(&init(3));
        channel.target(&version(3));
        channel.to_target.clear();
        channel.to_caller.clear();
        channel
    }

    pub(super) fn caller(&mut self, chunk: &[u8]) {
        self.now_us += 1;
        self.observer.from_caller(chunk, self.now_us, &mut self.scan);
        let chunk = Bytes::copy_from_slice(chunk);
        assert_covered(&self.scan, chunk.len());
        for (class, bytes) in self.scan.forwarded(&chunk) {
            self.bulk_up += if class == Class::Bulk { bytes.len() } else { 0 };
            self.to_target.extend_from_slice(&bytes);
        }
        self.to_caller.extend_from_slice(self.scan.reply());
        self.refused += self.scan.refused_bytes();
        self.ops.extend(self.scan.take_ops());
    }

    pub(super) fn target(&mut self, chunk: &[u8]) {
        self.now_us += 1;
        self.observer.from_target(chunk, self.now_us, &mut self.scan);
        let chunk = Bytes::copy_from_slice(chunk);
        assert_covered(&self.scan, chunk.len());
        for (class, bytes) in self.scan.forwarded(&chunk) {
            self.bulk_down += if class == Class::Bulk { bytes.len() } else { 0 };
            self.to_caller.extend_from_slice(&bytes);
        }
        assert!(self.scan.reply().is_empty());
        self.ops.extend(self.scan.take_ops());
    }

    pub(super) fn end(&mut self) {
        self.now_us += 1;
        self.observer.end(self.now_us, &mut self.scan);
        self.ops.extend(self.scan.take_ops());
    }

    /// Opens a file with a handle.
    pub(super) fn opened(&mut self, path: &str, flags: u32, name: &[u8]) {
        self.caller(&open(1_000_000, path, flags));
        self.target(&handle(1_000_000, name));
    }

    /// Closes a handle and gives the operations of it.
    pub(super) fn closed(&mut self, name: &[u8]) -> Vec<FileOp> {
        self.caller(&close(2_000_000, name));
        self.target(&status(2_000_000, 0, ""));
        std::mem::take(&mut self.ops)
    }
}

/// Every byte of a chunk has exactly one fate.
fn assert_covered(scan: &Scan, len: usize) {
    use super::super::Piece;
    let mut at = 0;
    for piece in scan.pieces() {
        if let Piece::Pass { range, .. } | Piece::Drop { range } = piece {
            assert_eq!(range.start, at);
            at = range.end;
        }
    }
    assert_eq!(at, len);
}
