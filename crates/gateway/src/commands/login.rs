//! `doorward login` and `logout`: signing in with a browser, once for all commands, `ssh` and clients of databases.

use std::{path::PathBuf, process::Stdio, time::Duration};

use clap::Args;
use reqwest::Method;
use serde_json::{Value, json};
use ssh_key::LineEnding;

use crate::client::{
    ClientArgs, Exit, Failure, Kept, Logins, SshFiles, at, cell, local_time, write_one, write_out,
};

/// Signs in with a browser, by any of the ways that the gateway has; the commands after it need no token
#[derive(Debug, Args)]
pub(crate) struct Login {
    /// Address of the gateway; the same as --addr
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// How long the login lasts: 30m, 8h …; 12h unless said, 24h at most
    #[arg(long, value_name = "TIME")]
    lasts: Option<String>,
    /// The SSH certificate is good from these networks only
    #[arg(long, value_name = "NETWORK", value_delimiter = ',')]
    ssh_from: Vec<String>,
    /// Makes no SSH certificate
    #[arg(long, conflicts_with_all = ["ssh_from", "agent"])]
    no_ssh: bool,
    /// Also hands the SSH key with its certificate to ssh-agent
    #[arg(long)]
    agent: bool,
}

/// Signs out: the login's token, SSH certificate and passwords for databases stop working
#[derive(Debug, Args)]
pub(crate) struct Logout;

/// Prints the lines of `~/.ssh/config` with which plain `ssh USER:RESOURCE@GATEWAY` uses the login
#[derive(Debug, Args)]
pub(crate) struct SshConfig {
    /// Writes them to a file instead, which ~/.ssh/config can include
    #[arg(long, value_name = "FILE")]
    write: Option<PathBuf>,
}

impl Login {
    pub(crate) async fn run(self, client: &ClientArgs) -> Result<u8, Failure> {
        let asking = client.towards(self.url.as_deref()).without_token();
        warn_of_plain_text(&asking);
        let wish = json!({ "client": format!("doorward on {}", host_name()), "lasts": self.lasts });
        let codes = asking.post("/v1/login/device", &[], &wish).await?;
        eprintln!(
            "Open {}\nand confirm the code {}, which is good for {} minutes.",
            cell(at(&codes, "verification_uri_complete")),
            cell(at(&codes, "user_code")),
            at(&codes, "expires_in").as_u64().unwrap_or_default() / 60
        );
        let answer = wait(&asking, &codes).await?;
        let kept = Kept {
            token: cell(at(&answer, "access_token")),
            user: cell(at(&answer, "user")),
            expires_at: cell(at(&answer, "expires_at")),
        };
        let addr = asking.address().to_owned();
        let mut logins = Logins::read()?;
        logins.current.clone_from(&addr);
        logins.logins.insert(addr.clone(), kept.clone());
        logins.write()?;
        let client = asking.with_token(&kept.token);
        if !self.no_ssh {
            self.certify(&client, &kept).await?;
        }
        let told = json!({ "user": kept.user, "addr": addr, "expires_at": kept.expires_at });
        let until = local_time(at(&told, "expires_at"), client.utc);
        let fields = [("user", kept.user.clone()), ("gateway", addr), ("until", until)];
        write_one(client.format(), &told, &fields)?;
        if !self.no_ssh {
            client.hint("For plain ssh: `doorward ssh-config` prints what belongs into ~/.ssh/config.");
        }
        Ok(0)
    }

    /// Makes a key and has it certified.
    async fn certify(&self, client: &ClientArgs, kept: &Kept) -> Result<(), Failure> {
        let local = |error: &dyn std::fmt::Display| Failure::new(Exit::Error, format!("an SSH key: {error}"));
        let comment = format!("{} by doorward login", kept.user);
        let key = vault::ssh_keys::generate_ed25519(&comment).map_err(|error| local(&error))?;
        let public = key.public_key().to_openssh().map_err(|error| local(&error))?;
        let wish = json!({ "public_key": public, "lasts": self.lasts, "sources": self.ssh_from });
        let made = client.post("/v1/ssh-certificates", &[], &wish).await?;
        let files = SshFiles::of(client.address())?;
        let text = key.to_openssh(LineEnding::LF).map_err(|error| local(&error))?;
        files.write(&text, &cell(at(&made, "certificate")))?;
        if self.agent {
            let ends = domain::Micros::parse_rfc3339(&kept.expires_at).unwrap_or_else(domain::Micros::now);
            let secs = ends.since(domain::Micros::now()).duration().as_secs().max(1);
            let added = std::process::Command::new("ssh-add")
                .args(["-q", "-t", &secs.to_string()])
                .arg(&files.key)
                .status()?;
            if !added.success() {
                let text = "ssh-add did not take the key; the login itself is done";
                return Err(Failure::new(Exit::Error, text));
            }
        }
        Ok(())
    }
}

/// Asks until somebody has decided.
async fn wait(client: &ClientArgs, codes: &Value) -> Result<Value, Failure> {
    let question = json!({ "device_code": at(codes, "device_code") });
    let mut pause = Duration::from_secs(at(codes, "interval").as_u64().unwrap_or(5).max(1));
    loop {
        tokio::time::sleep(pause).await;
        let asked = client.post("/v1/login/device/token", &[], &question).await;
        let failure = match asked {
            Ok(answer) => return Ok(answer),
            Err(failure) => failure,
        };
        match failure.code() {
            "authorization_pending" => {}
            "slow_down" => pause += Duration::from_secs(5),
            "access_denied" => return Err(failure.exiting(Exit::Denied)),
            "expired_token" => return Err(failure.exiting(Exit::NotSignedIn)),
            // A network that is away for a moment is asked again (RFC 8628 §3.5).
            _ if failure.is_of_network() => pause = (pause * 2).min(Duration::from_mins(1)),
            _ => return Err(failure),
        }
    }
}

impl Logout {
    pub(crate) async fn run(self, client: &ClientArgs) -> Result<u8, Failure> {
        let mut logins = Logins::read()?;
        let addr = client.address().to_owned();
        let Some(kept) = logins.logins.remove(&addr) else {
            client.remark(&format!("you are not signed in to {addr}"));
            return Ok(0);
        };
        let client = client.towards(Some(&addr)).with_token(&kept.token);
        match client.send(Method::POST, "/v1/logout", &[], None).await {
            Ok(_) => {}
            // It has ended already.
            Err(failure) if failure.code() == "not_signed_in" => {}
            Err(failure) => return Err(failure),
        }
        let files = SshFiles::of(&addr)?;
        if files.are_there() && std::env::var_os("SSH_AUTH_SOCK").is_some() {
            // An agent that never had it does not matter.
            let _not_there = std::process::Command::new("ssh-add")
                .args(["-q", "-d"])
                .arg(&files.key)
                .stderr(Stdio::null())
                .status();
        }
        files.remove()?;
        if logins.current == addr {
            logins.current = logins.logins.keys().next().cloned().unwrap_or_default();
        }
        logins.write()?;
        client.remark(&format!("{} is signed out of {addr}", kept.user));
        Ok(0)
    }
}

impl SshConfig {
    pub(crate) async fn run(self, client: &ClientArgs) -> Result<u8, Failure> {
        let files = SshFiles::of(client.address())?;
        if !files.are_there() {
            return Err(
                Failure::new(Exit::NotSignedIn, "there is no SSH certificate of a login")
                    .hint("run `doorward login`"),
            );
        }
        let me = client.get("/v1/me", &[]).await?;
        let (host, port) = (cell(at(&me, "ssh.host")), cell(at(&me, "ssh.port")));
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let text = format!(
            "# The gateway {}, by `doorward login`: ssh USER:RESOURCE@{host}\nHost {host}\n  Port {port}\n  IdentityFile \"{}\"\n  CertificateFile \"{}\"\n",
            client.address(),
            files.key.display(),
            files.certificate.display()
        );
        let Some(file) = &self.write else {
            write_out(&text)?;
            return Ok(0);
        };
        crate::client::replace(file, &text)
            .map_err(|error| Failure::new(Exit::Error, format!("{}: {error}", file.display())))?;
        client.remark(&format!(
            "written; `Include {}` as the first line of ~/.ssh/config uses it",
            file.display()
        ));
        Ok(0)
    }
}

/// A token that goes over a network in the clear is anybody's.
fn warn_of_plain_text(client: &ClientArgs) {
    let addr = client.address();
    let host = addr
        .strip_prefix("http://")
        .map(|rest| rest.trim_start_matches('['));
    let is_near = |host: &str| {
        ["127.", "localhost", "::1]"]
            .iter()
            .any(|near| host.starts_with(near))
    };
    if host.is_some_and(|host| !is_near(host)) {
        client.remark("warning: this address is not encrypted; others on the network can take the login");
    }
}

fn host_name() -> String {
    let told = std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let told = told
        .or_else(|| std::env::var("HOSTNAME").ok())
        .unwrap_or_default();
    let name: String = told.trim().chars().filter(|c| !c.is_control()).take(60).collect();
    if name.is_empty() {
        "a computer".to_owned()
    } else {
        name
    }
}
