//! Steps of activities on a server: users, roles, privileges, passwords and statements.
//!
//! MariaDB gets passwords as it stores them, so that a log of its statements never holds one. MySQL has no such form for its usual login;
//! it hides passwords in its logs itself.

use std::{io, sync::Arc};

use async_trait::async_trait;
use bytes::Bytes;
use domain::{
    activity::{Deed, fill},
    object::SecretText,
    stop::Stop,
};
use engine::{Administrator, Fault, Provisioner, Task, Way};
use proto_database::privilege_list;

use crate::{
    link::{Link, Packets as _},
    scramble,
    target::Account,
    wire::{self, Body, command, fault},
};

/// Codes of what is not there any more: a user, a role, a grant, a table, a database.
const GONE: [u16; 8] = [1133, 1141, 1147, 1146, 1049, 1396, 1959, 3523];

/// See the module.
pub(crate) struct Users;

/// An administrator who is signed in.
struct Signed {
    link: Link,
    /// The server is MariaDB.
    mariadb: bool,
}

#[async_trait]
impl Provisioner for Users {
    fn check(&self, deed: &Deed) -> Result<(), String> {
        match deed {
            Deed::Grant { privileges, on } => {
                privilege_list(privileges)?;
                place(on).map(drop)
            }
            _ => Ok(()),
        }
    }

    async fn sign_in(&self, way: &Way) -> Result<Box<dyn Administrator>, Stop> {
        let mut mariadb = false;
        let account = Account::new(way)?;
        let target = account
            .sign_in(|face| {
                mariadb = face.version.to_ascii_lowercase().contains("mariadb");
                Ok(())
            })
            .await?;
        let mut signed = Signed {
            link: target.link,
            mariadb,
        };
        // Text is quoted with doubled quotes, and backslashes mean nothing in it.
        for set in [
            "SET NAMES utf8mb4",
            "SET SESSION sql_mode = CONCAT(@@sql_mode, ',NO_BACKSLASH_ESCAPES')",
        ] {
            let done = signed.run(set).await;
            done.map_err(|fault| proto_database::fault::refused(fault.to_string()))?;
        }
        Ok(Box::new(signed))
    }
}

#[async_trait]
impl Administrator for Signed {
    async fn is_so(&mut self, task: &Task<'_>) -> Result<bool, Fault> {
        let name = literal(task.account);
        let sql = match task.deed {
            Deed::CreateAccount {} => format!("SELECT 1 FROM mysql.user WHERE User = {name} LIMIT 1"),
            Deed::JoinGroup { group } if self.mariadb => format!(
                "SELECT 1 FROM mysql.roles_mapping WHERE User = {name} AND Role = {} LIMIT 1",
                literal(group)
            ),
            Deed::JoinGroup { group } => format!(
                "SELECT 1 FROM mysql.role_edges WHERE TO_USER = {name} AND FROM_USER = {} LIMIT 1",
                literal(group)
            ),
            Deed::Grant { .. } | Deed::RotatePassword {} | Deed::Run { .. } => return Ok(false),
        };
        Ok(self.ask(&sql).await?.is_some())
    }

    async fn carry_out(&mut self, task: &Task<'_>) -> Result<(), Fault> {
        let account = user(task.account);
        match task.deed {
            Deed::CreateAccount {} => {
                let password = self.identified(task)?;
                self.run(&format!("CREATE USER {account} {password}")).await
            }
            Deed::JoinGroup { group } => {
                self.run(&format!("GRANT {} TO {account}", role(group))).await?;
                let by_default = if self.mariadb {
                    format!("SET DEFAULT ROLE {} FOR {account}", role(group))
                } else {
                    format!("SET DEFAULT ROLE {} TO {account}", role(group))
                };
                self.run(&by_default).await
            }
            Deed::Grant { privileges, on } => {
                let sql = format!("GRANT {} TO {account}", granted(privileges, on)?);
                self.run(&sql).await
            }
            Deed::RotatePassword {} => {
                let password = self.identified(task)?;
                self.run(&format!("ALTER USER {account} {password}")).await
            }
            Deed::Run { command, .. } => self.run(&filled(command, task)).await,
        }
    }

    async fn logins(&mut self, account: &str) -> Result<Vec<String>, Fault> {
        let sql = format!(
            "SELECT GROUP_CONCAT(HOST SEPARATOR ' ') FROM information_schema.PROCESSLIST WHERE USER = {} AND ID <> CONNECTION_ID()",
            literal(account)
        );
        let seen = self.ask(&sql).await?.unwrap_or_default();
        Ok(seen.split_whitespace().map(str::to_owned).collect())
    }

    async fn take_back(&mut self, task: &Task<'_>) -> Result<(), Fault> {
        let account = user(task.account);
        let sql = match task.deed {
            Deed::CreateAccount {} => return self.remove(task).await,
            Deed::JoinGroup { group } => format!("REVOKE {} FROM {account}", role(group)),
            Deed::Grant { privileges, on } => format!("REVOKE {} FROM {account}", granted(privileges, on)?),
            Deed::Run { undo, .. } if !undo.is_empty() => return self.run(&filled(undo, task)).await,
            Deed::RotatePassword {} | Deed::Run { .. } => return Ok(()),
        };
        match self.say(&sql).await? {
            Err(said) if !GONE.contains(&said.code) => Err(told(&said)),
            _ => Ok(()),
        }
    }
}

impl Signed {
    /// Removes a user, and cuts whoever is connected with it: a server leaves them be.
    async fn remove(&mut self, task: &Task<'_>) -> Result<(), Fault> {
        let name = literal(task.account);
        self.run(&format!("DROP USER IF EXISTS {}", user(task.account)))
            .await?;
        let connected = format!("SELECT ID FROM information_schema.PROCESSLIST WHERE USER = {name} LIMIT 1");
        for _ in 0..100 {
            let Some(id) = self.ask(&connected).await? else {
                break;
            };
            let Ok(id) = id.parse::<u64>() else { break };
            // It may have left meanwhile.
            let killed = self.say(&format!("KILL {id}")).await?;
            tracing::trace!(
                refused = killed.is_err(),
                "a connection of a user that was removed"
            );
        }
        Ok(())
    }

    /// Writes how a user is identified: by the password as the server stores it where there is such a form.
    fn identified(&self, task: &Task<'_>) -> Result<String, Fault> {
        let password = task
            .proof
            .ok_or_else(|| Fault::new("there is no password to set"))?;
        Ok(if self.mariadb {
            let stored = literal(&scramble::native_stored(password.expose().as_bytes()));
            format!("IDENTIFIED VIA {} USING {stored}", scramble::NATIVE)
        } else {
            format!("IDENTIFIED BY {}", literal(SecretText::expose(password)))
        })
    }

    async fn run(&mut self, sql: &str) -> Result<(), Fault> {
        self.ask(sql).await.map(drop)
    }

    /// Runs a statement; gives the first value of its first row.
    async fn ask(&mut self, sql: &str) -> Result<Option<String>, Fault> {
        self.say(sql).await?.map_err(|said| told(&said))
    }

    /// Runs a statement; gives the first value of its first row, or what the server has against it.
    async fn say(&mut self, sql: &str) -> Result<Result<Option<String>, wire::Fault>, Fault> {
        let said = self.converse(sql).await;
        said.map_err(|error| Fault::new(format!("the server was lost: {error}")))
    }

    async fn converse(&mut self, sql: &str) -> io::Result<Result<Option<String>, wire::Fault>> {
        let body = [&[command::QUERY][..], sql.as_bytes()].concat();
        self.link.send(0, &body).await?;
        let head = self.packet().await?;
        match head.first() {
            Some(0x00) => return Ok(Ok(None)),
            Some(0xff) => return Ok(Err(fault(&head))),
            // No file is sent.
            Some(0xfb) => return Err(io::Error::other("it asks for a file")),
            _ => {}
        }
        // The columns, and then the rows: each part ends with a short packet that begins with 0xfe.
        while !is_end(&self.packet().await?) {}
        let mut first = None;
        loop {
            let row = self.packet().await?;
            if is_end(&row) {
                return Ok(Ok(first));
            }
            if row.first() == Some(&0xff) {
                return Ok(Err(fault(&row)));
            }
            if first.is_none() {
                let value = Body(&row).sized().unwrap_or_default();
                first = Some(String::from_utf8_lossy(value).into_owned());
            }
        }
    }

    async fn packet(&mut self) -> io::Result<Bytes> {
        Ok(self.link.packet().await?.1)
    }
}

/// Tells whether a packet ends the columns or the rows.
fn is_end(body: &[u8]) -> bool {
    body.first() == Some(&0xfe) && body.len() < 9
}

/// Reads what privileges are for, `DATABASE.TABLE` with `*` for all of either, and writes it quoted.
fn place(on: &str) -> Result<String, String> {
    let wrong = || "privileges are granted on `DATABASE.TABLE`, with `*` for all".to_owned();
    let (database, table) = on.trim().split_once('.').ok_or_else(wrong)?;
    let part = |name: &str| match name.trim() {
        "" => Err(wrong()),
        "*" => Ok("*".to_owned()),
        name => Ok(role(name)),
    };
    let (database, table) = (part(database)?, part(table)?);
    if database == "*" && table != "*" {
        return Err(wrong());
    }
    // In the name of a database these stand for any letters; a name stands for itself here.
    let database = if table == "*" && database != "*" {
        database.replace('_', "\\_").replace('%', "\\%")
    } else {
        database
    };
    Ok(format!("{database}.{table}"))
}

/// Writes `PRIVILEGES ON PLACE`.
fn granted(privileges: &[String], on: &str) -> Result<String, Fault> {
    let privileges = privilege_list(privileges).map_err(Fault::new)?;
    Ok(format!("{privileges} ON {}", place(on).map_err(Fault::new)?))
}

/// Puts the values of the session into a statement: the account as a user, everything else as text.
fn filled(sql: &str, task: &Task<'_>) -> String {
    fill(sql, &task.values, |name, value| {
        if name == "account" {
            user(value)
        } else {
            literal(value)
        }
    })
}

/// Writes a user, from wherever it connects.
fn user(name: &str) -> String {
    format!("{}@'%'", literal(name))
}

fn role(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

/// Writes text as a literal, as it is read without the meaning of backslashes.
fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn told(said: &wire::Fault) -> Fault {
    Fault::new(format!("the server said {}: {}", said.code, said.message))
}

/// Gives the provisioner.
pub(crate) fn provisioner() -> Arc<dyn Provisioner> {
    Arc::new(Users)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_end_what_they_stand_in() {
        assert_eq!(user("a'@'%"), "'a''@''%'@'%'");
        assert_eq!(place("a`b.*"), Ok("`a``b`.*".to_owned()));
        assert_eq!(place("my_app.*"), Ok("`my\\_app`.*".to_owned()));
        assert_eq!(place("my_app.orders"), Ok("`my_app`.`orders`".to_owned()));
        assert_eq!(place("*.*"), Ok("*.*".to_owned()));
    }

    #[test]
    fn what_is_no_privilege_is_refused() {
        let grant = |privilege: &str, on: &str| Deed::Grant {
            privileges: vec![privilege.to_owned()],
            on: on.to_owned(),
        };
        assert_eq!(Users.check(&grant("select", "app.*")), Ok(()));
        for deed in [
            grant("select; drop", "app.*"),
            grant("select", "app"),
            grant("select", "*.t"),
        ] {
            assert!(Users.check(&deed).is_err(), "{deed:?}");
        }
    }
}
