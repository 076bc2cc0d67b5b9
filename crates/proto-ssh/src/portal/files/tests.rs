#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::future::poll_fn;

use bytes::BufMut as _;
use engine::portal::Existing;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use tokio::task::JoinHandle;

use super::*;
use crate::pipe::{PipeEnd, pipe};
use crate::wire::codec::{Put as _, Reader};

/// A request as a server reads it: type, number, fields.
type Asked = (u8, u32, Vec<u8>);

/// A server that answers what it finds whenever it looks, all at once.
fn serve(
    end: PipeEnd,
    mut answer: impl FnMut(Vec<Asked>) -> Vec<Vec<u8>> + Send + 'static,
) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut inbound = Vec::new();
        loop {
            poll_fn(|cx| end.poll_work(cx, true, usize::MAX, false)).await;
            inbound.extend_from_slice(&end.take(usize::MAX));
            let mut asked = Vec::new();
            while let Some(length) = inbound.first_chunk::<4>() {
                let whole = 4 + u32::from_be_bytes(*length) as usize;
                if inbound.len() < whole {
                    break;
                }
                let packet: Vec<u8> = inbound.drain(..whole).collect();
                let id = u32::from_be_bytes(packet[5..9].try_into().unwrap());
                asked.push((packet[4], id, packet[9..].to_vec()));
            }
            for packet in answer(asked) {
                let mut framed = (packet.len() as u32).to_be_bytes().to_vec();
                framed.extend(packet);
                end.push(framed.into());
            }
            if end.is_spent() {
                return;
            }
        }
    })
}

fn head(kind: u8, id: u32) -> Vec<u8> {
    let mut packet = vec![kind];
    packet.put_u32(id);
    packet
}

fn status(id: u32, code: u32, text: &str) -> Vec<u8> {
    let mut packet = head(101, id);
    packet.put_u32(code);
    packet.put_string(text);
    packet.put_string("");
    packet
}

fn handle(id: u32) -> Vec<u8> {
    let mut packet = head(102, id);
    packet.put_string("h");
    packet
}

async fn lease(pipe: crate::pipe::Pipe) -> Lease {
    let places = Arc::new(Semaphore::new(1));
    let place = Arc::clone(&places).acquire_owned().await.unwrap();
    let pool = Arc::new(Pool {
        handle: Handle::of_nothing(),
        idle: Mutex::default(),
        places,
    });
    Lease {
        sftp: Sftp::greet(pipe).await.unwrap(),
        pool,
        _place: place,
    }
}

#[tokio::test]
async fn blocks_that_come_short_and_out_of_order_make_the_whole_file() {
    let content: Vec<u8> = (0..300_000_u32).map(|at| (at % 251) as u8).collect();
    let stored = content.clone();
    let (ours, end) = pipe();
    let server = serve(end, move |asked| {
        let answers = asked.into_iter().map(|(kind, id, fields)| match kind {
            1 => vec![2, 0, 0, 0, 3],
            3 => handle(id),
            5 => {
                let mut fields = Reader::new(&fields, "read");
                fields.string().unwrap();
                let (offset, len) = (fields.u64().unwrap() as usize, fields.u32().unwrap() as usize);
                let mut packet = head(103, id);
                packet.put_string(&stored[offset..offset + len.min(20_000)]);
                packet
            }
            8 => {
                let mut packet = head(105, id);
                packet.put_u32(1 | 4);
                packet.put_u64(stored.len() as u64);
                packet.put_u32(0o100_644);
                packet
            }
            4 => status(id, 0, ""),
            other => panic!("{other}"),
        });
        let mut answers: Vec<_> = answers.collect();
        answers.reverse();
        answers
    });
    let lease = lease(ours).await;
    let pool = Arc::clone(&lease.pool);
    let download = transfer::read(lease, "file").await.unwrap();
    assert_eq!(download.size, Some(300_000));
    let got: Vec<_> = download.content.try_collect().await.unwrap();
    assert!(got.concat() == content);
    assert_eq!(pool.idle.lock().len(), 1, "the channel can be used again");
    pool.idle.lock().clear();
    server.await.unwrap();
}

#[tokio::test]
async fn content_that_breaks_off_leaves_the_channel_to_be_dropped() {
    let (ours, end) = pipe();
    let server = serve(end, |asked| {
        let answers = asked.into_iter().map(|(kind, id, _)| match kind {
            1 => vec![2, 0, 0, 0, 3],
            3 => handle(id),
            6 => status(id, 0, ""),
            // Closing it would tell the file log that it was whole.
            other => panic!("{other}"),
        });
        answers.collect()
    });
    let mut lease = lease(ours).await;
    let pieces = stream::iter([Ok(vec![1; 100_000].into()), Err(FileError::Cut)]);
    let content = std::pin::pin!(pieces.boxed());
    let written = transfer::write(&mut lease.sftp, "file", Existing::Replace, content).await;
    assert_eq!(written, Err(FileError::Cut));
    assert!(!lease.sftp.is_free());
    drop(lease);
    server.await.unwrap();
}

#[tokio::test]
async fn a_refusal_of_the_profile_is_told_from_one_of_the_resource() {
    let (ours, end) = pipe();
    let server = serve(end, |asked| {
        let answers = asked
            .into_iter()
            .map(|(kind, id, fields)| match (kind, fields.last()) {
                (1, _) => vec![2, 0, 0, 0, 3],
                (13, Some(b'a')) => status(id, 3, "uploads are not allowed in this session"),
                (13, _) => status(id, 3, "Permission denied"),
                other => panic!("{other:?}"),
            });
        answers.collect()
    });
    let mut lease = lease(ours).await;
    let mut remove = async |path| lease.sftp.change(&Request::Remove { path }).await;
    assert!(matches!(remove("a").await, Err(FileError::Refused(_))));
    assert_eq!(remove("b").await, Err(FileError::Denied));
    drop(lease);
    server.await.unwrap();
}
