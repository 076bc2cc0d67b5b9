//! Where finished recordings are kept: a folder here, an object store elsewhere.

mod folder;

use std::{io, path::Path};

use async_trait::async_trait;
use domain::ConnectionId;
use tokio::io::AsyncRead;

pub use folder::Folder;

/// Keeps finished recordings. Names are relative and use `/`; they are made by [`Shelf::put`] and stored with the connection.
///
/// Callers bound every call: a shelf may hang.
#[async_trait]
pub trait Shelf: Send + Sync + std::fmt::Debug {
    /// Moves a sealed file to the shelf and gives its name; durable when this returns. Putting the same tape again is not an error.
    async fn put(&self, tape: ConnectionId, file: &Path) -> io::Result<String>;

    /// Opens a recording. [`io::ErrorKind::NotFound`] when it is not there.
    async fn open(&self, name: &str) -> io::Result<Box<dyn AsyncRead + Send + Unpin>>;

    /// Finds the recording of a connection by its id.
    async fn find(&self, tape: ConnectionId) -> io::Result<Option<String>>;

    /// Takes a recording away; tells whether there was one.
    async fn remove(&self, name: &str) -> io::Result<bool>;

    /// Lists names in their order, at most `most`, after `after`.
    async fn list(&self, after: Option<&str>, most: usize) -> io::Result<Vec<String>>;
}
