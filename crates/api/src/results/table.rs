//! Results as files: CSV and lines of JSON, written as the pieces come.

use engine::statements::{Column, Nature, Piece};

/// How a result is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// RFC 4180. A null is an empty cell, an empty text is `""`.
    Csv,
    /// An object for each row.
    JsonLines,
}

/// Numbers longer than this are written as texts.
const NUMBER: usize = 64;

/// Writes a result.
pub(crate) struct Writer {
    form: Form,
    columns: Vec<Column>,
    keys: Vec<String>,
    at: usize,
    value: Value,
    out: Vec<u8>,
}

/// The value that is being written.
#[derive(Debug, Default)]
struct Value {
    left: u64,
    /// Held until it is whole: what may be a number, or a formula.
    held: Option<Vec<u8>>,
    /// The beginning of a character whose end is still to come.
    half: Vec<u8>,
    begun: bool,
}

impl Writer {
    pub(crate) fn new(form: Form) -> Self {
        Self {
            form,
            columns: Vec::new(),
            keys: Vec::new(),
            at: 0,
            value: Value::default(),
            out: Vec::new(),
        }
    }

    /// Gives what was written since the last time.
    pub(crate) fn written(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.out)
    }

    /// Takes the next piece.
    pub(crate) fn take(&mut self, piece: Piece<'_>) {
        match piece {
            Piece::Columns(columns) => self.head(columns),
            Piece::Row => {
                self.at = 0;
                if self.form == Form::JsonLines {
                    self.out.push(b'{');
                }
            }
            Piece::RowEnd => match self.form {
                Form::Csv => self.out.extend_from_slice(b"\r\n"),
                Form::JsonLines => self.out.extend_from_slice(b"}\n"),
            },
            Piece::Value(len) => self.begin(len),
            Piece::Bytes(bytes) => self.bytes(bytes),
        }
    }

    fn head(&mut self, columns: Vec<Column>) {
        // The same columns again are those of the next part.
        if self.columns == columns {
            return;
        }
        self.keys = keys(&columns);
        if self.form == Form::Csv {
            for (at, column) in columns.iter().enumerate() {
                if at > 0 {
                    self.out.push(b',');
                }
                let cell = crate::routes::export::csv_cell(&column.name);
                self.out.extend_from_slice(cell.as_bytes());
            }
            self.out.extend_from_slice(b"\r\n");
        }
        self.columns = columns;
    }

    fn begin(&mut self, len: Option<u64>) {
        if self.at > 0 {
            self.out.push(b',');
        }
        let nature = self
            .columns
            .get(self.at)
            .map_or(Nature::Text, |column| column.nature);
        if self.form == Form::JsonLines {
            let nameless = format!("\"column {}\"", self.at + 1);
            let key = self.keys.get(self.at).unwrap_or(&nameless);
            self.out.extend_from_slice(key.as_bytes());
            self.out.push(b':');
        }
        self.at += 1;
        let Some(len) = len else {
            if self.form == Form::JsonLines {
                self.out.extend_from_slice(b"null");
            }
            return;
        };
        let short = len <= NUMBER as u64;
        let holds = match self.form {
            Form::Csv => short,
            Form::JsonLines => short && matches!(nature, Nature::Whole | Nature::Truth),
        };
        self.value = Value {
            left: len,
            held: holds.then(Vec::new),
            half: Vec::new(),
            begun: false,
        };
        if !holds {
            self.out.push(b'"');
        }
        if len == 0 {
            self.end(nature);
        }
    }

    fn bytes(&mut self, bytes: &[u8]) {
        let begins = !std::mem::replace(&mut self.value.begun, true);
        self.value.left = self.value.left.saturating_sub(bytes.len() as u64);
        if let Some(held) = &mut self.value.held {
            held.extend_from_slice(bytes);
        } else {
            match self.form {
                Form::Csv => {
                    if begins && formula(bytes) {
                        self.out.push(b'\'');
                    }
                    quoted(bytes, &mut self.out);
                }
                Form::JsonLines => self.json(bytes),
            }
        }
        if self.value.left == 0 {
            let column = self.columns.get(self.at.saturating_sub(1));
            self.end(column.map_or(Nature::Text, |column| column.nature));
        }
    }

    fn end(&mut self, nature: Nature) {
        let Some(held) = self.value.held.take() else {
            if self.form == Form::JsonLines && !self.value.half.is_empty() {
                self.out.extend_from_slice("\u{fffd}".as_bytes());
            }
            self.out.push(b'"');
            return;
        };
        let text = String::from_utf8_lossy(&held);
        match (self.form, nature) {
            (Form::Csv, _) if held.is_empty() => self.out.extend_from_slice(b"\"\""),
            (Form::Csv, _) => {
                if let Ok(text) = std::str::from_utf8(&held) {
                    let cell = crate::routes::export::csv_cell(text);
                    self.out.extend_from_slice(cell.as_bytes());
                } else {
                    self.out.push(b'"');
                    quoted(&held, &mut self.out);
                    self.out.push(b'"');
                }
            }
            (Form::JsonLines, Nature::Whole) if text.parse::<i64>().is_ok() => {
                self.out.extend_from_slice(&held);
            }
            (Form::JsonLines, Nature::Truth) if matches!(&*text, "t" | "f" | "true" | "false") => {
                let truth: &[u8] = if text.starts_with('t') { b"true" } else { b"false" };
                self.out.extend_from_slice(truth);
            }
            (Form::JsonLines, _) => {
                let text = serde_json::Value::from(text.into_owned()).to_string();
                self.out.extend_from_slice(text.as_bytes());
            }
        }
    }

    /// Writes a part of a text, which may end within a character.
    fn json(&mut self, bytes: &[u8]) {
        let mut all = std::mem::take(&mut self.value.half);
        all.extend_from_slice(bytes);
        for chunk in all.utf8_chunks() {
            let text = serde_json::Value::from(chunk.valid()).to_string();
            let inner = text.get(1..text.len().saturating_sub(1)).unwrap_or_default();
            self.out.extend_from_slice(inner.as_bytes());
            let bad = chunk.invalid();
            let at_the_end = all.ends_with(bad)
                && std::str::from_utf8(bad).is_err_and(|error| error.error_len().is_none());
            if at_the_end {
                bad.clone_into(&mut self.value.half);
            } else if !bad.is_empty() {
                self.out.extend_from_slice("\u{fffd}".as_bytes());
            }
        }
    }
}

/// Gives the keys of a row's object, as JSON; a name that comes again gets a number.
fn keys(columns: &[Column]) -> Vec<String> {
    let mut names: Vec<String> = Vec::with_capacity(columns.len());
    for column in columns {
        let mut name = column.name.clone();
        let mut number = 1;
        while names.contains(&name) {
            number += 1;
            name = format!("{}_{number}", column.name);
        }
        names.push(name);
    }
    names
        .into_iter()
        .map(|name| serde_json::Value::from(name).to_string())
        .collect()
}

fn formula(bytes: &[u8]) -> bool {
    matches!(bytes.first(), Some(b'=' | b'+' | b'-' | b'@' | b'\t' | b'\r'))
}

fn quoted(bytes: &[u8], out: &mut Vec<u8>) {
    for byte in bytes {
        if *byte == b'"' {
            out.push(b'"');
        }
        out.push(*byte);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(name: &str, nature: Nature) -> Column {
        Column {
            name: name.to_owned(),
            kind: String::new(),
            nature,
        }
    }

    fn written(form: Form, rows: &[&[Option<&[u8]>]], at_once: usize) -> String {
        let mut writer = Writer::new(form);
        writer.take(Piece::Columns(vec![
            column("n", Nature::Whole),
            column("t", Nature::Text),
            column("t", Nature::Text),
        ]));
        for row in rows {
            writer.take(Piece::Row);
            for value in *row {
                writer.take(Piece::Value(value.map(|value| value.len() as u64)));
                for piece in value.unwrap_or_default().chunks(at_once) {
                    writer.take(Piece::Bytes(piece));
                }
            }
            writer.take(Piece::RowEnd);
        }
        String::from_utf8(writer.written()).unwrap()
    }

    #[test]
    fn a_table_is_written_the_same_however_it_comes() {
        let long = "é\"x,".repeat(50);
        let rows: [&[Option<&[u8]>]; 2] = [
            &[Some(b"7"), None, Some(b"")],
            &[Some(b"-1"), Some(b"=1+1"), Some(long.as_bytes())],
        ];
        for at_once in [1, 2, 3, 7, 1000] {
            let csv = written(Form::Csv, &rows, at_once);
            let doubled = long.replace('"', "\"\"");
            assert_eq!(
                csv,
                format!("n,t,t\r\n7,,\"\"\r\n-1,\"'=1+1\",\"{doubled}\"\r\n"),
                "{at_once}"
            );
            let json = written(Form::JsonLines, &rows, at_once);
            let lines: Vec<serde_json::Value> = json
                .lines()
                .map(|line| serde_json::from_str(line).unwrap())
                .collect();
            assert_eq!(lines[0], serde_json::json!({ "n": 7, "t": null, "t_2": "" }));
            assert_eq!(lines[1], serde_json::json!({ "n": -1, "t": "=1+1", "t_2": long }));
        }
    }

    #[test]
    fn what_is_no_text_does_not_break_the_line() {
        let bad = [&[b'a', 0xff, b'b'][..], &[b'x'; 100], &[0xc3]].concat();
        let json = written(Form::JsonLines, &[&[None, Some(&bad), None]], 3);
        let line: serde_json::Value = serde_json::from_str(json.trim()).unwrap();
        assert_eq!(line["t"], format!("a\u{fffd}b{}\u{fffd}", "x".repeat(100)));
    }
}
