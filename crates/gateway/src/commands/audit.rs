//! The audit log on the command line.

use clap::Args;

use super::show::list;
use crate::client::{ClientArgs, Failure};

/// Lists the audit log, newest first
#[derive(Debug, Args)]
pub(crate) struct Audit {
    /// Kinds such as session.locked, or a noun with a dot such as recording.
    #[arg(long, value_delimiter = ',')]
    kind: Vec<String>,
    /// Who did it
    #[arg(long, value_delimiter = ',')]
    actor: Vec<String>,
    /// About this session
    #[arg(long, value_name = "ID")]
    session: Option<String>,
    /// About this object, such as user/ana
    #[arg(long)]
    object: Option<String>,
    /// Not earlier than
    #[arg(long)]
    since: Option<String>,
    /// Earlier than
    #[arg(long)]
    until: Option<String>,
    /// Text in the line
    #[arg(long)]
    grep: Option<String>,
    /// At most so many
    #[arg(long, default_value_t = 200)]
    limit: u32,
}

impl Audit {
    pub(crate) async fn run(self, client: &ClientArgs) -> Result<u8, Failure> {
        let one = [
            ("session", self.session),
            ("object", self.object),
            ("since", self.since),
            ("until", self.until),
            ("text", self.grep),
            ("limit", Some(self.limit.to_string())),
        ];
        let many = [("kind", self.kind), ("actor", self.actor)];
        let mut query: Vec<_> = one
            .into_iter()
            .filter_map(|(key, value)| Some((key.to_owned(), value?)))
            .collect();
        for (key, values) in many {
            query.extend(values.into_iter().map(|value| (key.to_owned(), value)));
        }
        let page = client.get("/v1/audit", &query).await?;
        let columns = vec![
            ("NO", "seq"),
            ("TIME", "at"),
            ("WHAT", "kind"),
            ("BY", "actor"),
            ("SESSION", "session_id"),
            ("OBJECT", "object"),
            ("DETAIL", "detail"),
        ];
        list(client, &page, "events", columns, "seq")
    }
}
