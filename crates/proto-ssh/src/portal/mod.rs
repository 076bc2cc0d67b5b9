//! The gateway's own SSH client, for people who have only a browser (see [`engine::portal`]).
//!
//! It speaks to an ordinary visit over a stream within the process, in the client role of the same wire: [`login`] lets it in, [`trunk`]
//! carries its channels, [`sftp`] and [`files`] move files over them.

mod files;
mod login;
mod sftp;
mod trunk;

use std::pin::pin;

use async_trait::async_trait;
use engine::Stream;
use engine::portal::{Face, Files, Portal, PortalError, Running, Size, Terminal};
use tokio::sync::watch;

use files::FilesOverSftp;
use trunk::{Handle, Lasts, Start, Trunk};

/// The client.
#[derive(Debug)]
pub(crate) struct SshPortal {
    /// The identification line.
    identification: String,
}

impl SshPortal {
    /// Makes a client that calls itself as the gateway does.
    pub(crate) fn new(identification: &str) -> Self {
        Self {
            identification: format!("{identification} browser"),
        }
    }
}

#[async_trait]
impl Portal for SshPortal {
    async fn terminal(
        &self,
        stream: Stream,
        account: Option<&str>,
        size: Size,
        person: &mut dyn Face,
    ) -> Result<Terminal, PortalError> {
        let link = login::enter(stream, &self.identification, account, person).await?;
        let (trunk, handle) = Trunk::new(link, Lasts::WithItsChannels);
        let mut run: Running = Box::pin(trunk.run());
        let opened = {
            let mut opening = pin!(handle.open(Start::Shell(size)));
            tokio::select! {
                opened = &mut opening => opened?,
                // A shell that is refused is opened, told so, and closed, all at once.
                () = &mut run => {
                    run = Box::pin(std::future::ready(()));
                    opening.await?
                }
            }
        };
        let (size, sizes) = watch::channel(size);
        let number = opened.number;
        Ok(Terminal {
            stream: Box::new(opened.pipe),
            size,
            exit: opened.exit,
            run: Box::pin(async move {
                tokio::select! {
                    () = run => {}
                    () = resize(sizes, handle, number) => {}
                }
            }),
        })
    }

    async fn files(
        &self,
        stream: Stream,
        account: Option<&str>,
        person: &mut dyn Face,
    ) -> Result<Files, PortalError> {
        let link = login::enter(stream, &self.identification, account, person).await?;
        let (trunk, handle) = Trunk::new(link, Lasts::WithItsHandles);
        let mut run = Box::pin(trunk.run());
        let client = tokio::select! {
            client = FilesOverSftp::open(handle) => client?,
            () = &mut run => return Err(PortalError::Ended),
        };
        Ok(Files {
            client: std::sync::Arc::new(client),
            run,
        })
    }
}

/// Passes sizes on for as long as the terminal is there.
async fn resize(mut sizes: watch::Receiver<Size>, handle: Handle, channel: u32) {
    while sizes.changed().await.is_ok() {
        let size = *sizes.borrow_and_update();
        handle.resize(channel, size).await;
    }
    // Whoever gave the sizes is gone; the bytes may still flow.
    std::future::pending::<()>().await;
}
