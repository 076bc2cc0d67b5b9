//! What a profile allows with files.

use super::FileOpKind;

/// Whether something may be done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Permission {
    /// It may.
    #[default]
    Allowed,
    /// It may not.
    Refused,
}

/// Whether the content of files is hashed while it passes. Hashing costs CPU time on every byte.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Hashing {
    /// Operations carry the SHA-256 of their content.
    #[default]
    On,
    /// They carry none.
    Off,
}

/// What the rules of a session allow with files. The default allows everything.
///
/// As soon as one of them is refused, requests that cannot be judged (unknown extensions, bytes that are not SFTP) are
/// refused too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FileRules {
    /// Sending content to the target.
    pub uploads: Permission,
    /// Fetching content from the target.
    pub downloads: Permission,
    /// Everything else that changes the target: delete, rename, folders, links, attributes, copies.
    pub changes: Permission,
}

const NO_UPLOADS: &str = "uploads are not allowed in this session";
const NO_DOWNLOADS: &str = "downloads are not allowed in this session";
const NO_CHANGES: &str = "changes to files are not allowed in this session";

/// Whether a text is the one with which a rule refuses: the gateway's own client tells it so from what a target says.
pub(crate) fn refuses(text: &str) -> bool {
    [NO_UPLOADS, NO_DOWNLOADS, NO_CHANGES].contains(&text)
}

impl FileRules {
    /// Says why an operation is refused, or `None` when it is allowed. Listing is always allowed.
    pub fn refusal(&self, kind: FileOpKind) -> Option<&'static str> {
        let (permission, why) = match kind {
            FileOpKind::Upload => (self.uploads, NO_UPLOADS),
            FileOpKind::Download => (self.downloads, NO_DOWNLOADS),
            FileOpKind::List => (Permission::Allowed, ""),
            FileOpKind::Delete
            | FileOpKind::Rename
            | FileOpKind::Mkdir
            | FileOpKind::Rmdir
            | FileOpKind::Symlink
            | FileOpKind::Hardlink
            | FileOpKind::SetAttributes
            | FileOpKind::Copy => (self.changes, NO_CHANGES),
        };
        (permission == Permission::Refused).then_some(why)
    }

    /// Whether anything at all is refused.
    pub fn restrict(&self) -> bool {
        [self.uploads, self.downloads, self.changes].contains(&Permission::Refused)
    }
}
