//! A shelf that is a folder: `YYYY/MM/DD/<connection id>.tape`, by the day (UTC) on which the recording began.

use std::{
    fs, io,
    path::{Component, Path, PathBuf},
};

use async_trait::async_trait;
use domain::ConnectionId;
use tokio::io::AsyncRead;

use super::Shelf;
use crate::recorder::spool::sync_folder;

const SUFFIX: &str = ".tape";

/// See the module.
#[derive(Debug, Clone)]
pub struct Folder {
    root: PathBuf,
}

impl Folder {
    /// Opens the folder; makes it when there is none.
    pub fn open(root: PathBuf) -> io::Result<Self> {
        fs::create_dir_all(&root)?;
        Ok(Self { root })
    }

    /// Gives the path of a name; names cannot lead out of the folder.
    fn path(&self, name: &str) -> io::Result<PathBuf> {
        let name = Path::new(name);
        if name.components().all(|part| matches!(part, Component::Normal(_))) {
            Ok(self.root.join(name))
        } else {
            Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "not the name of a recording",
            ))
        }
    }
}

/// Gives the name of a tape: the day is in the connection's id (RFC 9562 §5.7), so that the name needs no look-up.
fn name(tape: ConnectionId) -> String {
    let millis = i64::try_from(tape.0.as_u128() >> 80).unwrap_or_default();
    let day = jiff::Timestamp::from_millisecond(millis)
        .unwrap_or_default()
        .strftime("%Y/%m/%d")
        .to_string();
    format!("{day}/{tape}{SUFFIX}")
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(io::Error::other)?
}

#[async_trait]
impl Shelf for Folder {
    async fn put(&self, tape: ConnectionId, file: &Path) -> io::Result<String> {
        let name = name(tape);
        let (to, from, root) = (self.path(&name)?, file.to_owned(), self.root.clone());
        blocking(move || put(&root, &to, &from)).await?;
        Ok(name)
    }

    async fn open(&self, name: &str) -> io::Result<Box<dyn AsyncRead + Send + Unpin>> {
        Ok(Box::new(tokio::fs::File::open(self.path(name)?).await?))
    }

    async fn find(&self, tape: ConnectionId) -> io::Result<Option<String>> {
        let name = name(tape);
        Ok(tokio::fs::try_exists(self.path(&name)?).await?.then_some(name))
    }

    async fn remove(&self, name: &str) -> io::Result<bool> {
        match tokio::fs::remove_file(self.path(name)?).await {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn list(&self, after: Option<&str>, most: usize) -> io::Result<Vec<String>> {
        let (root, after) = (self.root.clone(), after.unwrap_or_default().to_owned());
        blocking(move || {
            let mut names = Vec::new();
            walk(&root, "", &after, most, &mut names)?;
            Ok(names)
        })
        .await
    }
}

fn put(root: &Path, to: &Path, from: &Path) -> io::Result<()> {
    if !from.try_exists()? && to.try_exists()? {
        return Ok(());
    }
    let folder = to.parent().unwrap_or(root);
    if !folder.try_exists()? {
        fs::create_dir_all(folder)?;
        // Each new name of the path must be durable in the folder above it.
        for made in folder.ancestors().take_while(|made| *made != root) {
            sync_folder(made.parent().unwrap_or(root))?;
        }
    }
    match fs::rename(from, to) {
        Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {
            copy(from, to)?;
            sync_folder(folder)?;
            fs::remove_file(from)
        }
        Err(error) => Err(error),
        Ok(()) => {
            sync_folder(folder)?;
            from.parent().map_or(Ok(()), sync_folder)
        }
    }
}

/// Copies beside the name and renames, so that no half recording ever stands under it.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let half = to.with_extension("tape.copy");
    fs::copy(from, &half)?;
    fs::File::open(&half)?.sync_all()?;
    fs::rename(&half, to)
}

/// Collects names in order, below `prefix`, after `after`.
fn walk(folder: &Path, prefix: &str, after: &str, most: usize, names: &mut Vec<String>) -> io::Result<()> {
    let mut entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        if names.len() >= most {
            break;
        }
        let Ok(own) = entry.file_name().into_string() else {
            continue;
        };
        let name = if prefix.is_empty() {
            own
        } else {
            format!("{prefix}/{own}")
        };
        if entry.file_type()?.is_dir() {
            // A folder that is wholly before `after` need not be read.
            if name.as_str() >= after || after.starts_with(&name) {
                walk(&entry.path(), &name, after, most, names)?;
            }
        } else if name.ends_with(SUFFIX) && name.as_str() > after {
            names.push(name);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use tokio::io::AsyncReadExt as _;

    #[tokio::test]
    async fn what_is_put_is_found_opened_listed_and_removed() {
        let folder = tempfile::tempdir().unwrap();
        let shelf = Folder::open(folder.path().join("shelf")).unwrap();
        let mut names = Vec::new();
        for _ in 0..3 {
            let id = ConnectionId::fresh();
            let file = folder.path().join("part");
            fs::write(&file, id.to_string()).unwrap();
            let name = shelf.put(id, &file).await.unwrap();
            assert!(!file.exists(), "it is moved, not copied");
            assert_eq!(
                shelf.put(id, &file).await.unwrap(),
                name,
                "putting it again changes nothing"
            );
            assert_eq!(shelf.find(id).await.unwrap().as_deref(), Some(name.as_str()));
            let mut text = String::new();
            shelf
                .open(&name)
                .await
                .unwrap()
                .read_to_string(&mut text)
                .await
                .unwrap();
            assert_eq!(text, id.to_string());
            names.push(name);
        }
        names.sort();
        assert_eq!(shelf.list(None, 10).await.unwrap(), names);
        assert_eq!(
            shelf.list(names.first().map(String::as_str), 1).await.unwrap(),
            names[1..2]
        );
        assert!(shelf.remove(&names[0]).await.unwrap() && !shelf.remove(&names[0]).await.unwrap());
    }

    #[tokio::test]
    async fn names_do_not_lead_out_of_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let shelf = Folder::open(folder.path().to_owned()).unwrap();
        for bad in ["../x", "/etc/passwd", "a/../../x"] {
            assert!(shelf.open(bad).await.is_err());
            assert!(shelf.remove(bad).await.is_err());
        }
    }
}
