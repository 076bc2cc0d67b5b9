//! `doorward sessions play`: the recording of a session on this terminal.

use std::{
    io::{IsTerminal, Write},
    time::Duration,
};

use clap::{Args, ValueEnum};
use futures_util::{Stream, StreamExt};
use reqwest::Method;
use serde::Deserialize;

use super::show::Which;
use crate::client::{ClientArgs, Exit, Failure};

/// Plays a recording on this terminal; in a pipe it writes text
#[derive(Debug, Args)]
pub(crate) struct Play {
    #[command(flatten)]
    which: Which,
    /// Where to begin, such as 1m23s
    #[arg(long)]
    at: Option<String>,
    /// How fast
    #[arg(long, default_value = "1", value_parser = speed)]
    speed: f64,
    /// Shorten pauses to this, such as 2s
    #[arg(long, alias = "skip-idle-time", num_args = 0..=1, default_missing_value = "2s")]
    skip_idle: Option<String>,
    /// What to write
    #[arg(long, value_enum)]
    format: Option<PlayFormat>,
}

/// The forms of a replay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum PlayFormat {
    /// On the terminal, in time
    Pty,
    /// Everything at once
    Text,
    /// The events as JSON, one a line
    Json,
    /// An asciicast file
    Asciicast,
}

fn speed(text: &str) -> Result<f64, String> {
    let speed: f64 = text
        .trim_end_matches('x')
        .parse()
        .map_err(|_| format!("`{text}` is not a number"))?;
    if (0.1..=100.0).contains(&speed) {
        Ok(speed)
    } else {
        Err("0.1 to 100".to_owned())
    }
}

/// A line of the stream.
#[derive(Debug, Deserialize)]
pub(super) struct Line {
    t_ms: u64,
    pub(super) code: String,
    pub(super) data: String,
}

impl Play {
    pub(crate) async fn run(self, client: &ClientArgs) -> Result<u8, Failure> {
        let terminal = std::io::stdout().is_terminal();
        let format = self.format.unwrap_or(if terminal {
            PlayFormat::Pty
        } else {
            PlayFormat::Text
        });
        if format == PlayFormat::Asciicast {
            let query = [("as".to_owned(), "asciicast".to_owned())];
            let path = format!("{}/export", self.which.path());
            let text = client
                .send(Method::GET, &path, &query, None)
                .await?
                .text()
                .await?;
            write(&text)?;
            return Ok(0);
        }
        let since = offset(self.at.as_deref())?;
        let idle = match &self.skip_idle {
            Some(text) => Some(offset(Some(text))?),
            None => None,
        };
        let query = [("follow".to_owned(), "false".to_owned())];
        let path = format!("{}/stream", self.which.path());
        let response = client.send(Method::GET, &path, &query, None).await?;
        let mut lines = std::pin::pin!(lines(response));
        let mut last = None;
        while let Some(line) = lines.next().await {
            let (raw, line) = line?;
            match format {
                PlayFormat::Json => write(&format!("{raw}\n"))?,
                PlayFormat::Text if line.code == "o" => write(&line.data)?,
                PlayFormat::Pty if line.code == "o" => {
                    // What comes before the asked moment draws the screen as it was then, at once.
                    let from = last.unwrap_or(line.t_ms).max(since);
                    let pause = line.t_ms.saturating_sub(from);
                    let pause = idle.map_or(pause, |most| pause.min(most));
                    tokio::time::sleep(Duration::from_millis(pause).div_f64(self.speed)).await;
                    last = Some(line.t_ms);
                    write(&line.data)?;
                }
                _ => {}
            }
        }
        Ok(0)
    }
}

/// Reads a moment in milliseconds.
pub(super) fn offset(text: Option<&str>) -> Result<u64, Failure> {
    let Some(text) = text else { return Ok(0) };
    if let Some(ms) = text.strip_suffix("ms").and_then(|ms| ms.parse().ok()) {
        return Ok(ms);
    }
    let span = api::query::parse_span(text)
        .ok_or_else(|| Failure::new(Exit::Usage, format!("`{text}` is not a moment such as 1m23s")))?;
    Ok(u64::try_from(span.millis()).unwrap_or(0))
}

/// Writes to the terminal at once; a closed pipe ends quietly.
pub(super) fn write(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => std::process::exit(0),
        written => Ok(written?),
    }
}

/// Cuts a stream into its lines of JSON.
pub(super) fn lines(response: reqwest::Response) -> impl Stream<Item = Result<(String, Line), Failure>> {
    let state = (response.bytes_stream(), Vec::<u8>::new(), false);
    futures_util::stream::unfold(state, |(mut bytes, mut held, mut over)| async move {
        loop {
            if let Some(end) = held.iter().position(|byte| *byte == b'\n') {
                let rest = held.split_off(end + 1);
                let line = std::mem::replace(&mut held, rest);
                let text = String::from_utf8_lossy(&line).trim_end().to_owned();
                let parsed = serde_json::from_str(&text).map(|line| (text, line));
                let parsed =
                    parsed.map_err(|error| Failure::new(Exit::Error, format!("not an answer: {error}")));
                return Some((parsed, (bytes, held, over)));
            }
            if over {
                return None;
            }
            match bytes.next().await {
                Some(Ok(more)) => held.extend_from_slice(&more),
                Some(Err(error)) => return Some((Err(error.into()), (bytes, Vec::new(), true))),
                None => over = true,
            }
        }
    })
}
