//! The command line, as it is typed.

mod apply;
mod approvals;
mod audit;
mod completion;
mod connect;
mod db;
mod demo;
mod exec;
mod export;
mod factors;
mod keys;
mod login;
mod orders;
mod play;
mod policy;
mod serve;
mod sessions;
mod shares;
mod show;
mod sra;
mod statements;
mod verify;
mod views;
mod watch;

use std::{ffi::OsString, process::ExitCode};

use clap::{Parser, Subcommand};

use crate::client::{ClientArgs, Failure};

/// An access gateway whose heart is the session: authenticated, authorised, recorded, watched, locked, ended, replayed, proven.
#[derive(Debug, Parser)]
#[command(name = "doorward", version, propagate_version = true, max_term_width = 110)]
pub(crate) struct Doorward {
    #[command(flatten)]
    client: ClientArgs,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Serve(Box<serve::Serve>),
    Demo(demo::Demo),
    Login(login::Login),
    Logout(login::Logout),
    /// Sessions: list, show, watch, play, lock, end, export
    #[command(visible_alias = "session", alias = "sess")]
    Sessions {
        #[command(subcommand)]
        command: SessionsCommand,
    },
    /// Saved views: the filters and the order of a list, kept by a name
    #[command(visible_alias = "view")]
    Views {
        #[command(subcommand)]
        command: views::Views,
    },
    /// Approvals: requests that reviewers decide (reviews, access requests)
    #[command(visible_alias = "reviews", aliases = ["approval", "review", "access-requests", "access-request"])]
    Approvals {
        #[command(subcommand)]
        command: approvals::Approvals,
    },
    Request(approvals::Request),
    /// Rules tried: what they say of somebody, and what a draft of them would have said of what was done
    Policy {
        #[command(subcommand)]
        command: policy::Policy,
    },
    Audit(audit::Audit),
    Verify(verify::Verify),
    Apply(apply::Apply),
    Get(apply::Get),
    Delete(apply::Delete),
    Ssh(connect::Ssh),
    SshConfig(login::SshConfig),
    Connect(connect::Connect),
    Exec(exec::Exec),
    /// Clients of databases: a password to sign in with
    Db {
        #[command(subcommand)]
        command: db::Db,
    },
    /// Second factors: what people prove who they are with, beside a password
    Factors {
        #[command(subcommand)]
        command: factors::Factors,
    },
    /// Keys of service accounts: what applications and machines sign in with
    #[command(visible_alias = "key")]
    Keys {
        #[command(subcommand)]
        command: keys::Keys,
    },
    Completion(completion::Completion),
    // For muscle memory, out of the short help.
    #[command(hide = true)]
    Play(play::Play),
    /// Sessions that have a recording, ended ones too
    #[command(hide = true)]
    Recordings {
        #[command(subcommand)]
        command: SessionsCommand,
    },
    #[command(hide = true)]
    ListSraSessions(sra::ListSraSessions),
}

#[derive(Debug, Subcommand)]
enum SessionsCommand {
    #[command(visible_alias = "ls")]
    List(sessions::List),
    #[command(aliases = ["get", "read", "inspect", "describe"])]
    Show(show::Show),
    #[command(alias = "tail")]
    Watch(watch::Watch),
    Play(play::Play),
    #[command(alias = "logs")]
    Events(show::Events),
    Activity(show::Activity),
    Files(show::Files),
    #[command(alias = "end")]
    Cancel(orders::Cancel),
    #[command(alias = "kill")]
    Terminate(orders::Terminate),
    Lock(orders::Lock),
    Unlock(orders::Unlock),
    Extend(orders::Extend),
    Hold(orders::Hold),
    Release(orders::Release),
    #[command(hide = true)]
    Approve(approvals::Approve),
    #[command(hide = true)]
    Deny(approvals::Deny),
    Share(shares::Share),
    Shares(shares::Shares),
    Unshare(shares::Unshare),
    OpenShared(shares::Open),
    Search(show::Search),
    #[command(alias = "download")]
    Export(export::Export),
    Queries(statements::Queries),
    Result(statements::ResultFile),
    Rerun(statements::Rerun),
    Compare(statements::Compare),
    Verify(verify::Verify),
}

/// Takes the words of the command line as fingers trained elsewhere type them: long flags after a single dash, and `--format` for
/// `--output` (but with `play`, which has a form of its own).
pub(crate) fn words(words: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let words: Vec<_> = words.collect();
    let plays = words.iter().take(3).any(|word| word == "play");
    let mut literal = false;
    let translated = words.into_iter().map(|word| {
        literal |= word == "--";
        let Some(text) = word.to_str().filter(|_| !literal) else {
            return word;
        };
        let text = double_dashed(text);
        match text.strip_prefix("--format") {
            Some(rest) if !plays && (rest.is_empty() || rest.starts_with('=')) => {
                format!("--output{rest}").into()
            }
            _ => text.into(),
        }
    });
    translated.collect()
}

/// Gives a flag its second dash, if it is one that others write with a single one.
fn double_dashed(text: &str) -> String {
    let known = ["id", "reason", "format", "limit", "user", "status", "recursive"];
    let name = text.strip_prefix('-').unwrap_or_default();
    let base = name.split('=').next().unwrap_or_default();
    if known.contains(&base) {
        format!("-{text}")
    } else {
        text.to_owned()
    }
}

impl Doorward {
    /// Runs the command; gives the exit code of the whole program.
    pub(crate) fn run(self) -> ExitCode {
        let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => {
                eprintln!("doorward: no runtime: {error}");
                return ExitCode::from(1);
            }
        };
        let json = self.client.wants_json();
        let outcome = runtime.block_on(self.act());
        // Streams of a closed pipe must not keep the program.
        runtime.shutdown_background();
        match outcome {
            Ok(code) => ExitCode::from(code),
            Err(failure) => failure.tell(json),
        }
    }

    async fn act(self) -> Result<u8, Failure> {
        // These speak to no gateway, and need no login.
        match self.command {
            Command::Serve(serve) => serve
                .run()
                .await
                .map(|()| 0)
                .map_err(|error| Failure::local(&error)),
            Command::Demo(demo) => demo
                .run()
                .await
                .map(|()| 0)
                .map_err(|error| Failure::local(&error)),
            Command::Completion(completion) => completion.run(),
            command => command.speak(&self.client.with_login().await?).await,
        }
    }
}

impl Command {
    async fn speak(self, client: &ClientArgs) -> Result<u8, Failure> {
        match self {
            Self::Serve(_) | Self::Demo(_) | Self::Completion(_) => Ok(0),
            Self::Login(login) => login.run(client).await,
            Self::Logout(logout) => logout.run(client).await,
            Self::SshConfig(config) => config.run(client).await,
            Self::Views { command } => command.run(client).await,
            Self::Approvals { command } => command.run(client).await,
            Self::Request(request) => request.run(client).await,
            Self::Policy { command } => command.run(client).await,
            Self::Audit(audit) => audit.run(client).await,
            Self::Verify(verify) => verify.run(client).await,
            Self::Apply(apply) => apply.run(client).await,
            Self::Get(get) => get.run(client).await,
            Self::Delete(delete) => delete.run(client).await,
            Self::Ssh(ssh) => ssh.run(client).await,
            Self::Connect(connect) => connect.run(client).await,
            Self::Exec(exec) => exec.run(client).await,
            Self::Db { command } => command.run(client).await,
            Self::Factors { command } => command.run(client).await,
            Self::Keys { command } => command.run(client).await,
            Self::Play(play) => play.run(client).await,
            Self::ListSraSessions(list) => list.run(client).await,
            Self::Recordings {
                command: SessionsCommand::List(list),
            } => list.of_recordings().run(client).await,
            Self::Sessions { command } | Self::Recordings { command } => command.run(client).await,
        }
    }
}

impl SessionsCommand {
    async fn run(self, client: &ClientArgs) -> Result<u8, Failure> {
        match self {
            Self::List(list) => list.run(client).await,
            Self::Show(show) => show.run(client).await,
            Self::Watch(watch) => watch.run(client).await,
            Self::Play(play) => play.run(client).await,
            Self::Events(events) => events.run(client).await,
            Self::Activity(activity) => activity.run(client).await,
            Self::Files(files) => files.run(client).await,
            Self::Cancel(order) => order.run(client).await,
            Self::Terminate(order) => order.run(client).await,
            Self::Lock(order) => order.run(client).await,
            Self::Unlock(order) => order.run(client).await,
            Self::Extend(order) => order.run(client).await,
            Self::Hold(order) => order.run(client).await,
            Self::Release(order) => order.run(client).await,
            Self::Approve(approve) => approve.run(client).await,
            Self::Deny(deny) => deny.run(client).await,
            Self::Share(share) => share.run(client).await,
            Self::Shares(shares) => shares.run(client).await,
            Self::Unshare(unshare) => unshare.run(client).await,
            Self::OpenShared(open) => open.run(client).await,
            Self::Search(search) => search.run(client).await,
            Self::Export(export) => export.run(client).await,
            Self::Queries(queries) => queries.run(client).await,
            Self::Result(result) => result.run(client).await,
            Self::Rerun(rerun) => rerun.run(client).await,
            Self::Compare(compare) => compare.run(client).await,
            Self::Verify(verify) => verify.run(client).await,
        }
    }
}
