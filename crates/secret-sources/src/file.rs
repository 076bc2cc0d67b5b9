//! Secrets in files below one folder.

use std::{
    fs::File,
    io::{self, Read as _},
    path::{Component, Path, PathBuf},
};

use rustix::fs::{Mode, OFlags, ResolveFlags, open, openat2};
use zeroize::Zeroizing;

use crate::{Fault, MAX_LEN};

/// The folder below which files may be read.
#[derive(Debug)]
pub(crate) struct Files {
    folder: PathBuf,
}

/// Refuses paths that are written to lead elsewhere.
pub(crate) fn check(path: &str) -> Result<(), Fault> {
    let mut parts = Path::new(path).components();
    let below = !path.is_empty() && !path.contains('\0');
    if below && parts.all(|part| matches!(part, Component::Normal(_))) {
        Ok(())
    } else {
        Err(Fault::Path(path.to_owned()))
    }
}

impl Files {
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Reads a file; on a thread of its own, as a disk of the network may hang.
    pub(crate) async fn read(&self, path: &str) -> Result<Zeroizing<Vec<u8>>, Fault> {
        check(path)?;
        let (folder, path) = (self.folder.clone(), path.to_owned());
        let reading = tokio::task::spawn_blocking(move || read(&folder, &path));
        let lost = |_panicked| Err(Fault::Client("reading a file was given up".to_owned()));
        reading.await.unwrap_or_else(lost)
    }
}

fn read(folder: &Path, path: &str) -> Result<Zeroizing<Vec<u8>>, Fault> {
    let unread = |source: io::Error| Fault::File {
        path: path.to_owned(),
        source,
    };
    let folder = open(
        folder,
        OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC,
        Mode::empty(),
    );
    let folder = folder.map_err(|errno| unread(errno.into()))?;
    // The kernel keeps the way below the folder, whatever links there are and become: links that stay below it are what volumes of
    // containers are made of. Without blocking, as a pipe would wait for somebody who writes.
    let opened = openat2(
        &folder,
        path,
        OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY,
        Mode::empty(),
        ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS,
    );
    let file = match opened {
        Ok(file) => File::from(file),
        Err(rustix::io::Errno::XDEV) => return Err(Fault::Path(path.to_owned())),
        Err(errno) => return Err(unread(errno.into())),
    };
    if !file.metadata().map_err(unread)?.is_file() {
        return Err(Fault::NoFile(path.to_owned()));
    }
    // Room for all of it at once: what is moved while it grows would not be wiped.
    let mut text = Zeroizing::new(Vec::with_capacity(MAX_LEN + 64));
    file.take(MAX_LEN as u64 + 1)
        .read_to_end(&mut text)
        .map_err(unread)?;
    Ok(text)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn paths_are_written_below_the_folder() {
        for path in ["web", "web/root", "..data", "a..b/c"] {
            assert!(check(path).is_ok(), "{path}");
        }
        for path in [
            "",
            "/etc/shadow",
            "../shadow",
            "web/../../shadow",
            "./web",
            "a\0b",
        ] {
            assert!(check(path).is_err(), "{path:?}");
        }
    }

    #[test]
    fn links_may_not_lead_out_of_the_folder_and_what_is_no_file_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("secrets");
        std::fs::create_dir_all(folder.join("..2024")).unwrap();
        std::fs::write(folder.join("..2024/web"), "inside").unwrap();
        std::fs::write(dir.path().join("outside"), "outside").unwrap();
        // As a volume of Kubernetes is made.
        symlink("..2024", folder.join("..data")).unwrap();
        symlink("..data/web", folder.join("web")).unwrap();
        symlink("../outside", folder.join("out")).unwrap();
        symlink(dir.path(), folder.join("up")).unwrap();
        assert_eq!(read(&folder, "web").unwrap().as_slice(), b"inside");
        for path in ["out", "up/outside", "../outside", "..2024", "absent"] {
            let error = read(&folder, path).unwrap_err().to_string();
            assert!(error.contains(path), "{error}");
        }
        let pipe = Path::new("/dev/null");
        assert!(read(pipe.parent().unwrap(), "null").is_err());
    }
}
