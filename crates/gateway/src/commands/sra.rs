//! `doorward list-sra-sessions`: the list as another product's scripts expect it, with its words, defaults and JSON.

use clap::Args;
use serde_json::{Value, json};

use crate::client::{ClientArgs, Exit, Failure, at, cell, write_out};

/// The states of those scripts.
const STATES: [&str; 5] = ["connecting", "connected", "failed", "completed", "terminated"];

/// Lists sessions with the flags and the JSON of `list-sra-sessions`
#[derive(Debug, Args)]
pub(crate) struct ListSraSessions {
    /// connecting, connected, failed, completed, terminated
    #[arg(long = "status-type", value_delimiter = ',')]
    status_type: Vec<String>,
    /// Types: ssh, …
    #[arg(long = "resource-type", value_delimiter = ',')]
    resource_type: Vec<String>,
    /// Where the page before ended
    #[arg(long = "pagination-token", default_value = "")]
    pagination_token: String,
}

impl ListSraSessions {
    pub(crate) async fn run(self, client: &ClientArgs) -> Result<u8, Failure> {
        if let Some(bad) = self
            .status_type
            .iter()
            .find(|word| !STATES.contains(&word.as_str()))
        {
            let text = format!("`{bad}` is not a status type; valid are: {}", STATES.join(", "));
            return Err(Failure::new(Exit::Usage, text));
        }
        let mut query: Vec<_> = if self.status_type.is_empty() {
            ["connecting", "connected"]
                .map(|word| ("status".to_owned(), word.to_owned()))
                .to_vec()
        } else {
            self.status_type
                .iter()
                .map(|word| ("status".to_owned(), word.clone()))
                .collect()
        };
        // Running sessions have no bound in time, and neither do those that are asked for by name.
        query.push(("since".into(), "2020-01-01".into()));
        query.extend(
            self.resource_type
                .iter()
                .map(|word| ("type".to_owned(), word.clone())),
        );
        query.push(("sort".into(), "started_at:desc".into()));
        if !self.pagination_token.is_empty() {
            query.push(("cursor".into(), self.pagination_token.clone()));
        }
        let page = client.get("/v1/sessions", &query).await?;
        let sessions = page
            .get("sessions")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default();
        let shaped: Vec<_> = sessions.iter().map(shape).collect();
        let mut answer = json!({ "next_page": cell(at(&page, "next_cursor")), "sessions": shaped });
        let gateways = page
            .get("visible_gateways")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default();
        if !gateways.is_empty()
            && self.pagination_token.is_empty()
            && let Some(fields) = answer.as_object_mut()
        {
            let named = gateways
                .iter()
                .map(|name| json!({ "cluster_name": name, "cluster_display_name": name }));
            fields.insert("allowed_gateways".into(), named.collect());
        }
        write_out(&format!("{answer:#}\n"))?;
        Ok(0)
    }
}

fn shape(session: &Value) -> Value {
    let state = match cell(at(session, "state")).as_str() {
        "active" | "locked" | "ending" => "connected".to_owned(),
        "canceled" => "completed".to_owned(),
        "denied" => "failed".to_owned(),
        "scheduled" | "awaiting_approval" | "provisioning" | "available" => "connecting".to_owned(),
        other => other.to_owned(),
    };
    json!({
        "session_id": at(session, "session_id"),
        "status": state,
        "client_type": at(session, "client_interface_title"),
        "user_identifier": at(session, "user.name"),
        "target_type": at(session, "resource.type"),
        "target_name": at(session, "resource.name"),
        "target_host": at(session, "resource.host"),
        "secret_name": at(session, "secret_name"),
        "cluster_name": at(session, "gateway.name"),
        "start_time": at(session, "started_at"),
        "end_time": at(session, "ended_at"),
        "ttl": at(session, "expires_at"),
        "error_msg": cell(at(session, "error.message")),
    })
}
