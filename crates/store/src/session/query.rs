//! What can be asked of the list of sessions.

use domain::{
    Micros, SessionId, Span,
    approval::ApprovalState,
    session::{ClientInterface, State},
    stop::EndReason,
};
use ipnet::IpNet;

use super::SessionRow;

/// Which sessions, in which order, how many. Values of one filter are alternatives, different filters must all agree; an empty
/// filter selects everything. No default is hidden here: what a list shows when it is not asked for more is the API's business.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SessionQuery {
    /// States.
    pub states: Vec<State>,
    /// Users, by name or by id.
    pub users: Vec<String>,
    /// Only of these users, by name, beside what `users` asks for; the members of groups. [`None`] for everybody's.
    pub members: Option<Vec<String>>,
    /// Resources, by name or by id.
    pub resources: Vec<String>,
    /// Protocol ids of the resources.
    pub types: Vec<String>,
    /// Gateways, by name.
    pub gateways: Vec<String>,
    /// Client interfaces.
    pub client_interfaces: Vec<ClientInterface>,
    /// Networks of the client's address.
    pub client_ips: Vec<IpNet>,
    /// Login names on the resource.
    pub accounts: Vec<String>,
    /// Names of the secrets used.
    pub secrets: Vec<String>,
    /// Access rules that decided, by name.
    pub access_rules: Vec<String>,
    /// Profiles in force, by name.
    pub profiles: Vec<String>,
    /// Reasons of the end.
    pub end_reasons: Vec<EndReason>,
    /// Sessions that were not over before this time.
    pub since: Option<Micros>,
    /// Sessions that were created before this time.
    pub until: Option<Micros>,
    /// Locked now, or not.
    pub locked: Option<bool>,
    /// With a recording (being written or kept), or without.
    pub has_recording: Option<bool>,
    /// Ticket numbers.
    pub tickets: Vec<String>,
    /// Correlation ids.
    pub correlation_ids: Vec<String>,
    /// Runs again of this session.
    pub rerun_of: Option<SessionId>,
    /// Where their approvals stand.
    pub reviews: Vec<ApprovalState>,
    /// Text to be found in any visible column: in names anywhere and in any case; at the beginning of the session's id (8
    /// characters), the ticket, the correlation id; the client's address or the beginning of it, in whole groups.
    pub search: Option<String>,
    /// The order; newest first when absent.
    pub sort: Sort,
    /// Where the page before ended.
    pub cursor: Option<String>,
    /// Rows of a page: 1 to 1000; 0 stands for 50.
    pub limit: u32,
    /// How the total is counted.
    pub count: Count,
    /// The time now: running sessions last until here.
    pub now: Micros,
}

/// How the total is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Count {
    /// Not at all.
    #[default]
    None,
    /// Up to 10 000.
    Capped,
    /// All of it.
    Exact,
}

/// An order of the list. Rows that are equal in the column are in the order of their creation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sort {
    /// By what.
    pub column: SortColumn,
    /// Which way; also that of the creation among equals.
    pub direction: Direction,
}

/// A direction of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Direction {
    /// Smallest first.
    Ascending,
    /// Largest first.
    #[default]
    Descending,
}

/// A column that the list can be sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[expect(missing_docs, reason = "the names are those of the columns")]
pub enum SortColumn {
    #[default]
    Created,
    Started,
    FirstLogon,
    Expires,
    Ended,
    Duration,
    BytesUp,
    BytesDown,
    State,
    EndReason,
    User,
    Account,
    Resource,
    ResourceType,
    Gateway,
    ClientInterface,
    ClientIp,
    Secret,
    AccessRule,
    Profile,
    Ticket,
    Recording,
}

impl SortColumn {
    /// Every column.
    pub const ALL: [Self; 22] = [
        Self::Created,
        Self::Started,
        Self::FirstLogon,
        Self::Expires,
        Self::Ended,
        Self::Duration,
        Self::BytesUp,
        Self::BytesDown,
        Self::State,
        Self::EndReason,
        Self::User,
        Self::Account,
        Self::Resource,
        Self::ResourceType,
        Self::Gateway,
        Self::ClientInterface,
        Self::ClientIp,
        Self::Secret,
        Self::AccessRule,
        Self::Profile,
        Self::Ticket,
        Self::Recording,
    ];

    /// Gives the word of the API.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Created => "created_at",
            Self::Started => "started_at",
            Self::FirstLogon => "first_logon_at",
            Self::Expires => "expires_at",
            Self::Ended => "ended_at",
            Self::Duration => "duration",
            Self::BytesUp => "bytes_up",
            Self::BytesDown => "bytes_down",
            Self::State => "state",
            Self::EndReason => "end_reason",
            Self::User => "user",
            Self::Account => "account",
            Self::Resource => "resource",
            Self::ResourceType => "type",
            Self::Gateway => "gateway",
            Self::ClientInterface => "client_interface",
            Self::ClientIp => "client_ip",
            Self::Secret => "secret_name",
            Self::AccessRule => "access_rule",
            Self::Profile => "profile",
            Self::Ticket => "ticket",
            Self::Recording => "recording",
        }
    }

    /// Reads the word of the API.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|column| column.word() == word)
    }
}

/// A page of the list.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// The rows.
    pub rows: Vec<SessionRow>,
    /// Where the next page starts; [`None`] at the end.
    pub next_cursor: Option<String>,
    /// How many rows there are in all pages; [`None`] when not counted.
    pub total: Option<u64>,
    /// There are more than `total`.
    pub total_is_capped: bool,
    /// The time at which running sessions were measured; the same on all pages of a walk.
    pub as_of: Micros,
}

/// A column whose values a filter offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Facet {
    /// User names.
    User,
    /// Resource names.
    Resource,
    /// Protocol ids.
    ResourceType,
    /// Gateways.
    Gateway,
    /// Login names on resources.
    Account,
    /// Secrets.
    Secret,
    /// Access rules.
    AccessRule,
    /// Profiles.
    Profile,
    /// Reasons of the end.
    EndReason,
}

/// Which values to offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FacetQuery {
    /// Of which column.
    pub facet: Facet,
    /// That begin with this, in any case; empty for all.
    pub prefix: String,
    /// At most so many; 0 stands for 100.
    pub limit: u32,
}

/// How many sessions have each value of a column.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FacetCounts {
    /// Values and their sessions, most sessions first; at most 1000.
    pub values: Vec<(String, u64)>,
    /// How many sessions were counted: the newest 10 000 at most.
    pub counted: u64,
    /// There are older ones, which were not counted.
    pub is_capped: bool,
}

/// What statistics are grouped by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Group {
    /// Each state.
    State,
    /// Each reason of the end.
    EndReason,
    /// Each user.
    User,
    /// Each resource.
    Resource,
    /// Each protocol.
    ResourceType,
    /// Each gateway.
    Gateway,
    /// Each client interface.
    ClientInterface,
    /// Each login name on resources.
    Account,
    /// Each secret.
    Secret,
    /// Each access rule.
    AccessRule,
    /// Each profile.
    Profile,
    /// Each day of creation, in UTC.
    Day,
}

/// A line of statistics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatRow {
    /// The group: a name, a word, or a date as `2026-11-21`.
    pub key: String,
    /// Sessions.
    pub sessions: u64,
    /// Bytes from callers to resources, of sessions that have ended.
    pub bytes_up: i64,
    /// Bytes from resources to callers, of sessions that have ended.
    pub bytes_down: i64,
    /// How long they lasted together, of sessions that have ended.
    pub duration: Span,
}
