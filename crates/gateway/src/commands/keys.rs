//! `doorward keys`: what service accounts sign in with.

use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{ClientArgs, Exit, Failure, Table, at, cell, local_time, segment, write_one};

/// What can be done with keys.
#[derive(Debug, Subcommand)]
pub(crate) enum Keys {
    #[command(visible_alias = "ls")]
    List(List),
    Create(Create),
    Delete(Delete),
}

/// Lists the keys of a service account
#[derive(Debug, Args)]
pub(crate) struct List {
    /// The service account
    user: String,
}

/// Makes a key of a service account, and prints it this once
#[derive(Debug, Args)]
pub(crate) struct Create {
    /// The service account
    user: String,
    /// What to call it, such as where it is used
    #[arg(long, default_value = "key")]
    name: String,
    /// How many days it lasts; for ever unless said
    #[arg(long, value_name = "DAYS")]
    days: Option<u16>,
}

/// Takes a key away, and the tokens that were made with it
#[derive(Debug, Args)]
pub(crate) struct Delete {
    /// Its id
    id: String,
}

impl Keys {
    pub(crate) async fn run(self, client: &ClientArgs) -> Result<u8, Failure> {
        match self {
            Self::List(list) => list.run(client).await,
            Self::Create(create) => create.run(client).await,
            Self::Delete(delete) => delete.run(client).await,
        }
    }
}

fn path(user: &str) -> String {
    format!("/v1/users/{}/keys", segment(user))
}

impl List {
    async fn run(self, client: &ClientArgs) -> Result<u8, Failure> {
        let whole = client.get(&path(&self.user), &[]).await?;
        let rows = at(&whole, "tokens").as_array().cloned().unwrap_or_default();
        let table = Table {
            rows: &rows,
            columns: vec![
                ("ID", "id"),
                ("NAME", "name"),
                ("MADE", "created_at"),
                ("EXPIRES", "expires_at"),
                ("USED", "last_used_at"),
            ],
            id: "id",
            name: "tokens",
        };
        let shown = |field: &str, value: &Value| match field {
            "created_at" | "expires_at" | "last_used_at" if !value.is_null() => local_time(value, client.utc),
            _ => cell(value),
        };
        table.write(client.format(), &whole, shown)?;
        Ok(0)
    }
}

impl Create {
    async fn run(self, client: &ClientArgs) -> Result<u8, Failure> {
        let secs = self.days.map(|days| u32::from(days) * 86_400);
        let wish = json!({ "name": self.name, "expires_in_secs": secs });
        let made = client.post(&path(&self.user), &[], &wish).await?;
        let fields = [("id", cell(at(&made, "id"))), ("key", cell(at(&made, "token")))];
        write_one(client.format(), &made, &fields)?;
        client.hint(
            "It is shown this once: put it into a file of mode 0600, and name that in DOORWARD_KEY_FILE.",
        );
        Ok(0)
    }
}

impl Delete {
    async fn run(self, client: &ClientArgs) -> Result<u8, Failure> {
        if self.id.is_empty() {
            return Err(Failure::new(Exit::Usage, "which key?"));
        }
        client.confirm("Take this key away, and the tokens that were made with it?")?;
        let path = format!("/v1/tokens/{}", segment(&self.id));
        client.send(Method::DELETE, &path, &[], None).await?;
        client.remark("the key is taken away");
        Ok(0)
    }
}
