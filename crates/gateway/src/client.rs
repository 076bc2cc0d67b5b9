//! The command line's side of the API: one place for addresses, tokens, errors and exit codes.

mod kept;
mod output;

use std::{io::IsTerminal, process::ExitCode};

use clap::Args;
use reqwest::{Method, RequestBuilder, Response, StatusCode, Upgraded, header};
use serde_json::Value;
use tokio_tungstenite::tungstenite::handshake::{client::generate_key, derive_accept_key};

pub(crate) use kept::{Kept, Logins, SshFiles, replace};
pub(crate) use output::{
    Format, Table, at, bytes, cell, local_time, span, write_csv, write_one, write_out, yaml,
};

/// How the gateway is reached, and how answers are written. Valid with every command.
#[derive(Debug, Clone, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(crate) struct ClientArgs {
    /// Address of the gateway's API [default: that of the last `doorward login`, else `http://127.0.0.1:8443`]
    #[arg(
        long,
        env = "DOORWARD_ADDR",
        global = true,
        value_name = "URL",
        help_heading = "Client options"
    )]
    addr: Option<String>,
    /// API token [default: that of `doorward login`]
    #[arg(
        long,
        env = "DOORWARD_TOKEN",
        hide_env_values = true,
        global = true,
        value_name = "TOKEN",
        help_heading = "Client options"
    )]
    pub(crate) token: Option<String>,
    /// File with the key of a service account, which each command exchanges for a short token
    #[arg(
        long,
        env = "DOORWARD_KEY_FILE",
        global = true,
        value_name = "FILE",
        help_heading = "Client options"
    )]
    key_file: Option<std::path::PathBuf>,
    /// How to write answers
    #[arg(
        long,
        short = 'o',
        env = "DOORWARD_FORMAT",
        global = true,
        help_heading = "Client options"
    )]
    pub(crate) output: Option<Format>,
    /// Write answers as JSON (the same as -o json)
    #[arg(
        long,
        global = true,
        conflicts_with = "output",
        help_heading = "Client options"
    )]
    pub(crate) json: bool,
    /// Write nothing but the answer
    #[arg(long, short, global = true, help_heading = "Client options")]
    pub(crate) quiet: bool,
    /// Ask nothing before something is ended or deleted
    #[arg(long, short, global = true, help_heading = "Client options")]
    pub(crate) yes: bool,
    /// Write times in UTC
    #[arg(long, global = true, help_heading = "Client options")]
    pub(crate) utc: bool,
    /// Write without colours
    #[arg(long, global = true, help_heading = "Client options")]
    pub(crate) no_color: bool,
}

/// The exit codes of the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    Error = 1,
    Usage = 2,
    NotSignedIn = 3,
    Forbidden = 4,
    NotFound = 5,
    Conflict = 6,
    Denied = 7,
    Partial = 8,
    NotVerified = 9,
    Network = 10,
}

/// Why a command failed.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: Exit,
    text: String,
    hint: String,
    problem: Option<Value>,
}

impl Failure {
    /// Makes a failure.
    pub(crate) fn new(exit: Exit, text: impl Into<String>) -> Self {
        Self {
            exit,
            text: text.into(),
            hint: String::new(),
            problem: None,
        }
    }

    /// Takes a failure of this very machine.
    pub(crate) fn local(error: &anyhow::Error) -> Self {
        Self::new(Exit::Error, format!("{error:#}"))
    }

    /// Adds what can be done.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    /// Ends the program with another exit code.
    pub(crate) fn exiting(self, exit: Exit) -> Self {
        Self { exit, ..self }
    }

    /// Gives the gateway's word for what went wrong; empty where it said none.
    pub(crate) fn code(&self) -> &str {
        let code = self
            .problem
            .as_ref()
            .and_then(|problem| problem.get("code")?.as_str());
        code.unwrap_or_default()
    }

    /// Tells whether the gateway could not be reached.
    pub(crate) fn is_of_network(&self) -> bool {
        self.exit == Exit::Network
    }

    /// Writes the failure to standard error; gives the exit code.
    pub(crate) fn tell(self, json: bool) -> ExitCode {
        if json {
            let problem = self
                .problem
                .unwrap_or_else(|| serde_json::json!({ "detail": self.text, "hint": self.hint }));
            eprintln!("{problem}");
        } else {
            eprintln!("doorward: {}", self.text);
            if !self.hint.is_empty() && std::io::stderr().is_terminal() {
                eprintln!("  {}", self.hint);
            }
        }
        ExitCode::from(self.exit as u8)
    }

    fn of_problem(status: StatusCode, problem: Option<Value>) -> Self {
        let text = |key: &str| {
            let value = problem.as_ref().and_then(|problem| problem.get(key)?.as_str());
            value.unwrap_or_default().to_owned()
        };
        let exit = match status {
            StatusCode::UNAUTHORIZED => Exit::NotSignedIn,
            StatusCode::FORBIDDEN => Exit::Forbidden,
            StatusCode::NOT_FOUND => Exit::NotFound,
            StatusCode::CONFLICT | StatusCode::PRECONDITION_FAILED | StatusCode::LOCKED => Exit::Conflict,
            StatusCode::UNPROCESSABLE_ENTITY | StatusCode::BAD_REQUEST => Exit::Usage,
            _ => Exit::Error,
        };
        let detail = text("detail");
        let detail = if detail.is_empty() {
            format!("the gateway answered {status}")
        } else {
            detail
        };
        let hint = match exit {
            Exit::NotSignedIn => {
                "run `doorward login`, or set DOORWARD_TOKEN to a token of the console's page of tokens"
                    .to_owned()
            }
            _ => text("hint"),
        };
        Self {
            exit,
            text: detail,
            hint,
            problem,
        }
    }
}

impl From<reqwest::Error> for Failure {
    fn from(error: reqwest::Error) -> Self {
        let mut text = error.to_string();
        let mut cause = std::error::Error::source(&error);
        while let Some(deeper) = cause {
            text = format!("{text}: {deeper}");
            cause = deeper.source();
        }
        Self::new(Exit::Network, text).hint("is DOORWARD_ADDR right, and the gateway up?")
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::new(Exit::Error, error.to_string())
    }
}

/// Where the gateway is when nobody says so.
const NEAR: &str = "http://127.0.0.1:8443";

impl ClientArgs {
    /// Takes over what `doorward login` has kept, where options and environment say nothing.
    pub(crate) async fn with_login(mut self) -> Result<Self, Failure> {
        if let Some(file) = self.key_file.clone().filter(|_| self.token.is_none()) {
            let text = std::fs::read_to_string(&file)
                .map_err(|error| Failure::new(Exit::Error, format!("{}: {error}", file.display())))?;
            let wish = serde_json::json!({ "key": text.trim() });
            let made = self.post("/v1/login/service", &[], &wish).await?;
            return Ok(self.with_token(&cell(at(&made, "access_token"))));
        }
        if self.addr.is_some() && self.token.is_some() {
            return Ok(self);
        }
        let Logins { current, logins } = Logins::read()?;
        if self.addr.is_none() && !current.is_empty() {
            self.addr = Some(current);
        }
        self.addr = self.addr.map(|addr| addr.trim_end_matches('/').to_owned());
        if self.token.is_none() {
            let kept = logins.get(self.address()).filter(|kept| kept.is_good());
            self.token = kept.map(|kept| kept.token.clone());
        }
        Ok(self)
    }

    /// Gives the gateway's address.
    pub(crate) fn address(&self) -> &str {
        self.addr.as_deref().unwrap_or(NEAR)
    }

    /// Speaks to another address, where one is given.
    pub(crate) fn towards(&self, addr: Option<&str>) -> Self {
        let addr = addr.map(|addr| addr.trim_end_matches('/').to_owned());
        Self {
            addr: addr.or_else(|| self.addr.clone()),
            ..self.clone()
        }
    }

    /// Speaks as somebody.
    pub(crate) fn with_token(&self, token: &str) -> Self {
        Self {
            token: Some(token.to_owned()),
            ..self.clone()
        }
    }

    /// Speaks as nobody.
    pub(crate) fn without_token(&self) -> Self {
        Self {
            token: None,
            ..self.clone()
        }
    }

    /// Tells whether answers and errors are JSON.
    pub(crate) fn wants_json(&self) -> bool {
        matches!(self.format(), Format::Json | Format::Jsonl)
    }

    /// Gives the form of answers.
    pub(crate) fn format(&self) -> Format {
        if self.json {
            Format::Json
        } else {
            self.output.unwrap_or(Format::Table)
        }
    }

    /// Tells whether output may be coloured.
    pub(crate) fn colours(&self) -> bool {
        !self.no_color && std::env::var_os("NO_COLOR").is_none() && std::io::stdout().is_terminal()
    }

    /// Writes a remark for people.
    pub(crate) fn remark(&self, text: &str) {
        if !self.quiet {
            eprintln!("{text}");
        }
    }

    /// Writes a hint, where somebody may read it.
    pub(crate) fn hint(&self, text: &str) {
        if !self.quiet && std::io::stderr().is_terminal() {
            eprintln!("{text}");
        }
    }

    /// Asks before something that cannot be taken back; without a terminal nobody is asked.
    pub(crate) fn confirm(&self, question: &str) -> Result<(), Failure> {
        if self.yes || !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
            return Ok(());
        }
        eprint!("{question} [y/N] ");
        let mut line = String::new();
        std::io::stdin().read_line(&mut line)?;
        if matches!(line.trim(), "y" | "Y" | "yes") {
            Ok(())
        } else {
            Err(Failure::new(Exit::Error, "nothing was done"))
        }
    }

    /// Gives the address of a path.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address().trim_end_matches('/'))
    }

    /// Sends a request; anything but success is a failure.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        query: &[(String, String)],
        body: Option<&Value>,
    ) -> Result<Response, Failure> {
        self.send_if(method, path, query, body, None).await
    }

    /// Sends a request that holds only for this version of what it changes.
    pub(crate) async fn send_if(
        &self,
        method: Method,
        path: &str,
        query: &[(String, String)],
        body: Option<&Value>,
        version: Option<i64>,
    ) -> Result<Response, Failure> {
        let mut request = self.request(method, path)?.query(query);
        if let Some(version) = version {
            request = request.header(header::IF_MATCH, format!("\"{version}\""));
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        Err(Failure::of_problem(status, response.json().await.ok()))
    }

    /// Opens a websocket (RFC 6455 §4.1) as any other request is sent, so that the same certificates are trusted and a refusal has the
    /// same words.
    pub(crate) async fn upgraded(&self, path: &str) -> Result<Upgraded, Failure> {
        let key = generate_key();
        let request = self
            .request(Method::GET, path)?
            .headers(header::HeaderMap::from_iter([
                (header::CONNECTION, header::HeaderValue::from_static("Upgrade")),
                (header::UPGRADE, header::HeaderValue::from_static("websocket")),
                (
                    header::SEC_WEBSOCKET_VERSION,
                    header::HeaderValue::from_static("13"),
                ),
            ]));
        let response = request.header(header::SEC_WEBSOCKET_KEY, &key).send().await?;
        let status = response.status();
        let accept = response.headers().get(header::SEC_WEBSOCKET_ACCEPT);
        match status {
            StatusCode::SWITCHING_PROTOCOLS
                if accept.is_some_and(|it| *it == derive_accept_key(key.as_bytes())) =>
            {
                Ok(response.upgrade().await?)
            }
            StatusCode::SWITCHING_PROTOCOLS => Err(Failure::new(
                Exit::Network,
                "what answers does not speak websocket",
            )),
            _ => Err(Failure::of_problem(status, response.json().await.ok())),
        }
    }

    fn request(&self, method: Method, path: &str) -> Result<RequestBuilder, Failure> {
        let client = reqwest::Client::builder()
            .connect_timeout(std::time::Duration::from_secs(10))
            .build()?;
        let request = client.request(method, self.url(path));
        Ok(match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        })
    }

    /// Reads JSON from a path.
    pub(crate) async fn get(&self, path: &str, query: &[(String, String)]) -> Result<Value, Failure> {
        Ok(self.send(Method::GET, path, query, None).await?.json().await?)
    }

    /// Sends JSON to a path and reads what comes back.
    pub(crate) async fn post(
        &self,
        path: &str,
        query: &[(String, String)],
        body: &Value,
    ) -> Result<Value, Failure> {
        Ok(self
            .send(Method::POST, path, query, Some(body))
            .await?
            .json()
            .await?)
    }
}

/// Escapes a name for a path.
pub(crate) fn segment(text: &str) -> String {
    use std::fmt::Write as _;
    text.bytes().fold(String::new(), |mut path, byte| {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            path.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _infallible = write!(path, "%{byte:02X}");
        }
        path
    })
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}
