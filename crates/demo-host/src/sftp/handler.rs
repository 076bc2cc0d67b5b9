//! The requests of SFTP.

use std::collections::HashMap;
use std::fs::{File, Metadata, ReadDir};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use russh_sftp::extensions::{self, FsyncExtension, HardlinkExtension, LimitsExtension};
use russh_sftp::protocol::{
    Attrs, Data, ExtendedReply, File as Name1, FileAttributes, Handle, Name, OpenFlags, Packet, Status,
    StatusCode, Version,
};
use russh_sftp::server::{Handler, StatusReply};
use rustix::fs::{AtFlags, Mode, OFlags, Timespec, Timestamps};
use tokio::sync::oneshot;

use super::root::{LastLink, Replace, Root, set_mode, set_owner, set_times};
use crate::spool::blocking;

const POSIX_RENAME: &str = "posix-rename@openssh.com";
const MAX_HANDLES: usize = 256;
/// The most that one READ gives; a packet has to hold it.
const MAX_READ: u32 = 255 << 10;
/// Names in one answer to READDIR.
const NAMES: usize = 100;

/// One SFTP channel.
pub(super) struct Service {
    root: Arc<Root>,
    handles: HashMap<String, Open>,
    next: u64,
    /// Dropped with this, which says that the server has ended.
    _gone: oneshot::Sender<()>,
}

#[derive(Clone)]
enum Open {
    File(Arc<File>),
    /// Only ever used by one request at a time.
    Folder(Arc<Mutex<ReadDir>>),
}

type Reply<T> = Result<T, StatusReply>;

impl Service {
    pub(super) fn new(root: Root, gone: oneshot::Sender<()>) -> Self {
        Self {
            root: Arc::new(root),
            handles: HashMap::new(),
            next: 0,
            _gone: gone,
        }
    }

    /// Does something with the folder where it does not hold up the runtime.
    async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Root) -> io::Result<T> + Send + 'static,
    ) -> Reply<T> {
        let root = Arc::clone(&self.root);
        blocking(move || work(&root))
            .await
            .map_err(|error| refused(&error))
    }

    fn keep(&mut self, id: u32, open: Open) -> Reply<Handle> {
        if self.handles.len() >= MAX_HANDLES {
            return Err(StatusCode::Failure.with_message("too many open files"));
        }
        let handle = self.next.to_string();
        self.next += 1;
        self.handles.insert(handle.clone(), open);
        Ok(Handle { id, handle })
    }

    fn file(&self, handle: &str) -> Reply<Arc<File>> {
        match self.handles.get(handle) {
            Some(Open::File(file)) => Ok(Arc::clone(file)),
            _ => Err(unknown_handle()),
        }
    }
}

impl Handler for Service {
    type Error = StatusReply;

    fn unimplemented(&self) -> StatusReply {
        StatusCode::OpUnsupported.into()
    }

    async fn init(&mut self, _version: u32, _extensions: HashMap<String, String>) -> Reply<Version> {
        let known = [
            (POSIX_RENAME, "1"),
            (extensions::HARDLINK, "1"),
            (extensions::FSYNC, "1"),
            (extensions::LIMITS, "1"),
        ];
        let mut version = Version::new();
        version.extensions = known
            .map(|(name, version)| (name.to_owned(), version.to_owned()))
            .into();
        Ok(version)
    }

    async fn open(
        &mut self,
        id: u32,
        path: String,
        flags: OpenFlags,
        attrs: FileAttributes,
    ) -> Reply<Handle> {
        let mode = Mode::from_raw_mode(attrs.permissions.unwrap_or(0o666) & 0o777);
        let file = self
            .with(move |root| root.file(&path, open_flags(flags), mode))
            .await?;
        self.keep(id, Open::File(Arc::new(file)))
    }

    async fn close(&mut self, id: u32, handle: String) -> Reply<Status> {
        self.handles
            .remove(&handle)
            .map(|_| done(id))
            .ok_or_else(unknown_handle)
    }

    async fn read(&mut self, id: u32, handle: String, offset: u64, len: u32) -> Reply<Data> {
        let file = self.file(&handle)?;
        let read = blocking(move || {
            let mut data = vec![0; len.min(MAX_READ) as usize];
            let len = file.read_at(&mut data, offset)?;
            data.truncate(len);
            Ok(data)
        });
        match read.await.map_err(|error| refused(&error))? {
            data if data.is_empty() && len > 0 => Err(StatusCode::Eof.into()),
            data => Ok(Data { id, data }),
        }
    }

    async fn write(&mut self, id: u32, handle: String, offset: u64, data: Vec<u8>) -> Reply<Status> {
        let file = self.file(&handle)?;
        blocking(move || file.write_all_at(&data, offset))
            .await
            .map_err(|error| refused(&error))?;
        Ok(done(id))
    }

    async fn lstat(&mut self, id: u32, path: String) -> Reply<Attrs> {
        let metadata = self
            .with(move |root| root.entry(&path, LastLink::Keep)?.metadata())
            .await?;
        Ok(Attrs {
            id,
            attrs: attributes(&metadata),
        })
    }

    async fn stat(&mut self, id: u32, path: String) -> Reply<Attrs> {
        let metadata = self
            .with(move |root| root.entry(&path, LastLink::Follow)?.metadata())
            .await?;
        Ok(Attrs {
            id,
            attrs: attributes(&metadata),
        })
    }

    async fn fstat(&mut self, id: u32, handle: String) -> Reply<Attrs> {
        let file = self.file(&handle)?;
        let metadata = blocking(move || file.metadata())
            .await
            .map_err(|error| refused(&error))?;
        Ok(Attrs {
            id,
            attrs: attributes(&metadata),
        })
    }

    async fn setstat(&mut self, id: u32, path: String, attrs: FileAttributes) -> Reply<Status> {
        self.with(move |root| {
            if let Some(size) = attrs.size {
                root.file(&path, OFlags::WRONLY, Mode::empty())?.set_len(size)?;
            }
            change(&root.entry(&path, LastLink::Follow)?, &attrs)
        })
        .await?;
        Ok(done(id))
    }

    async fn fsetstat(&mut self, id: u32, handle: String, attrs: FileAttributes) -> Reply<Status> {
        let file = self.file(&handle)?;
        let changed = blocking(move || {
            if let Some(size) = attrs.size {
                file.set_len(size)?;
            }
            change(&file, &attrs)
        });
        changed.await.map_err(|error| refused(&error))?;
        Ok(done(id))
    }

    async fn opendir(&mut self, id: u32, path: String) -> Reply<Handle> {
        let folder = self.with(move |root| root.list(&path)).await?;
        self.keep(id, Open::Folder(Arc::new(Mutex::new(folder))))
    }

    async fn readdir(&mut self, id: u32, handle: String) -> Reply<Name> {
        let Some(Open::Folder(folder)) = self.handles.get(&handle).cloned() else {
            return Err(unknown_handle());
        };
        let listed = blocking(move || {
            let mut folder = folder.lock().unwrap_or_else(PoisonError::into_inner);
            let mut files = Vec::new();
            for entry in folder.by_ref().take(NAMES) {
                let entry = entry?;
                // It may be gone already.
                if let Ok(metadata) = entry.metadata() {
                    files.push(named(&entry.file_name().to_string_lossy(), &metadata));
                }
            }
            Ok(files)
        });
        match listed.await.map_err(|error| refused(&error))? {
            files if files.is_empty() => Err(StatusCode::Eof.into()),
            files => Ok(Name { id, files }),
        }
    }

    async fn remove(&mut self, id: u32, path: String) -> Reply<Status> {
        self.with(move |root| root.remove(&path, AtFlags::empty()))
            .await?;
        Ok(done(id))
    }

    async fn mkdir(&mut self, id: u32, path: String, attrs: FileAttributes) -> Reply<Status> {
        let mode = Mode::from_raw_mode(attrs.permissions.unwrap_or(0o777) & 0o777);
        self.with(move |root| root.mkdir(&path, mode)).await?;
        Ok(done(id))
    }

    async fn rmdir(&mut self, id: u32, path: String) -> Reply<Status> {
        self.with(move |root| root.remove(&path, AtFlags::REMOVEDIR))
            .await?;
        Ok(done(id))
    }

    async fn realpath(&mut self, id: u32, path: String) -> Reply<Name> {
        let real = self.with(move |root| root.real_path(&path)).await?;
        Ok(Name {
            id,
            files: vec![Name1::dummy(real)],
        })
    }

    async fn rename(&mut self, id: u32, from: String, to: String) -> Reply<Status> {
        self.with(move |root| root.rename(&from, &to, Replace::No))
            .await?;
        Ok(done(id))
    }

    async fn readlink(&mut self, id: u32, path: String) -> Reply<Name> {
        let target = self.with(move |root| root.read_link(&path)).await?;
        Ok(Name {
            id,
            files: vec![Name1::dummy(target)],
        })
    }

    /// The draft has the link first, but OpenSSH sends what it points at first, and everybody followed.
    async fn symlink(&mut self, id: u32, points_at: String, link: String) -> Reply<Status> {
        self.with(move |root| root.symlink(&points_at, &link)).await?;
        Ok(done(id))
    }

    async fn extended(&mut self, id: u32, request: String, data: Vec<u8>) -> Reply<Packet> {
        let mut data = Bytes::from(data);
        match request.as_str() {
            POSIX_RENAME => {
                // Two paths, as those of a hard link are.
                let paths: HardlinkExtension = fields(&mut data)?;
                self.with(move |root| root.rename(&paths.oldpath, &paths.newpath, Replace::Yes))
                    .await?;
            }
            extensions::HARDLINK => {
                let paths: HardlinkExtension = fields(&mut data)?;
                self.with(move |root| root.hardlink(&paths.oldpath, &paths.newpath))
                    .await?;
            }
            extensions::FSYNC => {
                let which: FsyncExtension = fields(&mut data)?;
                let file = self.file(&which.handle)?;
                blocking(move || file.sync_all())
                    .await
                    .map_err(|error| refused(&error))?;
            }
            extensions::LIMITS => {
                let read = u64::from(MAX_READ);
                let limits = LimitsExtension {
                    max_packet_len: u64::from(super::MAX_PACKET),
                    max_read_len: read,
                    max_write_len: read,
                    max_open_handles: MAX_HANDLES as u64,
                };
                let numbers = [
                    limits.max_packet_len,
                    limits.max_read_len,
                    limits.max_write_len,
                    limits.max_open_handles,
                ];
                let data = numbers.iter().flat_map(|number| number.to_be_bytes()).collect();
                return Ok(Packet::ExtendedReply(ExtendedReply { id, data }));
            }
            _ => return Err(self.unimplemented()),
        }
        Ok(Packet::Status(done(id)))
    }
}

fn fields<'a, T: serde::Deserialize<'a>>(data: &'a mut Bytes) -> Reply<T> {
    russh_sftp::de::from_bytes(data).map_err(|_| StatusCode::BadMessage.into())
}

fn open_flags(flags: OpenFlags) -> OFlags {
    let mut open = match (flags.contains(OpenFlags::READ), flags.contains(OpenFlags::WRITE)) {
        (_, false) => OFlags::RDONLY,
        (false, true) => OFlags::WRONLY,
        (true, true) => OFlags::RDWR,
    };
    open.set(OFlags::APPEND, flags.contains(OpenFlags::APPEND));
    open.set(OFlags::CREATE, flags.contains(OpenFlags::CREATE));
    open.set(OFlags::TRUNC, flags.contains(OpenFlags::TRUNCATE));
    open.set(OFlags::EXCL, flags.contains(OpenFlags::EXCLUDE));
    open
}

/// Sets everything but the size.
fn change(entry: &File, attrs: &FileAttributes) -> io::Result<()> {
    if attrs.uid.is_some() || attrs.gid.is_some() {
        set_owner(
            entry,
            attrs.uid.unwrap_or(u32::MAX),
            attrs.gid.unwrap_or(u32::MAX),
        )?;
    }
    if let Some(mode) = attrs.permissions {
        set_mode(entry, mode)?;
    }
    if let (Some(accessed), Some(modified)) = (attrs.atime, attrs.mtime) {
        let at = |seconds| Timespec {
            tv_sec: i64::from(seconds),
            tv_nsec: 0,
        };
        set_times(
            entry,
            &Timestamps {
                last_access: at(accessed),
                last_modification: at(modified),
            },
        )?;
    }
    Ok(())
}

fn attributes(metadata: &Metadata) -> FileAttributes {
    let seconds = |time: i64| u32::try_from(time.max(0)).unwrap_or(u32::MAX);
    FileAttributes {
        size: Some(metadata.len()),
        uid: Some(metadata.uid()),
        gid: Some(metadata.gid()),
        permissions: Some(metadata.mode()),
        atime: Some(seconds(metadata.atime())),
        mtime: Some(seconds(metadata.mtime())),
        ..FileAttributes::default()
    }
}

/// A name with attributes, and the line that `ls -l` shows.
fn named(name: &str, metadata: &Metadata) -> Name1 {
    let mut file = Name1::new(name, attributes(metadata));
    if metadata.is_symlink() {
        file.longname.replace_range(..1, "l");
    }
    file
}

fn done(id: u32) -> Status {
    Status {
        id,
        status_code: StatusCode::Ok,
        error_message: String::new(),
        language_tag: String::new(),
    }
}

fn unknown_handle() -> StatusReply {
    StatusCode::Failure.with_message("no such handle")
}

/// Turns an error of the system into the status for it.
fn refused(error: &io::Error) -> StatusReply {
    let code = match error.kind() {
        io::ErrorKind::NotFound => StatusCode::NoSuchFile,
        // The kernel's word for a path that leads out of the folder.
        io::ErrorKind::PermissionDenied | io::ErrorKind::CrossesDevices => StatusCode::PermissionDenied,
        io::ErrorKind::Unsupported => StatusCode::OpUnsupported,
        _ => StatusCode::Failure,
    };
    code.with_message(error.to_string())
}
