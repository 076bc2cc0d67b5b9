//! `doorward sessions share` and its kin: a session shown to chosen people, by a link that only they can use.

use clap::Args;
use reqwest::Method;
use serde_json::json;

use super::show::list;
use crate::client::{ClientArgs, Exit, Failure, Format, at, segment, write_out};

/// Shares a session with people or groups; prints the link that opens it for them and for nobody else
#[derive(Debug, Args)]
pub(crate) struct Share {
    /// The session
    #[arg(value_name = "ID")]
    id: String,
    /// With whom, by login name
    #[arg(long = "with", value_delimiter = ',', value_name = "USER")]
    users: Vec<String>,
    /// With the members of which groups, such as reviewers
    #[arg(long = "group", value_delimiter = ',')]
    groups: Vec<String>,
    /// For how long, such as 24h or 7d; up to 90 days
    #[arg(long, alias = "ttl", default_value = "7d", value_name = "TIME")]
    lasts: String,
    /// What to tell them; kept in the audit log
    #[arg(long, default_value = "")]
    note: String,
}

/// Lists with whom a session is and was shared, and who has looked
#[derive(Debug, Args)]
pub(crate) struct Shares {
    /// The session
    #[arg(value_name = "ID")]
    id: String,
}

/// Takes a share of a session back
#[derive(Debug, Args)]
pub(crate) struct Unshare {
    /// The session
    #[arg(value_name = "ID")]
    id: String,
    /// The share, as `sessions shares` lists it
    #[arg(value_name = "SHARE")]
    share: String,
}

/// Opens what was shared with you, by its link; prints the session's id
#[derive(Debug, Args)]
pub(crate) struct Open {
    /// The link, or what stands at its end
    #[arg(value_name = "LINK")]
    link: String,
}

impl Share {
    pub(crate) async fn run(self, client: &ClientArgs) -> Result<u8, Failure> {
        let lasts = api::query::parse_span(&self.lasts).ok_or_else(|| {
            Failure::new(
                Exit::Usage,
                format!("`{}` is not a length of time such as 24h or 7d", self.lasts),
            )
        })?;
        let body = json!({ "users": self.users, "groups": self.groups, "note": self.note, "expires_in_secs": lasts.millis() / 1000 });
        let path = format!("/v1/sessions/{}/shares", segment(&self.id));
        let share = client.post(&path, &[], &body).await?;
        let text = match client.format() {
            Format::Table | Format::Wide => {
                format!(
                    "{}\n",
                    client.url(at(&share, "link").as_str().unwrap_or_default())
                )
            }
            Format::Id => format!("{}\n", at(&share, "id").as_str().unwrap_or_default()),
            _ => format!("{share}\n"),
        };
        write_out(&text)?;
        Ok(0)
    }
}

impl Shares {
    pub(crate) async fn run(self, client: &ClientArgs) -> Result<u8, Failure> {
        let path = format!("/v1/sessions/{}/shares", segment(&self.id));
        let page = client.get(&path, &[]).await?;
        let columns = vec![
            ("SHARE", "id"),
            ("LIVE", "live"),
            ("USERS", "users"),
            ("GROUPS", "groups"),
            ("BY", "created_by"),
            ("UNTIL", "expires_at"),
            ("TAKEN BACK BY", "revoked_by"),
            ("OPENED", "openings"),
        ];
        list(client, &page, "shares", columns, "id")
    }
}

impl Unshare {
    pub(crate) async fn run(self, client: &ClientArgs) -> Result<u8, Failure> {
        let path = format!(
            "/v1/sessions/{}/shares/{}",
            segment(&self.id),
            segment(&self.share)
        );
        client.send(Method::DELETE, &path, &[], None).await?;
        client.remark("taken back");
        Ok(0)
    }
}

impl Open {
    pub(crate) async fn run(self, client: &ClientArgs) -> Result<u8, Failure> {
        let share = self.link.rsplit('/').next().unwrap_or_default();
        let path = format!("/v1/shares/{}/open", segment(share));
        let opened = client.post(&path, &[], &json!({})).await?;
        let text = match client.format() {
            Format::Json | Format::Jsonl | Format::Yaml => format!("{opened}\n"),
            _ => format!("{}\n", at(&opened, "session_id").as_str().unwrap_or_default()),
        };
        write_out(&text)?;
        Ok(0)
    }
}
