//! Folders: reading them in parts, and removing them with all that is in them.

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;
use engine::portal::{FileEntry, FileError, FileKind, Listing};

use super::super::sftp::{Answer, Name, Request, Sftp, nonsense};

/// Folders within folders that are removed at once.
const DEEPEST: usize = 64;
/// Names that are taken up before they are removed.
const BATCH: usize = 1000;

/// Where an entry stands: folders first, then by name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Rank(bool, String);

impl Rank {
    fn of(name: &Name) -> Self {
        Self(name.kind() != FileKind::Folder, name.text.clone())
    }

    /// Reads what [`Rank::cursor`] has written.
    fn read(cursor: &str) -> Result<Self, FileError> {
        match cursor.split_at_checked(1) {
            Some(("d", name)) => Ok(Self(false, name.to_owned())),
            Some(("f", name)) => Ok(Self(true, name.to_owned())),
            _ => Err(FileError::Invalid("`after` is none that was given".to_owned())),
        }
    }

    fn cursor(&self) -> String {
        format!("{}{}", if self.0 { 'f' } else { 'd' }, self.1)
    }
}

/// Reads a part of a folder. SFTP gives names in no order, so the whole folder is read each time; only the part is kept.
pub(super) async fn list(
    sftp: &mut Sftp,
    path: &str,
    after: Option<&str>,
    most: usize,
) -> Result<Listing, FileError> {
    let after = after.map(Rank::read).transpose()?;
    let path = sftp.name(&Request::RealPath { path }).await?;
    let handle = open(sftp, &path).await?;
    let mut part = BTreeMap::new();
    let mut more = false;
    while let Some(names) = next(sftp, &handle).await? {
        for name in names {
            let rank = Rank::of(&name);
            if after.as_ref().is_some_and(|after| rank <= *after) {
                continue;
            }
            part.insert(rank, name);
            if part.len() > most {
                part.pop_last();
                more = true;
            }
        }
    }
    sftp.change(&Request::Close { handle: &handle }).await?;
    let next = part.keys().next_back().filter(|_| more).map(Rank::cursor);
    let entries = part.into_values().map(entry).collect();
    let entries = follow_links(sftp, &path, entries).await?;
    Ok(Listing { path, entries, next })
}

async fn open(sftp: &mut Sftp, path: &str) -> Result<Bytes, FileError> {
    match sftp.open(&Request::OpenDir { path }).await {
        Err(error @ (FileError::NotFound | FileError::Failed(_))) => {
            // Some hosts say "no such file" of a file that is no folder.
            match sftp.look(&Request::Stat { path }).await {
                Ok(found) if found.kind().is_some_and(|kind| kind != FileKind::Folder) => {
                    Err(FileError::Invalid("it is not a folder".to_owned()))
                }
                _ => Err(error),
            }
        }
        opened => opened,
    }
}

/// Reads the next names of a folder, without `.` and `..`; [`None`] at the end.
async fn next(sftp: &mut Sftp, handle: &[u8]) -> Result<Option<Vec<Name>>, FileError> {
    match sftp.call(&Request::ReadDir { handle }).await? {
        Answer::Names(mut names) => {
            names.retain(|name| !matches!(name.text.as_str(), "." | ".."));
            Ok(Some(names))
        }
        end if end.is_end() => Ok(None),
        other => Err(other.error()),
    }
}

fn entry(name: Name) -> FileEntry {
    FileEntry {
        kind: name.kind(),
        size: name.attributes.size,
        mode: name.attributes.permissions.map(|bits| bits & 0o7777),
        modified: name.attributes.modified,
        link_to: None,
        name: name.text,
    }
}

/// Looks up what the links of a part point at, all at once.
async fn follow_links(
    sftp: &mut Sftp,
    folder: &str,
    mut entries: Vec<FileEntry>,
) -> Result<Vec<FileEntry>, FileError> {
    let mut asked = BTreeMap::new();
    for (at, entry) in entries.iter().enumerate() {
        if entry.kind == FileKind::Link {
            let path = within(folder, &entry.name);
            asked.insert(sftp.ask(&Request::ReadLink { path: &path }), at);
        }
    }
    sftp.flush().await?;
    while !asked.is_empty() {
        let (id, answer) = sftp.answer().await?;
        let at = asked.remove(&id).ok_or_else(nonsense)?;
        // A link that cannot be read is still a link.
        if let (Some(entry), Answer::Names(names)) = (entries.get_mut(at), answer) {
            entry.link_to = names.into_iter().next().map(|name| name.text);
        }
    }
    Ok(entries)
}

/// Removes a folder that is to be empty.
pub(super) async fn remove_empty(sftp: &mut Sftp, path: &str) -> Result<(), FileError> {
    match sftp.change(&Request::Rmdir { path }).await {
        Err(FileError::Failed(text)) => match first_names(sftp, path).await {
            Ok(names) if !names.is_empty() => Err(FileError::Invalid("the folder is not empty".to_owned())),
            _ => Err(FileError::Failed(text)),
        },
        removed => removed,
    }
}

/// Removes a folder with all that is in it, and follows no link.
pub(super) async fn remove_all(sftp: &mut Sftp, path: &str) -> Result<(), FileError> {
    // Folders on the way down, each with what is known to be left in it.
    let mut way = vec![(path.to_owned(), VecDeque::new())];
    while let Some((folder, mut names)) = way.pop() {
        let Some(name) = names.pop_front() else {
            let names = first_names(sftp, &folder).await?;
            if names.is_empty() {
                sftp.change(&Request::Rmdir { path: &folder }).await?;
            } else {
                way.push((folder, names));
            }
            continue;
        };
        let path = within(&folder, &name.text);
        way.push((folder, names));
        // What a folder says of its entries may leave out what they are.
        let kind = match name.attributes.kind() {
            Some(kind) => Some(kind),
            None => sftp.look(&Request::Lstat { path: &path }).await?.kind(),
        };
        if kind != Some(FileKind::Folder) {
            sftp.change(&Request::Remove { path: &path }).await?;
        } else if way.len() < DEEPEST {
            way.push((path, VecDeque::new()));
        } else {
            let text = format!("folders are nested more than {DEEPEST} deep");
            return Err(FileError::Invalid(text));
        }
    }
    Ok(())
}

/// Reads the first names of a folder.
async fn first_names(sftp: &mut Sftp, path: &str) -> Result<VecDeque<Name>, FileError> {
    let handle = open(sftp, path).await?;
    let mut names = VecDeque::new();
    while names.len() < BATCH
        && let Some(more) = next(sftp, &handle).await?
    {
        names.extend(more);
    }
    sftp.change(&Request::Close { handle: &handle }).await?;
    Ok(names)
}

fn within(folder: &str, name: &str) -> String {
    format!("{}/{name}", folder.trim_end_matches('/'))
}
