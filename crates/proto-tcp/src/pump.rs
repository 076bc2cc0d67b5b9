//! Two directions, two futures: what is read passes the tap and is written, and nothing is read before that.

use bytes::{Bytes, BytesMut};
use domain::stop::Stop;
use engine::{Direction, Gate, Pass, Passed, Strand};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::TcpStream,
    sync::Mutex,
};

/// What is read at once: little while it is quiet, more while it flows.
const LEAST: usize = 8 << 10;
const MOST: usize = 128 << 10;

/// Who ended first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    Caller,
    Target,
}

/// Carries bytes both ways until both sides have ended, or one of them broke. `early` came from the caller before.
pub(crate) async fn relay(
    early: Bytes,
    caller: &mut (impl AsyncRead + AsyncWrite + Unpin),
    target: &mut TcpStream,
    strand: &Mutex<Strand>,
    gate: &Gate,
) -> Result<Ended, Stop> {
    let (from_caller, to_caller) = tokio::io::split(caller);
    let (from_target, to_target) = target.split();
    let up = pump(
        std::io::Cursor::new(early).chain(from_caller),
        to_target,
        Direction::ToTarget,
        strand,
        gate,
    );
    let down = pump(from_target, to_caller, Direction::FromTarget, strand, gate);
    tokio::pin!(up, down);
    // The side that ends first ends the session; the other one is given the time to say the rest.
    tokio::select! {
        broken = &mut up => match broken? {
            Flow::Ended => down.await.map(|_| Ended::Caller),
            Flow::Broken(side) => Ok(side),
        },
        broken = &mut down => match broken? {
            Flow::Ended => up.await.map(|_| Ended::Target),
            Flow::Broken(side) => Ok(side),
        },
    }
}

/// How one direction came to its end.
enum Flow {
    /// It was ended by its source, and the sink knows.
    Ended,
    /// A socket broke, on this side.
    Broken(Ended),
}

async fn pump(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    direction: Direction,
    strand: &Mutex<Strand>,
    gate: &Gate,
) -> Result<Flow, Stop> {
    let (source, sink) = match direction {
        Direction::ToTarget => (Ended::Caller, Ended::Target),
        Direction::FromTarget | Direction::FromTargetErr => (Ended::Target, Ended::Caller),
    };
    let mut buffer = BytesMut::new();
    let mut at_once = LEAST;
    loop {
        buffer.reserve(at_once);
        match from.read_buf(&mut buffer).await {
            Ok(0) => {
                return Ok(match to.shutdown().await {
                    Ok(()) => Flow::Ended,
                    Err(_) => Flow::Broken(sink),
                });
            }
            Ok(read) => {
                at_once = if read >= at_once {
                    (at_once * 2).min(MOST)
                } else {
                    LEAST.max(at_once / 2)
                }
            }
            Err(_) => return Ok(Flow::Broken(source)),
        }
        let passed = pass(strand, gate, direction, buffer.split().freeze()).await?;
        if to.write_all(passed.bytes()).await.is_err() || to.flush().await.is_err() {
            return Ok(Flow::Broken(sink));
        }
    }
}

/// Waits until the bytes may pass.
async fn pass(
    strand: &Mutex<Strand>,
    gate: &Gate,
    direction: Direction,
    mut bytes: Bytes,
) -> Result<Passed, Stop> {
    loop {
        // Content is counted and not kept: the lock is held for an instant.
        let offered = strand.lock().await.carry(direction, bytes).await?;
        match offered {
            Pass::On(passed) => return Ok(passed),
            Pass::Held(held) => {
                gate.opened().await;
                bytes = held;
            }
            // A forward is held; this would be a strand of another kind.
            Pass::Discarded(_) => bytes = Bytes::new(),
        }
    }
}
