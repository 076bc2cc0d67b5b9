//! `doorward sessions list`, and the filters that every list has.

use clap::Args;
use serde_json::Value;

use crate::client::{ClientArgs, Exit, Failure, Format, Table, bytes, cell, local_time, span};

/// What a list selects. Values of one filter are alternatives (repeat it, or use commas); different filters must all agree.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Filters {
    /// States: connecting, active, locked, completed, …; or connected, pending, closed, ended, all
    #[arg(
        long,
        short,
        visible_alias = "status-type",
        value_delimiter = ',',
        value_name = "STATE"
    )]
    pub(crate) status: Vec<String>,
    /// Users
    #[arg(long, short, value_delimiter = ',')]
    pub(crate) user: Vec<String>,
    /// Groups: sessions of their members
    #[arg(long, value_delimiter = ',')]
    pub(crate) group: Vec<String>,
    /// Resources
    #[arg(long, visible_aliases = ["target", "role", "connection"], value_delimiter = ',')]
    pub(crate) resource: Vec<String>,
    /// Types: ssh, tcp, …; or classes: terminal, database, desktop, web, cluster, network
    #[arg(long = "type", short, visible_aliases = ["resource-type", "kind"], value_delimiter = ',')]
    pub(crate) kind: Vec<String>,
    /// Gateways
    #[arg(long, short, value_delimiter = ',')]
    pub(crate) gateway: Vec<String>,
    /// Client interfaces
    #[arg(long, value_name = "cli|web_cli|web|desktop", value_delimiter = ',')]
    pub(crate) client_interface: Vec<String>,
    /// Addresses or networks of clients
    #[arg(long, value_delimiter = ',')]
    pub(crate) client_ip: Vec<String>,
    /// Login names on the resource
    #[arg(long, value_delimiter = ',')]
    pub(crate) account: Vec<String>,
    /// Reasons of the end
    #[arg(long, value_delimiter = ',')]
    pub(crate) end_reason: Vec<String>,
    /// Access rules
    #[arg(long, value_delimiter = ',')]
    pub(crate) access_rule: Vec<String>,
    /// Profiles
    #[arg(long, value_delimiter = ',')]
    pub(crate) profile: Vec<String>,
    /// Where their approvals stand: pending, approved, rejected, expired, revoked, error
    #[arg(
        long,
        visible_alias = "review-status",
        value_name = "STATE",
        value_delimiter = ','
    )]
    pub(crate) review: Vec<String>,
    /// Ticket numbers
    #[arg(long, visible_alias = "jira-issue-key", value_delimiter = ',')]
    pub(crate) ticket: Vec<String>,
    /// Correlation ids
    #[arg(long, value_delimiter = ',')]
    pub(crate) correlation_id: Vec<String>,
    /// Not over before: RFC 3339, a date, now-2h, 2h, yesterday
    #[arg(long, visible_aliases = ["from", "start-date"], alias = "from-utc")]
    pub(crate) since: Option<String>,
    /// Begun before
    #[arg(long, visible_aliases = ["to", "end-date"], alias = "to-utc")]
    pub(crate) until: Option<String>,
    /// Within the last 24h, 7d, …
    #[arg(long)]
    pub(crate) last: Option<String>,
    /// Locked ones only
    #[arg(long)]
    pub(crate) locked: bool,
    /// Ones with a recording only
    #[arg(long)]
    pub(crate) has_recording: bool,
    /// Text in any column
    #[arg(long)]
    pub(crate) search: Option<String>,
}

impl Filters {
    /// Gives the parameters of the API.
    pub(crate) fn query(&self) -> Vec<(String, String)> {
        let lists = [
            ("status", &self.status),
            ("user", &self.user),
            ("group", &self.group),
            ("resource", &self.resource),
            ("type", &self.kind),
            ("gateway", &self.gateway),
            ("client_interface", &self.client_interface),
            ("client_ip", &self.client_ip),
            ("account", &self.account),
            ("end_reason", &self.end_reason),
            ("access_rule", &self.access_rule),
            ("profile", &self.profile),
            ("review", &self.review),
            ("ticket", &self.ticket),
            ("correlation_id", &self.correlation_id),
        ];
        let texts = [
            ("since", &self.since),
            ("until", &self.until),
            ("last", &self.last),
            ("search", &self.search),
        ];
        let flags = [("locked", self.locked), ("has_recording", self.has_recording)];
        let lists = lists
            .into_iter()
            .flat_map(|(key, values)| values.iter().map(move |value| (key, value.clone())));
        let texts = texts
            .into_iter()
            .filter_map(|(key, value)| Some((key, value.clone()?)));
        let flags = flags
            .into_iter()
            .filter(|(_, set)| *set)
            .map(|(key, _)| (key, "true".to_owned()));
        lists
            .chain(texts)
            .chain(flags)
            .map(|(key, value)| (key.to_owned(), value))
            .collect()
    }
}

/// Lists sessions: those that run now, unless a state or `--all` is asked for
#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    filters: Filters,
    /// Every state, of the last 30 days unless a time is given
    #[arg(long, visible_alias = "include-terminated", conflicts_with = "status")]
    all: bool,
    /// At most so many
    #[arg(long, default_value_t = 50)]
    limit: u32,
    /// Where the page before ended
    #[arg(long, visible_alias = "pagination-token")]
    cursor: Option<String>,
    /// A saved view: its filters and order apply where they are not given here
    #[arg(long, value_name = "NAME")]
    view: Option<String>,
    /// Field to sort by, with :asc or :desc [default: that of the view, or `started_at:desc`]
    #[arg(long)]
    sort: Option<String>,
    /// How to count all of them: exact, capped or none
    #[arg(long, default_value = "none")]
    count: String,
    /// Only these, in this order: titles of columns, or keys of the JSON, such as `user` or `user.name`
    #[arg(long, value_delimiter = ',')]
    fields: Vec<String>,
}

const COLUMNS: [(&str, &str); 8] = [
    ("ID", "session_id"),
    ("USER", "user.name"),
    ("TARGET", "resource.name"),
    ("TYPE", "resource.type"),
    ("STATUS", "state"),
    ("STARTED", "started_at"),
    ("DURATION", "duration_ms"),
    ("CLIENT IP", "client_ip"),
];

const MORE: [(&str, &str); 11] = [
    ("ACCOUNT", "account"),
    ("GATEWAY", "gateway.name"),
    ("INTERFACE", "client_interface"),
    ("UP", "bytes_up"),
    ("DOWN", "bytes_down"),
    ("CREATED", "created_at"),
    ("FIRST LOGON", "first_logon_at"),
    ("EXPIRES", "expires_at"),
    ("ENDED", "ended_at"),
    ("END REASON", "end_reason"),
    ("SECRET", "secret_name"),
];

impl List {
    pub(crate) async fn run(self, client: &ClientArgs) -> Result<u8, Failure> {
        let mut query = self.filters.query();
        if self.all {
            query.push(("status".into(), "all".into()));
        }
        query.push(("limit".into(), self.limit.to_string()));
        match (&self.sort, &self.view) {
            (Some(sort), _) => query.push(("sort".into(), sort.clone())),
            (None, Some(_)) => {}
            (None, None) => query.push(("sort".into(), "started_at:desc".into())),
        }
        query.extend(self.view.clone().map(|view| ("view".to_owned(), view)));
        query.push(("count".into(), self.count.clone()));
        query.extend(self.cursor.clone().map(|cursor| ("cursor".to_owned(), cursor)));
        let mut page = client.get("/v1/sessions", &query).await?;
        self.pick(&mut page)?;
        let rows = page
            .get("sessions")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default();
        let format = client.format();
        let named = self.named();
        let columns: Vec<_> = match format {
            _ if !named.is_empty() => named
                .iter()
                .map(|(title, path)| (title.as_str(), path.as_str()))
                .collect(),
            Format::Wide | Format::Csv => COLUMNS.into_iter().chain(MORE).collect(),
            _ => COLUMNS.to_vec(),
        };
        let table = Table {
            rows: &rows,
            columns,
            id: "session_id",
            name: "sessions",
        };
        table.write(format, &page, |path, value| shown(path, value, client))?;
        let default_view = !self.all && self.view.is_none() && self.filters.status.is_empty();
        if default_view && self.filters.search.is_none() {
            client.hint("(running sessions only; --all shows ended ones too)");
        }
        if let Some(cursor) = page.get("next_cursor").and_then(Value::as_str) {
            client.hint(&format!("(more: --cursor {cursor})"));
        }
        Ok(0)
    }

    /// Asks for what has a recording, whether it runs or not, as `recordings ls` does elsewhere.
    pub(crate) fn of_recordings(mut self) -> Self {
        self.filters.has_recording = true;
        self.all |= self.filters.status.is_empty();
        self
    }

    /// Gives titles and paths of the fields that were asked for. A key without a path of its own stands for all columns below it.
    fn named(&self) -> Vec<(String, String)> {
        let known: Vec<_> = COLUMNS.into_iter().chain(MORE).collect();
        let mut named = Vec::new();
        for field in &self.fields {
            let title = field.replace('_', " ");
            let below = format!("{field}.");
            let of: Vec<_> = known
                .iter()
                .filter(|(name, path)| {
                    name.eq_ignore_ascii_case(&title) || path == field || path.starts_with(&below)
                })
                .map(|(name, path)| ((*name).to_owned(), (*path).to_owned()))
                .collect();
            if of.is_empty() {
                named.push((title.to_uppercase(), field.clone()));
            } else {
                named.extend(of);
            }
        }
        named
    }

    /// Leaves only the keys that were asked for; refuses one that no session has.
    fn pick(&self, page: &mut Value) -> Result<(), Failure> {
        let named = self.named();
        if named.is_empty() {
            return Ok(());
        }
        let rows = page
            .get_mut("sessions")
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten();
        let keys: Vec<_> = named
            .iter()
            .filter_map(|(_, path)| path.split('.').next())
            .collect();
        for row in rows.filter_map(Value::as_object_mut) {
            if let Some(unknown) = keys.iter().find(|key| !row.contains_key(**key)) {
                let known: Vec<_> = row.keys().map(String::as_str).collect();
                let text = format!("sessions have no `{unknown}`; they have: {}", known.join(", "));
                return Err(Failure::new(Exit::Usage, text));
            }
            row.retain(|key, _| key == "session_id" || keys.contains(&key.as_str()));
        }
        Ok(())
    }
}

/// Writes a value of a session for people.
pub(crate) fn shown(path: &str, value: &Value, client: &ClientArgs) -> String {
    match path {
        "started_at" | "first_logon_at" | "ended_at" | "created_at" | "expires_at" | "at" => {
            local_time(value, client.utc)
        }
        "duration_ms" => value.as_i64().map(span).unwrap_or_default(),
        "bytes_up" | "bytes_down" | "bytes" => value.as_i64().map(bytes).unwrap_or_default(),
        "state" if client.colours() => {
            let state = cell(value);
            let colour = match state.as_str() {
                "active" => 32,
                "locked" | "ending" | "connecting" => 33,
                "failed" | "terminated" | "denied" => 31,
                _ => 2,
            };
            format!("\u{1b}[{colour}m{state}\u{1b}[0m")
        }
        _ => cell(value),
    }
}
