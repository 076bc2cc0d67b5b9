//! A blocking driver for one transport over any stream.

use std::io::{Read, Write};
use std::time::Instant;

use proto_ssh::wire::{Encode, Event, Transport};

pub struct Driver<S> {
    pub transport: Transport,
    pub stream: S,
}

impl<S: Read + Write> Driver<S> {
    pub fn new(transport: Transport, stream: S) -> Self {
        Self { transport, stream }
    }

    pub fn send<M: Encode + ?Sized>(&mut self, message: &M) {
        self.transport.send(message).unwrap();
    }

    pub fn flush(&mut self) {
        let outbound = self.transport.outbound();
        self.stream.write_all(outbound).unwrap();
        outbound.clear();
    }

    /// The next event; `None` at the end of the stream.
    pub fn next(&mut self) -> Option<Event> {
        loop {
            let event = self.transport.next(Instant::now());
            self.flush();
            if let Some(event) = event.unwrap_or_else(|error| panic!("{error} in {:?}", self.transport)) {
                return Some(event);
            }
            let mut chunk = [0; 16 * 1024];
            let count = self.stream.read(&mut chunk).unwrap_or(0);
            if count == 0 {
                return None;
            }
            self.transport.inbound().extend_from_slice(&chunk[..count]);
        }
    }

    /// The next message; host keys are accepted on the way.
    pub fn message(&mut self) -> Option<bytes::Bytes> {
        loop {
            match self.next()? {
                Event::Message(payload) => return Some(payload),
                Event::HostKey(_) => self.transport.accept_host_key().unwrap(),
                Event::Ready => {}
                Event::Disconnected(_) => return None,
                other => panic!("{other:?}"),
            }
        }
    }

    /// Runs until the first key exchange is over.
    pub fn handshake(&mut self) {
        loop {
            match self.next().expect("an open connection") {
                Event::HostKey(_) => self.transport.accept_host_key().unwrap(),
                Event::Ready => return,
                other => panic!("{other:?}"),
            }
        }
    }
}
