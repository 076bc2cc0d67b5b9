//! The gateway's own log: lines of text for people, or JSON for collectors.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

/// Starts the log on standard error. `DOORWARD_LOG` filters it (such as `info,engine=debug`), `DOORWARD_LOG_FORMAT=json` makes it JSON.
pub(crate) fn start(default: &str) {
    let filter = EnvFilter::try_from_env("DOORWARD_LOG").unwrap_or_else(|_| EnvFilter::new(default));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    if std::env::var("DOORWARD_LOG_FORMAT").is_ok_and(|format| format == "json") {
        log.json().init();
    } else {
        log.with_ansi(std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none())
            .init();
    }
}
