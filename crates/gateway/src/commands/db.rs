//! `doorward db`: what clients of databases need.

use std::{
    fs,
    path::{Path, PathBuf},
};

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::client::{ClientArgs, Exit, Failure, Format, at, cell, local_time, replace, write_one, write_out};

/// What can be done for clients of databases.
#[derive(Debug, Subcommand)]
pub(crate) enum Db {
    Login(Login),
}

/// Makes a short-lived password for clients of databases, and prints how they connect with it; nothing is written to disk unless asked
#[derive(Debug, Args)]
pub(crate) struct Login {
    /// RESOURCE, or ACCOUNT@RESOURCE; without it the password is for every database that you may use
    resource: Option<String>,
    /// How long it lasts: 15m, 8h …; 1h unless said
    #[arg(long, value_name = "TIME")]
    lasts: Option<String>,
    /// Also put it into this file of passwords, in the form of ~/.pgpass; lines of passwords that have ended are taken out
    #[arg(long, value_name = "FILE")]
    pgpass: Option<PathBuf>,
}

impl Db {
    pub(crate) async fn run(self, client: &ClientArgs) -> Result<u8, Failure> {
        match self {
            Self::Login(login) => login.run(client).await,
        }
    }
}

impl Login {
    async fn run(self, client: &ClientArgs) -> Result<u8, Failure> {
        let (account, resource) = match self.resource.as_deref().map(|name| name.rsplit_once('@')) {
            Some(Some((account, resource))) => (Some(account), Some(resource)),
            _ => (None, self.resource.as_deref()),
        };
        let wish = json!({ "resource": resource, "account": account, "lasts": self.lasts });
        let made = client.post("/v1/database-passwords", &[], &wish).await?;
        if let Some(file) = &self.pgpass {
            keep(file, &made)
                .map_err(|error| Failure::new(Exit::Error, format!("{}: {error}", file.display())))?;
            client.remark(&format!("the password is in {}", file.display()));
        }
        if !matches!(client.format(), Format::Table | Format::Wide) {
            let fields = ["login", "password", "expires_at"].map(|name| (name, cell(at(&made, name))));
            write_one(client.format(), &made, &fields)?;
            return Ok(0);
        }
        write_out(&said(&made))?;
        client.hint(&format!(
            "It lasts until {}. Take it away earlier on the console's page of tokens.",
            local_time(at(&made, "expires_at"), client.utc)
        ));
        Ok(0)
    }
}

/// Writes for people and shells: a line that can be pasted, and the address.
fn said(made: &Value) -> String {
    use std::fmt::Write as _;
    let password = cell(at(made, "password"));
    let mut text = String::new();
    let connections = at(made, "connections").as_array().map_or(&[][..], Vec::as_slice);
    for one in connections {
        let variable = match cell(at(one, "type")).as_str() {
            "postgres" => "PGPASSWORD=",
            "mysql" | "mariadb" => "MYSQL_PWD=",
            "redis" => "REDISCLI_AUTH=",
            _ => "PASSWORD=",
        };
        // Writing to a string cannot fail.
        let _infallible = writeln!(
            text,
            "{variable}{password} {}\n{}",
            // With the password at hand, `mysql` and `redis-cli` are not to ask for one.
            cell(at(one, "command"))
                .trim_end_matches(" -p")
                .trim_end_matches(" --askpass"),
            cell(at(one, "address"))
        );
    }
    text
}

/// Puts the password into a file that only its owner reads, as libpq asks for.
fn keep(file: &Path, made: &Value) -> std::io::Result<()> {
    let before = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error),
    };
    let password = cell(at(made, "password"));
    let connections = at(made, "connections").as_array().map_or(&[][..], Vec::as_slice);
    let mine = connections.iter().map(|one| {
        let part = |name| cell(at(one, name)).replace('\\', "\\\\").replace(':', "\\:");
        (format!("{}:{}:*:", part("host"), part("port")), part("user"))
    });
    let mine: Vec<_> = mine.collect();
    // What was made for the same resource before has ended, or is of no use beside this one.
    let is_older = |line: &str| {
        mine.iter().any(|(place, user)| {
            let resource = user.split_once("\\:").map_or("", |(_, resource)| resource);
            line.strip_prefix(place.as_str())
                .is_some_and(|rest| rest.starts_with("dwp_") && rest.contains(&format!("\\:{resource}:")))
        })
    };
    let kept = before.lines().filter(|line| !is_older(line)).map(str::to_owned);
    let new = mine
        .iter()
        .map(|(place, user)| format!("{place}{user}:{password}"));
    let text: String = new.chain(kept).map(|line| line + "\n").collect();
    replace(file, &text)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_password_replaces_the_one_before_it_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("pgpass");
        fs::write(&file, "db.example.org:5432:*:app:theirs\n").unwrap();
        for login in ["dwp_00000001", "dwp_00000002"] {
            let one = json!({ "host": "127.0.0.1", "port": 5432, "user": format!("{login}:db"), "type": "postgres" });
            let made = json!({ "password": format!("{login}_x"), "connections": [one] });
            keep(&file, &made).unwrap();
        }
        let text = fs::read_to_string(&file).unwrap();
        assert_eq!(
            text,
            "127.0.0.1:5432:*:dwp_00000002\\:db:dwp_00000002_x\ndb.example.org:5432:*:app:theirs\n"
        );
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
