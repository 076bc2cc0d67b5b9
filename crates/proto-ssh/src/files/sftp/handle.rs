//! One open handle, from OPEN to CLOSE.

use super::super::content::{Again, Content};
use super::super::{FileOp, FileOpKind, FileProtocol, FileResult, Hashing};
use super::wire;

/// A file or folder that the server holds open for the caller.
pub(super) struct Handle {
    pub(super) name: Box<[u8]>,
    pub(super) path: String,
    started_us: u64,
    what: What,
    /// The first error that reading or writing met.
    failed: Option<String>,
}

enum What {
    Folder { entries: u64 },
    File(Box<File>),
}

struct File {
    flags: u32,
    read: Content,
    written: Content,
    /// Lowest offset at which the server said that the file ends.
    end: Option<u64>,
    /// The size that the server told.
    size: Option<u64>,
    /// The length that the caller cut the file to.
    cut_to: Option<u64>,
    /// Writes that are not answered yet.
    unanswered: u32,
    /// Content moved that was not seen: on the target itself, or in requests past the bound.
    unseen: bool,
}

impl Handle {
    pub(super) fn folder(name: &[u8], path: String, started_us: u64) -> Self {
        Self {
            name: name.into(),
            path,
            started_us,
            what: What::Folder { entries: 0 },
            failed: None,
        }
    }

    pub(super) fn file(
        name: &[u8],
        path: String,
        started_us: u64,
        flags: u32,
        size: Option<u64>,
        hashing: Hashing,
    ) -> Self {
        let file = File {
            flags,
            read: Content::new(Again::Same, hashing),
            written: Content::new(Again::Changed, hashing),
            end: None,
            size,
            cut_to: None,
            unanswered: 0,
            unseen: false,
        };
        Self {
            name: name.into(),
            path,
            started_us,
            what: What::File(Box::new(file)),
            failed: None,
        }
    }

    fn as_file(&mut self) -> Option<&mut File> {
        match &mut self.what {
            What::File(file) => Some(file),
            What::Folder { .. } => None,
        }
    }

    pub(super) fn is_writable(&self) -> bool {
        matches!(&self.what, What::File(file) if file.flags & wire::FXF_WRITE != 0)
    }

    pub(super) fn fail(&mut self, text: String) {
        self.failed.get_or_insert(text);
    }

    pub(super) fn listed(&mut self, count: u32) {
        if let What::Folder { entries } = &mut self.what {
            *entries += u64::from(count);
        }
    }

    pub(super) fn write_asked(&mut self) {
        if let Some(file) = self.as_file() {
            file.unanswered = file.unanswered.saturating_add(1);
        }
    }

    pub(super) fn write_answered(&mut self) {
        if let Some(file) = self.as_file() {
            file.unanswered = file.unanswered.saturating_sub(1);
        }
    }

    pub(super) fn written(&mut self, offset: u64, data: &[u8], room: &mut usize) {
        if let Some(file) = self.as_file() {
            file.written.feed(offset, data, room);
        }
    }

    pub(super) fn read(&mut self, offset: u64, data: &[u8], room: &mut usize) {
        if let Some(file) = self.as_file() {
            file.read.feed(offset, data, room);
        }
    }

    pub(super) fn ends_at(&mut self, offset: u64) {
        if let Some(file) = self.as_file() {
            file.end = Some(file.end.map_or(offset, |end| end.min(offset)));
        }
    }

    pub(super) fn has_size(&mut self, size: u64) {
        if let Some(file) = self.as_file() {
            file.size = Some(size);
        }
    }

    pub(super) fn cut_to(&mut self, size: u64) {
        if let Some(file) = self.as_file() {
            file.cut_to = Some(size);
        }
    }

    pub(super) fn unseen(&mut self, room: &mut usize) {
        if let Some(file) = self.as_file() {
            file.unseen = true;
            file.read.lose(room);
            file.written.lose(room);
        }
    }

    /// Ends the handle: says what was done with it, one operation per direction that content went.
    pub(super) fn close(
        mut self,
        closed: &FileResult,
        now_us: u64,
        room: &mut usize,
        mut log: impl FnMut(FileOp),
    ) {
        let result = match (self.failed.take(), closed) {
            (Some(text), _) => FileResult::Failed(text),
            (None, result) => result.clone(),
        };
        let mut op = FileOp::new(FileProtocol::Sftp, FileOpKind::List, self.path, self.started_us);
        op.ended_us = now_us;
        op.complete = result == FileResult::Done;
        op.result = result;
        let mut file = match self.what {
            What::File(file) => file,
            What::Folder { entries } => {
                op.entries = entries;
                return log(op);
            }
        };
        let wrote = file.written.bytes() > 0 || (file.flags & wire::FXF_WRITE != 0 && file.read.bytes() == 0);
        if wrote {
            log(file.transfer(FileOpKind::Upload, op.clone()));
        }
        if !wrote || file.read.bytes() > 0 {
            log(file.transfer(FileOpKind::Download, op));
        }
        file.read.lose(room);
        file.written.lose(room);
    }
}

impl File {
    fn transfer(&self, kind: FileOpKind, mut op: FileOp) -> FileOp {
        let upload = kind == FileOpKind::Upload;
        let content = if upload { &self.written } else { &self.read };
        let whole = if upload {
            self.whole_upload()
        } else {
            self.whole_download()
        };
        op.kind = kind;
        op.bytes = content.bytes();
        op.ranges = content.ranges();
        op.complete = op.ok() && !self.unseen && whole;
        op.sha256 = content
            .sha256()
            .filter(|_| op.ok() && self.flags & wire::FXF_APPEND == 0 && self.unanswered == 0);
        op
    }

    /// One run from the start, every write answered, and nothing of an older file left behind it.
    fn whole_upload(&self) -> bool {
        let fresh = self.flags & wire::FXF_TRUNC != 0
            || self.flags & (wire::FXF_CREAT | wire::FXF_EXCL) == wire::FXF_CREAT | wire::FXF_EXCL;
        let run = self.written.run();
        let ends = if self.cut_to.is_some() {
            self.cut_to == run
        } else {
            fresh
        };
        run.is_some() && ends && self.unanswered == 0 && self.flags & wire::FXF_APPEND == 0
    }

    /// One run from the start to where the server says the file ends.
    fn whole_download(&self) -> bool {
        let run = self.read.run();
        run.is_some() && (self.end == run || self.size == run)
    }
}
