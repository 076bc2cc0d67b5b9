//! The scratch folder as the root of all paths of SFTP.
//!
//! Paths are those that a shell shows: absolute ones must lie in the folder, relative ones start there. The kernel walks
//! them and refuses every step that leads out of the folder, be it `..` or a symbolic link (`openat2(2)`,
//! `RESOLVE_BENEATH`), so that nobody can change the way between check and use.

use std::ffi::OsStr;
use std::fs::{File, ReadDir};
use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::path::{Component, Path, PathBuf};

use rustix::fs::{
    AtFlags, CWD, Gid, Mode, OFlags, RenameFlags, ResolveFlags, Timestamps, Uid, chmod, chownat, linkat,
    mkdirat, open, openat2, readlinkat, renameat_with, symlinkat, unlinkat, utimensat,
};

/// Links are followed inside the folder only.
const INSIDE: ResolveFlags = ResolveFlags::BENEATH.union(ResolveFlags::NO_MAGICLINKS);

/// The scratch folder.
pub(super) struct Root {
    folder: OwnedFd,
    path: PathBuf,
}

/// Whether a symbolic link at the end of a path is followed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum LastLink {
    Follow,
    Keep,
}

/// Whether a rename may take the place of another file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Replace {
    Yes,
    No,
}

impl Root {
    /// Opens the folder; `path` is its real path.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let folder = open(
            path,
            OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC,
            Mode::empty(),
        )?;
        Ok(Self {
            folder,
            path: path.to_owned(),
        })
    }

    /// Opens a regular file. Others, such as pipes, would block whoever reads them.
    pub(super) fn file(&self, path: &str, flags: OFlags, mode: Mode) -> io::Result<File> {
        let flags = flags | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let mode = if flags.contains(OFlags::CREATE) {
            mode
        } else {
            Mode::empty()
        };
        let file = File::from(openat2(&self.folder, self.relative(path)?, flags, mode, INSIDE)?);
        if file.metadata()?.is_file() {
            Ok(file)
        } else {
            Err(io::Error::other("not a regular file"))
        }
    }

    /// Opens something for its attributes only.
    pub(super) fn entry(&self, path: &str, last: LastLink) -> io::Result<File> {
        let flags = match last {
            LastLink::Follow => OFlags::PATH | OFlags::CLOEXEC,
            LastLink::Keep => OFlags::PATH | OFlags::CLOEXEC | OFlags::NOFOLLOW,
        };
        Ok(File::from(openat2(
            &self.folder,
            self.relative(path)?,
            flags,
            Mode::empty(),
            INSIDE,
        )?))
    }

    /// Starts to list a folder.
    pub(super) fn list(&self, path: &str) -> io::Result<ReadDir> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let folder = openat2(&self.folder, self.relative(path)?, flags, Mode::empty(), INSIDE)?;
        std::fs::read_dir(of(&folder))
    }

    pub(super) fn mkdir(&self, path: &str, mode: Mode) -> io::Result<()> {
        let (folder, name) = self.parent(path)?;
        Ok(mkdirat(folder, name, mode)?)
    }

    pub(super) fn remove(&self, path: &str, flags: AtFlags) -> io::Result<()> {
        let (folder, name) = self.parent(path)?;
        Ok(unlinkat(folder, name, flags)?)
    }

    pub(super) fn rename(&self, from: &str, to: &str, replace: Replace) -> io::Result<()> {
        let ((old_folder, old), (new_folder, new)) = (self.parent(from)?, self.parent(to)?);
        let flags = if replace == Replace::Yes {
            RenameFlags::empty()
        } else {
            RenameFlags::NOREPLACE
        };
        Ok(renameat_with(old_folder, old, new_folder, new, flags)?)
    }

    /// Makes a symbolic link. Where it points is not checked: it is not followed out of the folder.
    pub(super) fn symlink(&self, points_at: &str, link: &str) -> io::Result<()> {
        let (folder, name) = self.parent(link)?;
        Ok(symlinkat(points_at, folder, name)?)
    }

    pub(super) fn hardlink(&self, existing: &str, link: &str) -> io::Result<()> {
        let ((old_folder, old), (new_folder, new)) = (self.parent(existing)?, self.parent(link)?);
        Ok(linkat(old_folder, old, new_folder, new, AtFlags::empty())?)
    }

    pub(super) fn read_link(&self, path: &str) -> io::Result<String> {
        let (folder, name) = self.parent(path)?;
        Ok(readlinkat(folder, name, Vec::new())?
            .to_string_lossy()
            .into_owned())
    }

    /// Gives the absolute path without links and dots. What does not exist is taken as it is written.
    pub(super) fn real_path(&self, path: &str) -> io::Result<String> {
        let real = match self.entry(path, LastLink::Follow) {
            Ok(entry) => std::fs::read_link(of(&entry))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.path.join(plain(&self.relative(path)?)?)
            }
            Err(error) => return Err(error),
        };
        if real.starts_with(&self.path) {
            Ok(real.to_string_lossy().into_owned())
        } else {
            Err(outside())
        }
    }

    /// Finds the way from the folder.
    fn relative(&self, path: &str) -> io::Result<PathBuf> {
        let path = Path::new(path);
        let relative = if path.is_absolute() {
            path.strip_prefix(&self.path).map_err(|_| outside())?
        } else {
            path
        };
        Ok(if relative.as_os_str().is_empty() {
            PathBuf::from(".")
        } else {
            relative.to_owned()
        })
    }

    /// Opens the folder that something is in, and gives the name it has there.
    fn parent(&self, path: &str) -> io::Result<(OwnedFd, PathBuf)> {
        let relative = self.relative(path)?;
        let name = relative.file_name().map(PathBuf::from).ok_or_else(outside)?;
        let parent = relative.parent().filter(|parent| !parent.as_os_str().is_empty());
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let parent = parent.unwrap_or(Path::new("."));
        Ok((openat2(&self.folder, parent, flags, Mode::empty(), INSIDE)?, name))
    }
}

/// Sets the permissions of an entry that is open for its attributes only.
pub(super) fn set_mode(entry: &File, mode: u32) -> io::Result<()> {
    Ok(chmod(of(entry), Mode::from_raw_mode(mode & 0o7777))?)
}

/// Sets owner and group of such an entry.
pub(super) fn set_owner(entry: &File, user: u32, group: u32) -> io::Result<()> {
    // All ones mean "as it is", also to the kernel.
    let user = (user != u32::MAX).then(|| Uid::from_raw(user));
    let group = (group != u32::MAX).then(|| Gid::from_raw(group));
    Ok(chownat(entry, "", user, group, AtFlags::EMPTY_PATH)?)
}

/// Sets the times of such an entry.
pub(super) fn set_times(entry: &File, times: &Timestamps) -> io::Result<()> {
    Ok(utimensat(CWD, of(entry), times, AtFlags::empty())?)
}

/// Names an open file in a way that the kernel resolves to just that file.
fn of(file: &impl AsFd) -> PathBuf {
    Path::new("/proc/self/fd").join(file.as_fd().as_raw_fd().to_string())
}

/// Takes dots out of a path that nothing is known about.
fn plain(path: &Path) -> io::Result<PathBuf> {
    let mut parts: Vec<&OsStr> = Vec::new();
    for part in path.components() {
        match part {
            Component::Normal(name) => parts.push(name),
            Component::ParentDir => drop(parts.pop().ok_or_else(outside)?),
            Component::CurDir | Component::RootDir | Component::Prefix(_) => {}
        }
    }
    Ok(parts.iter().collect())
}

fn outside() -> io::Error {
    io::Error::new(io::ErrorKind::PermissionDenied, "outside of the demo folder")
}
