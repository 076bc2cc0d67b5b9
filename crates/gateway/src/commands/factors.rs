//! `doorward factors`: what people prove who they are with, beside a password.

use clap::{Args, Subcommand};
use reqwest::Method;

use crate::client::{ClientArgs, Failure, at, cell, local_time, segment, write_one};

/// What can be done with second factors.
#[derive(Debug, Subcommand)]
pub(crate) enum Factors {
    Show(Show),
    Reset(Reset),
}

/// Shows what somebody has: an authenticator app, passkeys, recovery codes
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// The user; oneself unless said
    user: Option<String>,
}

/// Takes away what somebody has lost, and signs them out everywhere (administrators only)
#[derive(Debug, Args)]
pub(crate) struct Reset {
    /// The user
    user: String,
    /// Does not ask
    #[arg(long)]
    yes: bool,
}

impl Factors {
    pub(crate) async fn run(self, client: &ClientArgs) -> Result<u8, Failure> {
        match self {
            Self::Show(show) => show.run(client).await,
            Self::Reset(reset) => reset.run(client).await,
        }
    }
}

impl Show {
    async fn run(self, client: &ClientArgs) -> Result<u8, Failure> {
        let path = self
            .user
            .as_deref()
            .map_or_else(|| "/v1/factors".to_owned(), path);
        let held = client.get(&path, &[]).await?;
        let since = at(&held, "totp_since");
        let app = if since.is_null() {
            "none".to_owned()
        } else {
            format!("since {}", local_time(since, client.utc))
        };
        let passkeys = at(&held, "passkeys").as_array().map_or(&[][..], Vec::as_slice);
        let names: Vec<_> = passkeys.iter().map(|one| cell(at(one, "name"))).collect();
        let fields = [
            ("authenticator app", app),
            ("passkeys", names.join(", ")),
            ("recovery codes left", cell(at(&held, "recovery_codes"))),
        ];
        write_one(client.format(), &held, &fields)?;
        Ok(0)
    }
}

impl Reset {
    async fn run(self, client: &ClientArgs) -> Result<u8, Failure> {
        let user = &self.user;
        if !self.yes {
            client.confirm(&format!(
                "Take away the second factor of {user}, and sign them out everywhere?"
            ))?;
        }
        client.send(Method::DELETE, &path(user), &[], None).await?;
        client.remark(&format!("the second factor of {user} is reset"));
        Ok(0)
    }
}

fn path(user: &str) -> String {
    format!("/v1/users/{}/factors", segment(user))
}
