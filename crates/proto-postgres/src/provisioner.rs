//! Steps of activities on a server: roles, memberships, privileges, passwords and statements.
//!
//! Passwords are sent as the server stores them (SCRAM-SHA-256), so that a server that logs its statements never learns one.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::BytesMut;
use domain::{
    activity::{Deed, fill},
    stop::Stop,
};
use engine::{Administrator, Fault, Provisioner, Task, Way};
use postgres_protocol::{message::frontend, password::scram_sha_256};
use proto_database::{Link, fault::refused, privilege_list};

use crate::{
    link::Messages as _,
    options::Options,
    target,
    wire::{self, fault, values},
};

/// The longest message that is read; results are small here.
const LONGEST: usize = 1 << 20;

/// Where steps are done when the resource names no database: every server has it.
const USUAL_DATABASE: &str = "postgres";

/// SQLSTATEs of what is not there any more: an object, a schema, a table, a database.
const GONE: [&str; 4] = ["42704", "3F000", "42P01", "3D000"];

/// See the module.
pub(crate) struct Roles;

/// An administrator who is signed in.
struct Signed {
    link: Link,
}

#[async_trait]
impl Provisioner for Roles {
    fn check(&self, deed: &Deed) -> Result<(), String> {
        match deed {
            Deed::Grant { privileges, on } => {
                privilege_list(privileges)?;
                On::read(on).map(drop)
            }
            _ => Ok(()),
        }
    }

    async fn sign_in(&self, way: &Way) -> Result<Box<dyn Administrator>, Stop> {
        let settings = [
            ("client_encoding", "UTF8"),
            ("standard_conforming_strings", "on"),
            ("application_name", "doorward"),
        ];
        let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let options = Options::read(&way.grant.target.options).map_err(refused)?;
        let database = if options.database.is_empty() {
            USUAL_DATABASE
        } else {
            &options.database
        };
        let target = target::connect(way, Some(database), &settings).await?;
        Ok(Box::new(Signed { link: target.link }))
    }
}

#[async_trait]
impl Administrator for Signed {
    async fn is_so(&mut self, task: &Task<'_>) -> Result<bool, Fault> {
        let account = literal(task.account);
        let sql = match task.deed {
            Deed::CreateAccount {} => format!("SELECT 1 FROM pg_roles WHERE rolname = {account}"),
            Deed::JoinGroup { group } => format!(
                "SELECT 1 FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid JOIN pg_roles u ON u.oid = m.member \
                 WHERE g.rolname = {} AND u.rolname = {account}",
                literal(group)
            ),
            Deed::Grant { privileges, on } => {
                match On::read(on).map_err(Fault::new)?.held(&account, privileges) {
                    Some(sql) => sql,
                    None => return Ok(false),
                }
            }
            Deed::RotatePassword {} | Deed::Run { .. } => return Ok(false),
        };
        let found = self.ask(&sql).await?;
        Ok(found.is_some_and(|value| value == "1" || value == "t"))
    }

    async fn carry_out(&mut self, task: &Task<'_>) -> Result<(), Fault> {
        let account = identifier(task.account);
        let sql = match task.deed {
            Deed::CreateAccount {} => format!(
                "CREATE ROLE {account} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD {}",
                verifier(task)?
            ),
            Deed::JoinGroup { group } => format!("GRANT {} TO {account}", identifier(group)),
            Deed::Grant { privileges, on } => format!("GRANT {} TO {account}", granted(privileges, on)?),
            Deed::RotatePassword {} => format!("ALTER ROLE {account} PASSWORD {}", verifier(task)?),
            Deed::Run { command, .. } => filled(command, task),
        };
        self.run(&sql).await
    }

    async fn logins(&mut self, account: &str) -> Result<Vec<String>, Fault> {
        let sql = format!(
            "SELECT string_agg(coalesce(host(client_addr) || ':' || client_port, 'local'), E'\\n') FROM pg_stat_activity \
             WHERE usename = {} AND pid <> pg_backend_pid() AND backend_type = 'client backend'",
            literal(account)
        );
        let seen = self.ask(&sql).await?.unwrap_or_default();
        Ok(seen.lines().map(str::to_owned).collect())
    }

    async fn take_back(&mut self, task: &Task<'_>) -> Result<(), Fault> {
        let account = identifier(task.account);
        let sql = match task.deed {
            Deed::CreateAccount {} => return self.remove(task).await,
            Deed::JoinGroup { group } => format!("REVOKE {} FROM {account}", identifier(group)),
            Deed::Grant { privileges, on } => format!("REVOKE {} FROM {account}", granted(privileges, on)?),
            Deed::Run { undo, .. } if !undo.is_empty() => return self.run(&filled(undo, task)).await,
            Deed::RotatePassword {} | Deed::Run { .. } => return Ok(()),
        };
        match self.say(&sql).await? {
            Err(said) if !GONE.contains(&said.code.as_str()) => Err(told(&said)),
            _ => Ok(()),
        }
    }
}

impl Signed {
    /// Removes a role with everything that it may do. Whoever is connected with it is cut; what it has made goes to the administrator.
    async fn remove(&mut self, task: &Task<'_>) -> Result<(), Fault> {
        if !self.is_so(task).await? {
            return Ok(());
        }
        let (account, name) = (identifier(task.account), literal(task.account));
        self.run(&format!("ALTER ROLE {account} NOLOGIN")).await?;
        // Who is no superuser has to be a member of the role to take its things over; a superuser is none the worse for it.
        let member = self.say(&format!("GRANT {account} TO CURRENT_USER")).await?;
        tracing::trace!(
            refused = member.is_err(),
            "the administrator joins a role that is removed"
        );
        for sql in [
            format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = {name}"),
            format!("REASSIGN OWNED BY {account} TO CURRENT_USER"),
            format!("DROP OWNED BY {account}"),
            format!("DROP ROLE IF EXISTS {account}"),
        ] {
            self.run(&sql).await?;
        }
        Ok(())
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
        let mut out = BytesMut::new();
        frontend::query(sql, &mut out).map_err(|error| Fault::new(error.to_string()))?;
        let lost = |error: std::io::Error| Fault::new(format!("the server was lost: {error}"));
        self.link.write(&out).await.map_err(lost)?;
        let mut first = None;
        let mut refused = None;
        loop {
            let (tag, body) = self.link.message(LONGEST).await.map_err(lost)?;
            match tag {
                b'D' if first.is_none() => {
                    let value = values(&body).into_iter().next().flatten();
                    first = value.map(|value| String::from_utf8_lossy(value).into_owned());
                }
                b'E' => refused = Some(fault(&body)),
                // No rows come from here.
                b'G' => {
                    let mut out = BytesMut::new();
                    let failed = frontend::copy_fail("no rows are sent", &mut out);
                    failed.map_err(|error| Fault::new(error.to_string()))?;
                    self.link.write(&out).await.map_err(lost)?;
                }
                b'Z' => return Ok(refused.map_or(Ok(first), Err)),
                _ => {}
            }
        }
    }
}

/// What privileges are for.
enum On<'a> {
    Database(&'a str),
    Schema(&'a str),
    Table(Option<&'a str>, &'a str),
    /// Everything of a kind in a schema.
    All(&'static str, &'a str),
}

impl<'a> On<'a> {
    /// Reads `database NAME`, `schema NAME`, `table [SCHEMA.]NAME`, `tables SCHEMA`, `sequences SCHEMA` or `functions SCHEMA`.
    fn read(text: &'a str) -> Result<Self, String> {
        let known = "`database NAME`, `schema NAME`, `table NAME`, `tables SCHEMA`, `sequences SCHEMA` or `functions SCHEMA`";
        let (what, name) = text.trim().split_once(' ').unwrap_or((text, ""));
        let name = name.trim();
        if name.is_empty() {
            return Err(format!("privileges are granted on {known}"));
        }
        Ok(match what.to_ascii_lowercase().as_str() {
            "database" => Self::Database(name),
            "schema" => Self::Schema(name),
            "table" => match name.split_once('.') {
                Some((schema, table)) => Self::Table(Some(schema), table),
                None => Self::Table(None, name),
            },
            "tables" => Self::All("TABLES", name),
            "sequences" => Self::All("SEQUENCES", name),
            "functions" => Self::All("FUNCTIONS", name),
            _ => return Err(format!("privileges are granted on {known}")),
        })
    }

    fn sql(&self) -> String {
        match self {
            Self::Database(name) => format!("DATABASE {}", identifier(name)),
            Self::Schema(name) => format!("SCHEMA {}", identifier(name)),
            Self::Table(..) => format!("TABLE {}", self.table()),
            Self::All(what, schema) => format!("ALL {what} IN SCHEMA {}", identifier(schema)),
        }
    }

    fn table(&self) -> String {
        match self {
            Self::Table(Some(schema), table) => format!("{}.{}", identifier(schema), identifier(table)),
            Self::Database(name) | Self::Schema(name) | Self::Table(None, name) | Self::All(_, name) => {
                identifier(name)
            }
        }
    }

    /// Writes the question whether an account has privileges; [`None`] where there is none.
    fn held(&self, account: &str, privileges: &[String]) -> Option<String> {
        if privileges
            .iter()
            .any(|one| one.trim().to_ascii_lowercase().starts_with("all"))
        {
            return None;
        }
        let wanted: Vec<_> = privileges.iter().map(|one| literal(one.trim())).collect();
        let each = format!("unnest(ARRAY[{}]) AS p", wanted.join(", "));
        Some(match self {
            Self::Database(name) => {
                let name = literal(name);
                format!("SELECT bool_and(has_database_privilege({account}, {name}, p)) FROM {each}")
            }
            Self::Schema(name) => {
                let name = literal(name);
                format!("SELECT bool_and(has_schema_privilege({account}, {name}, p)) FROM {each}")
            }
            Self::Table(..) => {
                let name = literal(&self.table());
                format!("SELECT bool_and(has_table_privilege({account}, {name}, p)) FROM {each}")
            }
            Self::All("TABLES", schema) => format!(
                "SELECT coalesce(bool_and(has_table_privilege({account}, c.oid, p)), false) FROM pg_class c \
                 JOIN pg_namespace n ON n.oid = c.relnamespace, {each} \
                 WHERE n.nspname = {} AND c.relkind IN ('r', 'p', 'v', 'm', 'f')",
                literal(schema)
            ),
            Self::All(..) => return None,
        })
    }
}

/// Writes `PRIVILEGES ON OBJECT`.
fn granted(privileges: &[String], on: &str) -> Result<String, Fault> {
    let privileges = privilege_list(privileges).map_err(Fault::new)?;
    let on = On::read(on).map_err(Fault::new)?.sql();
    Ok(format!("{privileges} ON {on}"))
}

/// Writes a password as the server stores it.
fn verifier(task: &Task<'_>) -> Result<String, Fault> {
    let password = task
        .proof
        .ok_or_else(|| Fault::new("there is no password to set"))?;
    Ok(literal(&scram_sha_256(password.expose().as_bytes())))
}

/// Puts the values of the session into a statement: the account as a name, everything else as text.
fn filled(sql: &str, task: &Task<'_>) -> String {
    fill(sql, &task.values, |name, value| {
        if name == "account" {
            identifier(value)
        } else {
            literal(value)
        }
    })
}

fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Writes text as a literal; backslashes mean nothing in it with the settings that the administrator signs in with.
fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn told(said: &wire::Fault) -> Fault {
    Fault::new(format!("the server said {}: {}", said.code, said.message))
}

/// Gives the provisioner.
pub(crate) fn provisioner() -> Arc<dyn Provisioner> {
    Arc::new(Roles)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant(privileges: &[&str], on: &str) -> Deed {
        Deed::Grant {
            privileges: privileges.iter().map(|one| (*one).to_owned()).collect(),
            on: on.to_owned(),
        }
    }

    #[test]
    fn names_cannot_end_what_they_stand_in() {
        assert_eq!(identifier("a\"; DROP ROLE b; --"), "\"a\"\"; DROP ROLE b; --\"");
        assert_eq!(literal("o'clock"), "'o''clock'");
        let written = granted(&["select".to_owned()], "tables x\" TO y; --");
        assert_eq!(
            written.map_err(|fault| fault.to_string()),
            Ok("SELECT ON ALL TABLES IN SCHEMA \"x\"\" TO y; --\"".to_owned())
        );
    }

    #[test]
    fn what_is_no_privilege_is_refused() {
        assert_eq!(
            Roles.check(&grant(&["select", "insert"], "table public.orders")),
            Ok(())
        );
        assert_eq!(Roles.check(&grant(&["all privileges"], "database app")), Ok(()));
        for deed in [
            grant(&["select; drop"], "tables public"),
            grant(&["select"], "everything"),
            grant(&["select"], "index a"),
        ] {
            assert!(Roles.check(&deed).is_err(), "{deed:?}");
        }
    }
}
