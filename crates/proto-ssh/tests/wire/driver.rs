//! A blocking driver for one transport over any stream.

use std::io::{Read, Write};
use std::time::Instant;

use bytes::Bytes;
use proto_ssh::wire::{Encode, Event, Transport};

/// What one turn of a driver's loop brings.
pub enum Turn<T> {
    Some(T),
    Nothing,
    End,
}

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
            match self.turn() {
                Turn::Some(event) => return Some(event),
                Turn::Nothing => {}
                Turn::End => return None,
            }
        }
    }

    fn turn(&mut self) -> Turn<Event> {
        let event = self.transport.next(Instant::now());
        self.flush();
        if let Some(event) = event.unwrap_or_else(|error| panic!("{error} in {:?}", self.transport)) {
            return Turn::Some(event);
        }
        let mut chunk = [0; 16 * 1024];
        let count = self.stream.read(&mut chunk).unwrap_or(0);
        if count == 0 {
            return Turn::End;
        }
        self.transport.inbound().extend_from_slice(&chunk[..count]);
        Turn::Nothing
    }

    /// The next message; host keys are accepted on the way.
    pub fn message(&mut self) -> Option<Bytes> {
        loop {
            match self.message_turn() {
                Turn::Some(message) => return Some(message),
                Turn::Nothing => {}
                Turn::End => return None,
            }
        }
    }

    /// One turn: a window or the end of a key exchange may allow to send more, though no message came.
    pub fn message_turn(&mut self) -> Turn<Bytes> {
        match self.turn() {
            Turn::Some(Event::Message(payload)) => return Turn::Some(payload),
            Turn::Some(Event::HostKey(_)) => self.transport.accept_host_key().unwrap(),
            Turn::Some(Event::Disconnected(_)) | Turn::End => return Turn::End,
            Turn::Some(Event::Ready) | Turn::Nothing => {}
        }
        Turn::Nothing
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
