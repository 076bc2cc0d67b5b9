//! What is reached: a server that answers by the script and remembers what it got.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};

use crate::caller::PATIENCE;

/// How a target behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// It sends back every byte.
    Echo,
    /// It wants a line `LOGIN name secret`, says `OK`, and then sends back every line after `echo `.
    Lines,
    /// It accepts and never says anything.
    Mute,
}

/// A target on a free port of the loopback; ends when dropped.
#[derive(Debug)]
pub struct Target {
    /// Where it listens.
    pub address: SocketAddr,
    got: watch::Receiver<Vec<u8>>,
    callers: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

/// What came to a target.
#[derive(Debug, Clone)]
pub struct Log(Arc<watch::Sender<Vec<u8>>>);

impl Log {
    /// Writes down what came.
    pub fn add(&self, bytes: &[u8]) {
        self.0.send_modify(|log| log.extend_from_slice(bytes));
    }
}

impl Target {
    /// Starts one.
    pub async fn start(manner: Manner) -> Self {
        Self::speaking(move |socket, log| async move {
            let _ended = match manner {
                Manner::Echo => echo(socket, &log).await,
                Manner::Lines => lines(socket, &log).await,
                Manner::Mute => mute(socket).await,
            };
        })
        .await
    }

    /// Starts one that speaks a protocol of its own: `serve` gets each caller, and writes down what comes, logins excepted.
    pub async fn speaking<F, Fut>(serve: F) -> Self
    where
        F: Fn(TcpStream, Log) -> Fut + Send + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (log, got) = watch::channel(Vec::new());
        let callers = Arc::<AtomicUsize>::default();
        let counted = Arc::clone(&callers);
        let log = Log(Arc::new(log));
        let task = tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(serve(socket, log.clone()));
            }
        });
        Self {
            address,
            got,
            callers,
            task,
        }
    }

    /// Tells how many have ever come.
    pub fn callers(&self) -> usize {
        self.callers.load(Ordering::SeqCst)
    }

    /// Gives everything that came, logins excepted.
    pub fn got(&self) -> Vec<u8> {
        self.got.borrow().clone()
    }

    /// Waits until a text has come.
    pub async fn expect(&self, text: &str) {
        let mut got = self.got.clone();
        let came = got.wait_for(|got| contains(got, text));
        assert!(
            tokio::time::timeout(PATIENCE, came).await.is_ok(),
            "{text:?} did not reach the target"
        );
    }

    /// Holds that a text does not come for a while.
    pub async fn never(&self, text: &str, during: Duration) {
        let mut got = self.got.clone();
        let came = got.wait_for(|got| contains(got, text));
        assert!(
            tokio::time::timeout(during, came).await.is_err(),
            "{text:?} reached the target"
        );
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn contains(all: &[u8], text: &str) -> bool {
    all.windows(text.len()).any(|window| window == text.as_bytes())
}

async fn echo(mut socket: TcpStream, log: &Log) -> std::io::Result<()> {
    let mut buffer = vec![0; 64 << 10];
    loop {
        let count = socket.read(&mut buffer).await?;
        if count == 0 {
            return socket.shutdown().await;
        }
        log.add(&buffer[..count]);
        socket.write_all(&buffer[..count]).await?;
    }
}

async fn lines(socket: TcpStream, log: &Log) -> std::io::Result<()> {
    let (read, mut write) = socket.into_split();
    let mut lines = BufReader::new(read).lines();
    let Some(login) = lines.next_line().await? else {
        return Ok(());
    };
    assert!(login.starts_with("LOGIN "), "the first line was {login:?}");
    write.write_all(b"OK\n").await?;
    while let Some(line) = lines.next_line().await? {
        log.add(format!("{line}\n").as_bytes());
        write.write_all(format!("echo {line}\n").as_bytes()).await?;
    }
    Ok(())
}

async fn mute(mut socket: TcpStream) -> std::io::Result<()> {
    let mut sink = [0; 1024];
    while socket.read(&mut sink).await? > 0 {}
    Ok(())
}
