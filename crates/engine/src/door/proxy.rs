//! The PROXY protocol, versions 1 and 2, as `HAProxy`'s `proxy-protocol.txt` defines them: bounded, and read only from trusted peers.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use tokio::io::{AsyncRead, AsyncReadExt};

/// What a version 2 header begins with (§2.2).
const SIGNATURE: [u8; 12] = *b"\r\n\r\n\0\r\nQUIT\n";

/// The longest version 1 line, with its end (§2.1).
const LONGEST_LINE: usize = 107;

/// The longest version 2 address block that is taken, extensions included.
const LONGEST_BLOCK: usize = 4096;

/// Why a header cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HeaderError {
    /// The stream broke.
    #[error("the header could not be read")]
    Read(#[source] std::io::Error),
    /// It is no header.
    #[error("not a PROXY header")]
    Malformed,
}

/// Reads one header and not a byte more. [`None`] for `LOCAL` and `UNKNOWN`: the peer speaks for itself.
pub(crate) async fn read(stream: &mut (impl AsyncRead + Unpin)) -> Result<Option<SocketAddr>, HeaderError> {
    let mut start = [0; 12];
    stream.read_exact(&mut start).await.map_err(HeaderError::Read)?;
    if start == SIGNATURE {
        let mut head = [0; 4];
        stream.read_exact(&mut head).await.map_err(HeaderError::Read)?;
        let [version_command, family, high, low] = head;
        let len = usize::from(u16::from_be_bytes([high, low]));
        if len > LONGEST_BLOCK {
            return Err(HeaderError::Malformed);
        }
        let mut block = vec![0; len];
        stream.read_exact(&mut block).await.map_err(HeaderError::Read)?;
        return version_2(version_command, family, &block);
    }
    let mut line = start.to_vec();
    // Byte by byte, so that nothing behind the line is taken; it happens once, for at most 95 bytes.
    while !line.ends_with(b"\r\n") {
        if line.len() >= LONGEST_LINE {
            return Err(HeaderError::Malformed);
        }
        line.push(stream.read_u8().await.map_err(HeaderError::Read)?);
    }
    version_1(&line)
}

fn version_1(line: &[u8]) -> Result<Option<SocketAddr>, HeaderError> {
    let text = std::str::from_utf8(line).map_err(|_| HeaderError::Malformed)?;
    let mut words = text.trim_end_matches("\r\n").split(' ');
    if words.next() != Some("PROXY") {
        return Err(HeaderError::Malformed);
    }
    match words.next() {
        Some("UNKNOWN") => Ok(None),
        Some("TCP4" | "TCP6") => {
            let source = words.next().and_then(|word| word.parse::<IpAddr>().ok());
            let port = words.nth(1).and_then(|word| word.parse::<u16>().ok());
            match (source, port) {
                (Some(source), Some(port)) => Ok(Some(SocketAddr::new(source.to_canonical(), port))),
                _ => Err(HeaderError::Malformed),
            }
        }
        _ => Err(HeaderError::Malformed),
    }
}

fn version_2(version_command: u8, family: u8, block: &[u8]) -> Result<Option<SocketAddr>, HeaderError> {
    match version_command {
        0x20 => return Ok(None),
        0x21 => {}
        _ => return Err(HeaderError::Malformed),
    }
    // 4 source + 4 destination + 2 source port + 2 destination port; or 16 + 16 + 2 + 2.
    match family {
        0x11 => {
            let source = block.first_chunk::<4>().ok_or(HeaderError::Malformed)?;
            let port = block
                .get(8..)
                .and_then(|rest| rest.first_chunk::<2>())
                .ok_or(HeaderError::Malformed)?;
            Ok(Some(SocketAddr::new(
                Ipv4Addr::from(*source).into(),
                u16::from_be_bytes(*port),
            )))
        }
        0x21 => {
            let source = block.first_chunk::<16>().ok_or(HeaderError::Malformed)?;
            let port = block
                .get(32..)
                .and_then(|rest| rest.first_chunk::<2>())
                .ok_or(HeaderError::Malformed)?;
            let source = IpAddr::from(Ipv6Addr::from(*source)).to_canonical();
            Ok(Some(SocketAddr::new(source, u16::from_be_bytes(*port))))
        }
        _ => Ok(None),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    async fn read_all(mut bytes: &[u8]) -> (Result<Option<SocketAddr>, HeaderError>, &[u8]) {
        let result = read(&mut bytes).await;
        (result, bytes)
    }

    #[tokio::test]
    async fn a_line_names_the_source_and_nothing_behind_it_is_taken() {
        let (source, rest) = read_all(b"PROXY TCP4 203.0.113.7 10.0.0.1 51000 22\r\nSSH-2.0-x").await;
        assert_eq!(source.unwrap(), Some("203.0.113.7:51000".parse().unwrap()));
        assert_eq!(rest, b"SSH-2.0-x");
    }

    #[tokio::test]
    async fn a_block_names_the_source() {
        let mut bytes = SIGNATURE.to_vec();
        bytes.extend([
            0x21, 0x11, 0, 15, 203, 0, 113, 7, 10, 0, 0, 1, 0xc7, 0x38, 0, 22, 1, 2, 3, b'S',
        ]);
        let (source, rest) = read_all(&bytes).await;
        assert_eq!(source.unwrap(), Some("203.0.113.7:51000".parse().unwrap()));
        assert_eq!(rest, b"S");
    }

    #[tokio::test]
    async fn local_and_unknown_speak_for_themselves() {
        let mut bytes = SIGNATURE.to_vec();
        bytes.extend([0x20, 0, 0, 0]);
        assert!(read_all(&bytes).await.0.unwrap().is_none());
        assert!(read_all(b"PROXY UNKNOWN\r\n").await.0.unwrap().is_none());
    }

    #[tokio::test]
    async fn what_is_no_header_is_refused() {
        let long = [b'P'; 300];
        for bad in [
            &b"SSH-2.0-OpenSSH_9.2\r\n"[..],
            b"PROXY TCP4 nonsense here\r\n",
            &long,
            b"PROXY",
        ] {
            assert!(read_all(bad).await.0.is_err());
        }
    }
}
