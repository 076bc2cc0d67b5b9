//! Key files: owner only, written whole or not at all.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::Error;
use crate::keyring::random;

/// More than any key file has.
const MAX_LEN: u64 = 1 << 20;

/// Makes a directory that only its owner can enter; one that exists is left as it is.
pub(crate) fn make_dir(path: &Path) -> Result<(), Error> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(Error::file(path))
}

/// Reads a file; [`None`] when there is none.
pub(crate) fn read(path: &Path) -> Result<Option<Zeroizing<String>>, Error> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::file(path)(error)),
    };
    let mut text = Zeroizing::new(String::new());
    file.take(MAX_LEN)
        .read_to_string(&mut text)
        .map_err(Error::file(path))?;
    Ok(Some(text))
}

/// Refuses a file that others than its owner can read or write.
pub(crate) fn check_private(path: &Path) -> Result<(), Error> {
    // The six lowest bits are those of the group and of others.
    let mode = fs::metadata(path)
        .map_err(Error::file(path))?
        .permissions()
        .mode();
    if mode.trailing_zeros() >= 6 {
        Ok(())
    } else {
        Err(Error::Exposed {
            path: path.to_owned(),
        })
    }
}

/// Who may read a file.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Access {
    /// Its owner only.
    Private,
    /// Everybody: public keys.
    Public,
}

/// Writes a file: whole and durable, or not at all. Replaces what is there.
pub(crate) fn replace(path: &Path, text: &str, access: Access) -> Result<(), Error> {
    let temporary = write_beside(path, text, access)?;
    let renamed = fs::rename(&temporary, path);
    if renamed.is_err() {
        // The first error is the one to tell; what is left over holds nothing that the target would not.
        drop(fs::remove_file(&temporary));
    }
    renamed.and_then(|()| sync_dir(path)).map_err(Error::file(path))
}

/// Writes a file that must not exist yet; false when somebody else has written one meanwhile.
pub(crate) fn create(path: &Path, text: &str) -> Result<bool, Error> {
    let temporary = write_beside(path, text, Access::Private)?;
    let linked = fs::hard_link(&temporary, path);
    drop(fs::remove_file(&temporary));
    match linked {
        Ok(()) => sync_dir(path).map(|()| true).map_err(Error::file(path)),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(Error::file(path)(error)),
    }
}

fn write_beside(path: &Path, text: &str, access: Access) -> Result<PathBuf, Error> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{:016x}", u64::from_le_bytes(random()?)));
    let temporary = path.with_file_name(name);
    let mode = match access {
        Access::Private => 0o600,
        Access::Public => 0o644,
    };
    let write = || {
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(mode)
            .open(&temporary)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()
    };
    write().map_err(Error::file(&temporary))?;
    Ok(temporary)
}

fn sync_dir(path: &Path) -> io::Result<()> {
    path.parent()
        .map_or(Ok(()), |parent| File::open(parent)?.sync_all())
}
