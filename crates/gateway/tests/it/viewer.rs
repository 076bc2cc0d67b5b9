//! Those who look on: the live stream and the player's segments, drawn as the console draws them.

use std::net::TcpStream;

use screen::Terminal;
use serde_json::Value;
use tokio_tungstenite::tungstenite::{ClientRequestBuilder, Message, WebSocket, client, http::Uri};

use crate::{gateway::Gateway, program::PATIENCE};

/// Somebody who watches a session: asciinema's live stream over a websocket.
pub(crate) struct Viewer {
    socket: WebSocket<TcpStream>,
    /// What the viewer sees.
    pub(crate) terminal: Terminal,
}

impl Viewer {
    /// Begins to watch; gives the viewer with the first picture.
    pub(crate) fn of(gateway: &Gateway, id: &str) -> Self {
        let uri: Uri = format!("ws://{}/v1/sessions/{id}/live", gateway.http)
            .parse()
            .unwrap();
        let request = ClientRequestBuilder::new(uri)
            .with_header("Authorization", format!("Bearer {}", gateway.admin))
            .with_sub_protocol("v1.alis");
        let stream = TcpStream::connect(&gateway.http).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let (mut socket, _) = client(request, stream).unwrap();
        let magic = socket.read().unwrap().into_data();
        assert_eq!(&magic[..], b"ALiS\x01");
        let first = socket.read().unwrap().into_data();
        let mut first = Fields(&first);
        assert_eq!(first.byte(), 1, "a picture comes first");
        let (_last_id, _time) = (first.number(), first.number());
        let (cols, rows) = (first.number() as u16, first.number() as u16);
        assert_eq!(first.byte(), 0, "no theme");
        let terminal = Terminal::restore(cols, rows, &first.text());
        Self { socket, terminal }
    }

    /// Takes the next event; false at the end of the session.
    pub(crate) fn follow(&mut self) -> bool {
        let Message::Binary(message) = self.socket.read().unwrap() else {
            return true;
        };
        let mut event = Fields(&message);
        let code = event.byte();
        if code == 4 {
            return false;
        }
        let (_id, _passed) = (event.number(), event.number());
        match code {
            b'o' => self.terminal.feed(event.text().as_bytes()),
            b'r' => self.terminal.resize(event.number() as u16, event.number() as u16),
            _ => {}
        }
        true
    }
}

/// Reads the parts of a message.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn byte(&mut self) -> u8 {
        let (first, rest) = self.0.split_first().expect("a byte");
        self.0 = rest;
        *first
    }

    fn number(&mut self) -> u64 {
        let mut value = 0;
        for shift in (0..).step_by(7) {
            let byte = self.byte();
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                break;
            }
        }
        value
    }

    fn text(&mut self) -> String {
        let length = self.number() as usize;
        let (text, rest) = self.0.split_at(length);
        self.0 = rest;
        String::from_utf8(text.to_vec()).unwrap()
    }
}

/// Draws events of a recording, `[time, code, data]`, on a terminal.
fn draw(terminal: &mut Terminal, code: &str, data: &str) {
    match code {
        "o" => terminal.feed(data.as_bytes()),
        "r" => {
            let (cols, rows) = data.split_once('x').unwrap();
            terminal.resize(cols.parse().unwrap(), rows.parse().unwrap());
        }
        _ => {}
    }
}

/// Gives the screen at a moment, in seconds since the recording began, as the console's player finds it: the picture that the segment
/// begins with, and what happened from there on.
pub(crate) fn played(gateway: &Gateway, id: &str, at: f64) -> Terminal {
    let index = gateway.get(&format!("/v1/sessions/{id}/player/index.json"));
    let segments = index["segments"].as_array().unwrap();
    let before = segments
        .iter()
        .rfind(|segment| segment["start"].as_f64().unwrap() <= at);
    let url = before.expect("the first begins at 0")["url"].as_str().unwrap();
    let segment = gateway.get(&format!("/v1/sessions/{id}/player/{url}"));
    let snapshot = &segment["snapshot"];
    let size = |key: &str| snapshot[key].as_u64().unwrap() as u16;
    let init = snapshot["init"].as_str().unwrap();
    let mut terminal = Terminal::restore(size("cols"), size("rows"), init);
    for event in segment["events"].as_array().unwrap() {
        if event[0].as_f64().unwrap() <= at {
            draw(
                &mut terminal,
                event[1].as_str().unwrap(),
                event[2].as_str().unwrap(),
            );
        }
    }
    terminal
}

/// An asciicast file: how events tell their time is the difference between its versions.
pub(crate) struct Cast {
    size: (u16, u16),
    /// Seconds since the beginning, code, data.
    events: Vec<(f64, String, String)>,
}

impl Cast {
    pub(crate) fn read(file: &str) -> Self {
        let mut lines = file
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap());
        let head = lines.next().unwrap();
        let relative = head["version"] == 3;
        let number = |value: &Value| u16::try_from(value.as_u64().unwrap()).unwrap();
        let size = if relative {
            (number(&head["term"]["cols"]), number(&head["term"]["rows"]))
        } else {
            (number(&head["width"]), number(&head["height"]))
        };
        let mut last = 0.0;
        let mut event = |line: Value| {
            let time = line[0].as_f64().unwrap();
            last = if relative { last + time } else { time };
            let word = |at: usize| line[at].as_str().unwrap().to_owned();
            (last, word(1), word(2))
        };
        let events = lines.map(&mut event).collect();
        Self { size, events }
    }

    /// Gives the screen at a moment.
    pub(crate) fn at(&self, moment: f64) -> Terminal {
        let mut terminal = Terminal::new(self.size.0, self.size.1);
        for (_, code, data) in self.events.iter().take_while(|(at, ..)| *at <= moment) {
            draw(&mut terminal, code, data);
        }
        terminal
    }

    /// Gives all output.
    pub(crate) fn output(&self) -> String {
        let output = self.events.iter().filter(|(_, code, _)| code == "o");
        output.map(|(_, _, data)| data.as_str()).collect()
    }
}
