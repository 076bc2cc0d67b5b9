//! HTTP as small as tests need it: one request on one socket, everything of the answer in plain sight.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    time::Duration,
};

use serde_json::Value;

use crate::program::PATIENCE;

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error} in: {}", String::from_utf8_lossy(&self.body)))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self
            .headers
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// Gives the body of a success.
    pub(crate) fn ok(self) -> Value {
        assert!(
            (200..300).contains(&self.status),
            "{} {}",
            self.status,
            self.text()
        );
        if self.body.is_empty() {
            Value::Null
        } else {
            self.json()
        }
    }
}

/// A socket with a request on its way.
pub(crate) struct Request {
    reader: BufReader<TcpStream>,
}

/// Sends a request. HTTP/1.0, so that the end of an answer is the end of the socket.
pub(crate) fn send(
    address: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: Option<&Value>,
) -> Request {
    let body = body.map(Value::to_string).unwrap_or_default();
    let mut headers = headers.to_vec();
    if !body.is_empty() {
        headers.push(("Content-Type", "application/json"));
    }
    send_raw(address, method, path, &headers, body)
}

fn lines(headers: &[(&str, &str)]) -> String {
    let lines: Vec<_> = headers
        .iter()
        .map(|(key, value)| [key, ": ", value, "\r\n"].concat())
        .collect();
    lines.concat()
}

/// Sends a request with a body of any kind.
pub(crate) fn send_raw(
    address: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: impl AsRef<[u8]>,
) -> Request {
    let mut socket = TcpStream::connect(address).unwrap_or_else(|error| panic!("{address}: {error}"));
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let headers = lines(headers);
    let body = body.as_ref();
    let length = body.len();
    let head =
        format!("{method} {path} HTTP/1.0\r\nHost: {address}\r\nContent-Length: {length}\r\n{headers}\r\n");
    socket.write_all(head.as_bytes()).unwrap();
    socket.write_all(body).unwrap();
    Request {
        reader: BufReader::new(socket),
    }
}

/// Asks for another protocol; only the head of the answer is HTTP.
pub(crate) fn send_upgrade(address: &str, path: &str, headers: &[(&str, &str)]) -> Request {
    let mut socket = TcpStream::connect(address).unwrap_or_else(|error| panic!("{address}: {error}"));
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let headers = lines(headers);
    let text = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n{headers}\r\n");
    socket.write_all(text.as_bytes()).unwrap();
    Request {
        reader: BufReader::new(socket),
    }
}

impl Request {
    /// Reads the status and the headers.
    pub(crate) fn head(&mut self) -> (u16, Vec<(String, String)>) {
        let mut line = String::new();
        self.reader.read_line(&mut line).unwrap();
        let status = line.split(' ').nth(1).and_then(|code| code.parse().ok());
        let status = status.unwrap_or_else(|| panic!("not an answer: `{line}`"));
        let mut headers = Vec::new();
        loop {
            let mut line = String::new();
            self.reader.read_line(&mut line).unwrap();
            let Some((key, value)) = line.trim_end().split_once(':') else {
                break;
            };
            headers.push((key.to_owned(), value.trim().to_owned()));
        }
        (status, headers)
    }

    /// Reads the whole answer.
    pub(crate) fn answer(mut self) -> Answer {
        let (status, headers) = self.head();
        let mut body = Vec::new();
        self.reader.read_to_end(&mut body).unwrap();
        Answer {
            status,
            headers,
            body,
        }
    }

    /// Reads one line of a stream; [`None`] at its end, or when nothing comes for as long.
    pub(crate) fn line(&mut self, patience: Duration) -> Option<String> {
        self.reader.get_ref().set_read_timeout(Some(patience)).unwrap();
        let mut line = String::new();
        match self.reader.read_line(&mut line) {
            Ok(0) | Err(_) => None,
            Ok(_) => Some(line.trim_end_matches(['\r', '\n']).to_owned()),
        }
    }
}
