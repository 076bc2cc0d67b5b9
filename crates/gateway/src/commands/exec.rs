//! `doorward exec`: one command or statement on a resource, as a session of its own, for scripts.

use std::os::unix::process::CommandExt as _;

use clap::Args;
use reqwest::{Method, Response};
use serde_json::{Map, Value, json};

use crate::client::{ClientArgs, Exit, Failure, Format, at, cell, segment, write_csv, write_out, yaml};

/// What ends with this failed here, and not on the resource; as with ssh.
const OWN_FAILURE: u8 = 255;

/// Runs one command or statement on a resource, and ends as it does
///
/// On a host the machine's own ssh runs it: standard input is passed on, both outputs come as they are, and the exit status is the
/// command's. On a database the result is written as -o says; a statement that fails ends with 1, and what the server says is on
/// standard error. What fails before that ends with 255.
#[derive(Debug, Args)]
pub(crate) struct Exec {
    /// The resource
    resource: String,
    /// The account; the rule's first one unless told
    #[arg(long, value_name = "NAME")]
    account: Option<String>,
    /// The database; the resource's own default unless told
    #[arg(long, value_name = "NAME")]
    database: Option<String>,
    /// The command or the statement
    #[arg(required = true, last = true, value_name = "WORDS")]
    words: Vec<String>,
}

impl Exec {
    pub(crate) async fn run(self, client: &ClientArgs) -> Result<u8, Failure> {
        let ran = self.on_resource(client).await;
        ran.or_else(|failure| {
            let _told = failure.tell(client.wants_json());
            Ok(OWN_FAILURE)
        })
    }

    async fn on_resource(&self, client: &ClientArgs) -> Result<u8, Failure> {
        let reach = client.get("/v1/connect", &[]).await?;
        let none = Vec::new();
        let resources = at(&reach, "resources").as_array().unwrap_or(&none);
        let resource = resources
            .iter()
            .find(|one| cell(at(one, "name")) == self.resource);
        let Some(resource) = resource else {
            let why = format!("no resource `{}` that you may use", self.resource);
            return Err(Failure::new(Exit::NotFound, why));
        };
        match cell(at(resource, "medium")).as_str() {
            "terminal" => Err(self.by_ssh(client)),
            "statements" if cell(at(resource, "type")) == "redis" => {
                let of = &self.resource;
                let why = format!(
                    "`{of}` takes no single commands; `doorward connect {of}` carries its own clients"
                );
                Err(Failure::new(Exit::Usage, why))
            }
            "statements" => self.by_console(client).await,
            _ => {
                let why = format!("`{}` takes neither commands nor statements", self.resource);
                Err(Failure::new(Exit::Usage, why))
            }
        }
    }

    /// Becomes the machine's own ssh; returns only when that fails.
    fn by_ssh(&self, client: &ClientArgs) -> Failure {
        let own = match std::env::current_exe() {
            Ok(own) => own,
            Err(error) => return error.into(),
        };
        let quoted = |text: &str| format!("'{}'", text.replace('\'', "'\\''"));
        // `%` begins a token of ssh's.
        let tunnel = format!(
            "{} -q connect {}",
            quoted(&own.display().to_string()),
            quoted(&self.resource)
        )
        .replace('%', "%%");
        let mut command = std::process::Command::new("ssh");
        command
            .env("DOORWARD_ADDR", client.address())
            .arg("-oProxyCommand=".to_owned() + &tunnel)
            // The tunnel ends in the gateway, which the command line has signed in to: there is nobody else to be told apart.
            .args([
                "-oStrictHostKeyChecking=no",
                "-oUserKnownHostsFile=/dev/null",
                "-oLogLevel=ERROR",
            ])
            .args([
                "-oControlPath=none",
                "-oPreferredAuthentications=none,password,keyboard-interactive",
                "-T",
            ]);
        if let Some(token) = &client.token {
            command.env("DOORWARD_TOKEN", token);
        }
        if let Some(account) = &self.account {
            command.args(["-l", account]);
        }
        command.arg("--").arg(&self.resource).args(&self.words);
        // Takes this process's place, so that signals and the exit status are ssh's own.
        let error = command.exec();
        Failure::new(Exit::Error, format!("cannot run ssh: {error}")).hint("install OpenSSH's client")
    }

    /// Runs statements through the gateway's own client.
    async fn by_console(&self, client: &ClientArgs) -> Result<u8, Failure> {
        let wish = json!({
            "resource": self.resource, "account": self.account, "database": self.database, "exec": true,
        });
        let opened = client.post("/v1/portal/sql", &[], &wish).await?;
        let session = cell(at(&opened, "session"));
        let path = format!("/v1/portal/sql/{}", segment(&session));
        let ran = self.statements(client, &session, &path).await;
        // It ends by itself when this does not come through.
        let _closed = client.send(Method::DELETE, &path, &[], None).await;
        ran
    }

    async fn statements(&self, client: &ClientArgs, session: &str, path: &str) -> Result<u8, Failure> {
        let text = json!({ "text": self.words.join(" ") });
        let run = format!("{path}/run");
        let mut says = Lines::of(client.send(Method::POST, &run, &[], Some(&text)).await?);
        let mut ended = false;
        while let Some(said) = says.next().await? {
            match cell(at(&said, "type")).as_str() {
                "result" => {
                    if !at(&said, "error").is_null() {
                        tell_error(client, at(&said, "error"));
                        return Ok(1);
                    }
                    self.result(client, session, path, said).await?;
                }
                "end" => {
                    ended = true;
                    let why = cell(at(&said, "ended"));
                    if !why.is_empty() {
                        return Err(Failure::new(Exit::Error, why));
                    }
                }
                _ => {}
            }
        }
        if ended {
            Ok(0)
        } else {
            Err(Failure::new(Exit::Network, "the answer broke off"))
        }
    }

    /// Writes a result, page by page.
    async fn result(
        &self,
        client: &ClientArgs,
        session: &str,
        path: &str,
        part: Value,
    ) -> Result<(), Failure> {
        for notice in at(&part, "notices").as_array().into_iter().flatten() {
            client.remark(&format!(
                "{}: {}",
                cell(at(notice, "severity")),
                cell(at(notice, "message"))
            ));
        }
        let mut sheet = Sheet::new(client.format(), &part);
        let mut part = part;
        loop {
            sheet.take(&part)?;
            if at(&part, "more").as_bool() != Some(true) {
                break;
            }
            part = client.post(&format!("{path}/more"), &[], &json!({})).await?;
            if !at(&part, "error").is_null() {
                tell_error(client, at(&part, "error"));
                break;
            }
        }
        sheet.end(&part)?;
        if sheet.cut > 0 {
            let which = cell(at(&part, "which"));
            eprintln!(
                "doorward: {} long values are cut; `doorward sessions result {session} {which}` has them in full",
                sheet.cut
            );
        }
        if sheet.columns.is_empty() {
            client.remark(&cell(at(&part, "tag")));
        }
        Ok(())
    }
}

/// Writes what a server says about a statement that failed.
fn tell_error(client: &ClientArgs, error: &Value) {
    if client.wants_json() {
        eprintln!("{error}");
        return;
    }
    let code = cell(at(error, "code"));
    eprintln!(
        "{} {code}: {}",
        cell(at(error, "severity")),
        cell(at(error, "message"))
    );
    for more in ["detail", "hint"] {
        let text = cell(at(error, more));
        if !text.is_empty() {
            eprintln!("{}: {text}", more.to_uppercase());
        }
    }
}

/// The documents of an answer, one on each line.
struct Lines {
    response: Response,
    read: Vec<u8>,
}

impl Lines {
    fn of(response: Response) -> Self {
        Self {
            response,
            read: Vec::new(),
        }
    }

    async fn next(&mut self) -> Result<Option<Value>, Failure> {
        loop {
            if let Some(end) = self.read.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.read.drain(..=end).collect();
                // Empty lines mean nothing.
                match serde_json::from_slice(&line) {
                    Ok(said) => return Ok(Some(said)),
                    Err(_) if line.iter().all(u8::is_ascii_whitespace) => continue,
                    Err(error) => return Err(Failure::new(Exit::Error, error.to_string())),
                }
            }
            match self.response.chunk().await? {
                Some(bytes) => self.read.extend_from_slice(&bytes),
                None => return Ok(None),
            }
        }
    }
}

/// A result as it is written.
struct Sheet {
    format: Format,
    columns: Vec<(String, bool)>,
    /// Kept where the form needs all of them at once.
    rows: Vec<Vec<Value>>,
    begun: bool,
    cut: u64,
}

impl Sheet {
    fn new(format: Format, part: &Value) -> Self {
        let columns = at(part, "columns").as_array().into_iter().flatten();
        let columns = columns.map(|column| {
            let nature = cell(at(column, "nature"));
            (
                cell(at(column, "name")),
                matches!(nature.as_str(), "whole" | "number"),
            )
        });
        Self {
            format,
            columns: columns.collect(),
            rows: Vec::new(),
            begun: false,
            cut: 0,
        }
    }

    fn take(&mut self, part: &Value) -> Result<(), Failure> {
        let rows = at(part, "rows").as_array().into_iter().flatten();
        for row in rows {
            let row = row.as_array().into_iter().flatten().zip(&self.columns);
            let row: Vec<Value> = row
                .map(|(value, (_, number))| match value {
                    Value::Object(_) => {
                        self.cut += 1;
                        at(value, "text").clone()
                    }
                    Value::String(text) if *number => serde_json::from_str::<serde_json::Number>(text)
                        .map_or_else(|_| value.clone(), Value::Number),
                    _ => value.clone(),
                })
                .collect();
            self.rows.push(row);
        }
        match self.format {
            Format::Csv => self.write_csv(),
            Format::Jsonl => {
                for row in std::mem::take(&mut self.rows) {
                    write_out(&format!("{}\n", self.object(row)))?;
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn object(&self, row: Vec<Value>) -> Value {
        let names = self.columns.iter().map(|(name, _)| name.clone());
        Value::Object(names.zip(row).collect::<Map<_, _>>())
    }

    fn write_csv(&mut self) -> Result<(), Failure> {
        let mut lines = Vec::new();
        if !std::mem::replace(&mut self.begun, true) && !self.columns.is_empty() {
            lines.push(self.columns.iter().map(|(name, _)| name.clone()).collect());
        }
        for row in std::mem::take(&mut self.rows) {
            lines.push(row.iter().map(cell).collect());
        }
        write_csv(lines)
    }

    fn end(&mut self, last: &Value) -> Result<(), Failure> {
        let rows = std::mem::take(&mut self.rows);
        match self.format {
            Format::Csv | Format::Jsonl => Ok(()),
            Format::Json | Format::Yaml => {
                let rows: Vec<_> = rows.into_iter().map(|row| self.object(row)).collect();
                let whole = json!({ "rows": rows, "tag": at(last, "tag") });
                match self.format {
                    Format::Yaml => write_out(&yaml(&whole)?),
                    _ => write_out(&format!("{whole:#}\n")),
                }
            }
            Format::Id => rows.iter().try_for_each(|row| {
                let first = row.first().map(cell).unwrap_or_default();
                write_out(&format!("{first}\n"))
            }),
            Format::Table | Format::Wide => {
                if self.columns.is_empty() {
                    return Ok(());
                }
                let mut table = comfy_table::Table::new();
                table.load_style(comfy_table::presets::NOTHING);
                table.set_content_arrangement(comfy_table::ContentArrangement::Disabled);
                table.set_header(self.columns.iter().map(|(name, _)| name));
                for row in &rows {
                    table.add_row(row.iter().map(cell));
                }
                for (column, (_, number)) in table.column_iter_mut().zip(&self.columns) {
                    column.set_padding((0, 2));
                    if *number {
                        column.set_cell_alignment(comfy_table::CellAlignment::Right);
                    }
                }
                let lines: Vec<_> = table.lines().map(|line| line.trim_end().to_owned()).collect();
                write_out(&format!("{}\n", lines.join("\n")))
            }
        }
    }
}
