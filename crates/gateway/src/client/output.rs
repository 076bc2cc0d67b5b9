//! How answers are written: tables for people, everything else for programs.

use std::io::Write;

use clap::ValueEnum;
use serde_json::Value;

use super::Failure;

/// The forms of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Columns for people
    #[value(alias = "text", alias = "pty")]
    Table,
    /// More columns for people
    Wide,
    /// The whole answer as JSON
    Json,
    /// One JSON object a line
    Jsonl,
    /// YAML
    Yaml,
    /// Comma-separated values
    Csv,
    /// Names only, one a line
    Id,
}

/// Rows of an answer, with the columns that people see.
pub(crate) struct Table<'a> {
    /// The rows.
    pub(crate) rows: &'a [Value],
    /// Column titles and where each value is, as a path of keys.
    pub(crate) columns: Vec<(&'a str, &'a str)>,
    /// Where the name of a row is.
    pub(crate) id: &'static str,
    /// What a list of rows is called in JSON.
    pub(crate) name: &'static str,
}

/// Writes to standard output; a closed pipe ends quietly.
pub(crate) fn write_out(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => std::process::exit(0),
        written => Ok(written?),
    }
}

/// Finds a value by a path such as `user.name`.
pub(crate) fn at<'a>(value: &'a Value, path: &str) -> &'a Value {
    path.split('.')
        .try_fold(value, |value, key| value.get(key))
        .unwrap_or(&Value::Null)
}

/// Writes a value as a cell.
pub(crate) fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(cell).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

impl Table<'_> {
    /// Writes the rows. `whole` is the answer that they come from.
    pub(crate) fn write(
        &self,
        format: Format,
        whole: &Value,
        shown: impl Fn(&str, &Value) -> String,
    ) -> Result<(), Failure> {
        match format {
            Format::Json => write_out(&format!("{whole:#}\n")),
            Format::Yaml => write_out(&yaml(whole)?),
            Format::Jsonl => self
                .rows
                .iter()
                .try_for_each(|row| write_out(&format!("{row}\n"))),
            Format::Id => self
                .rows
                .iter()
                .try_for_each(|row| write_out(&format!("{}\n", cell(at(row, self.id))))),
            Format::Csv => self.csv(),
            Format::Table | Format::Wide => self.table(shown),
        }
    }

    fn csv(&self) -> Result<(), Failure> {
        let titles = self.columns.iter();
        let mut lines = vec![
            titles
                .map(|(title, _)| title.to_lowercase().replace(' ', "_"))
                .collect(),
        ];
        for row in self.rows {
            lines.push(self.columns.iter().map(|(_, path)| cell(at(row, path))).collect());
        }
        write_csv(lines)
    }

    fn table(&self, shown: impl Fn(&str, &Value) -> String) -> Result<(), Failure> {
        if self.rows.is_empty() {
            eprintln!("No {} found", self.name);
            return Ok(());
        }
        let mut table = comfy_table::Table::new();
        table.load_style(comfy_table::presets::NOTHING);
        table.set_content_arrangement(comfy_table::ContentArrangement::Disabled);
        table.set_header(self.columns.iter().map(|(title, _)| *title));
        for row in self.rows {
            table.add_row(self.columns.iter().map(|(_, path)| shown(path, at(row, path))));
        }
        for column in table.column_iter_mut() {
            column.set_padding((0, 2));
        }
        let text: Vec<_> = table.lines().map(|line| line.trim_end().to_owned()).collect();
        write_out(&format!("{}\n", text.join("\n")))
    }
}

/// Writes lines of cells as comma-separated values (RFC 4180).
pub(crate) fn write_csv(lines: Vec<Vec<String>>) -> Result<(), Failure> {
    let mut out = String::new();
    for line in lines {
        let quoted = line.iter().map(|text| {
            if text.contains(['"', ',', '\n', '\r']) {
                format!("\"{}\"", text.replace('"', "\"\""))
            } else {
                text.clone()
            }
        });
        out.push_str(&quoted.collect::<Vec<_>>().join(","));
        out.push_str("\r\n");
    }
    write_out(&out)
}

/// Writes a value as YAML.
pub(crate) fn yaml(value: &Value) -> Result<String, Failure> {
    serde_saphyr::to_string(value).map_err(|error| Failure::new(super::Exit::Error, error.to_string()))
}

/// Writes one object: as fields for people, whole for programs.
pub(crate) fn write_one(format: Format, value: &Value, fields: &[(&str, String)]) -> Result<(), Failure> {
    match format {
        Format::Json => write_out(&format!("{value:#}\n")),
        Format::Jsonl => write_out(&format!("{value}\n")),
        Format::Yaml => write_out(&yaml(value)?),
        Format::Id => write_out(&format!("{}\n", cell(at(value, "id")))),
        Format::Csv | Format::Table | Format::Wide => {
            let width = fields.iter().map(|(title, _)| title.len()).max().unwrap_or(0);
            let lines = fields.iter().filter(|(_, text)| !text.is_empty());
            let lines: Vec<_> = lines
                .map(|(title, text)| format!("{title:<width$}  {text}"))
                .collect();
            write_out(&format!("{}\n", lines.join("\n")))
        }
    }
}

/// Writes a time of the API in local time, or in UTC.
pub(crate) fn local_time(value: &Value, utc: bool) -> String {
    let Some(at) = value
        .as_str()
        .and_then(|text| text.parse::<jiff::Timestamp>().ok())
    else {
        return String::new();
    };
    let zone = if utc {
        jiff::tz::TimeZone::UTC
    } else {
        jiff::tz::TimeZone::system()
    };
    at.to_zoned(zone).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// Writes a length of milliseconds for people.
pub(crate) fn span(ms: i64) -> String {
    if (1..1000).contains(&ms) {
        return format!("{ms}ms");
    }
    let secs = ms / 1000;
    match (secs / 3600, secs / 60 % 60, secs % 60) {
        (0, 0, secs) => format!("{secs}s"),
        (0, mins, secs) => format!("{mins}m{secs:02}s"),
        (hours, mins, secs) => format!("{hours}h{mins:02}m{secs:02}s"),
    }
}

/// Writes a number of bytes for people.
pub(crate) fn bytes(count: i64) -> String {
    let mut value = count as f64;
    for unit in ["B", "KiB", "MiB", "GiB"] {
        if value < 1024.0 {
            return if unit == "B" {
                format!("{count} B")
            } else {
                format!("{value:.1} {unit}")
            };
        }
        value /= 1024.0;
    }
    format!("{value:.1} TiB")
}
