//! `doorward views`: the filters and the order of a list, kept by a name.

use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::json;

use super::{sessions::Filters, show::list};
use crate::client::{ClientArgs, Exit, Failure, segment};

/// What can be done with saved views.
#[derive(Debug, Subcommand)]
pub(crate) enum Views {
    /// Lists the saved views: one's own and everybody's
    #[command(visible_alias = "ls")]
    List,
    Save(Box<Save>),
    Delete(Delete),
}

/// Saves filters of the list of sessions under a name, for `sessions list --view NAME`
#[derive(Debug, Args)]
pub(crate) struct Save {
    /// Its name
    name: String,
    #[command(flatten)]
    filters: Filters,
    /// Field to sort by, with :asc or :desc
    #[arg(long)]
    sort: Option<String>,
    /// For everybody (administrators only)
    #[arg(long)]
    shared: bool,
}

/// Takes a saved view away
#[derive(Debug, Args)]
pub(crate) struct Delete {
    /// Its name
    name: String,
    /// Everybody's (administrators only)
    #[arg(long)]
    shared: bool,
}

impl Views {
    pub(crate) async fn run(self, client: &ClientArgs) -> Result<u8, Failure> {
        match self {
            Self::List => {
                let page = client.get("/v1/views", &[]).await?;
                let columns = vec![
                    ("NAME", "name"),
                    ("PAGE", "page"),
                    ("SHARED", "shared"),
                    ("BY", "saved_by"),
                    ("QUERY", "query"),
                ];
                list(client, &page, "views", columns, "name")
            }
            Self::Save(save) => save.run(client).await,
            Self::Delete(delete) => delete.run(client).await,
        }
    }
}

impl Save {
    async fn run(self, client: &ClientArgs) -> Result<u8, Failure> {
        let mut pairs = self.filters.query();
        pairs.extend(self.sort.map(|sort| ("sort".to_owned(), sort)));
        if pairs.is_empty() {
            return Err(Failure::new(
                Exit::Usage,
                "name the filters that the view shall have",
            ));
        }
        let pairs = pairs
            .iter()
            .map(|(key, value)| format!("{key}={}", segment(value)));
        let body = json!({ "query": pairs.collect::<Vec<_>>().join("&"), "shared": self.shared });
        let path = format!("/v1/views/sessions/{}", segment(&self.name));
        client.send(Method::PUT, &path, &[], Some(&body)).await?;
        client.remark(&format!(
            "saved; see it with: doorward sessions list --view '{}'",
            self.name
        ));
        Ok(0)
    }
}

impl Delete {
    async fn run(self, client: &ClientArgs) -> Result<u8, Failure> {
        let path = format!("/v1/views/sessions/{}", segment(&self.name));
        let shared = [("shared".to_owned(), self.shared.to_string())];
        client.send(Method::DELETE, &path, &shared, None).await?;
        client.remark(&format!("view {} deleted", self.name));
        Ok(0)
    }
}
