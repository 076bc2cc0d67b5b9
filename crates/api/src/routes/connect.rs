//! What a person may reach, and the tunnel that carries a connection there.

use axum::{
    Json,
    extract::{Path, State, WebSocketUpgrade, ws},
    http::HeaderMap,
    response::Response,
};
use domain::{
    approval::ApprovalRule,
    object::Capability,
    person::Person,
    policy::{self, Directory, Grant},
    session::ClientInterface,
};
use engine::{Medium, NativeCommand};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    Api,
    auth::Viewer,
    problem::{Answer, Problem, ProblemDocument},
    tunnel,
};

/// What a person may reach.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReachList {
    /// By name.
    pub resources: Vec<Reach>,
}

/// A resource that a person may reach.
#[derive(Debug, Serialize, ToSchema)]
pub struct Reach {
    /// Its name.
    pub name: String,
    /// The protocol's id.
    #[serde(rename = "type")]
    pub protocol: String,
    /// What it is.
    pub description: String,
    /// The login name that is used unless another account is asked for.
    pub account: String,
    /// The profile in force for it.
    pub profile: String,
    /// The command of a native client for it; null when only `doorward connect` reaches the resource.
    pub command: Option<String>,
    /// For how long access can be asked for ahead at most, in seconds.
    pub max_duration_secs: u32,
    /// Every account that the person may use there, in the order of preference.
    pub accounts: Vec<ReachAccount>,
    /// How its sessions are drawn.
    #[schema(value_type = String)]
    pub medium: Medium,
    /// A terminal can be opened on it in a browser, with that account.
    pub terminal: bool,
    /// Its files can be looked at in a browser, with that account.
    pub files: bool,
    /// Statements can be run on it in a browser, with that account.
    pub statements: bool,
}

/// An account that a person may use on a resource.
#[derive(Debug, Serialize, ToSchema)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct ReachAccount {
    /// The account's name.
    pub name: String,
    /// The login name on the resource.
    pub login: String,
    /// The access rule that gives it.
    pub rule: String,
    /// The profile in force.
    pub profile: String,
    /// The gateway proves it; otherwise the person is asked for a password.
    pub has_secret: bool,
    /// A terminal can be opened with it in a browser.
    pub terminal: bool,
    /// Files can be looked at with it in a browser.
    pub files: bool,
    /// Statements can be run with it in a browser.
    pub statements: bool,
    /// The command of a native client; null when only `doorward connect` reaches the resource.
    pub command: Option<String>,
    /// What has to be given and who has to agree before a session begins; null when nobody has.
    pub approval: Option<ReachApproval>,
}

/// What the approval of a session takes.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReachApproval {
    /// Who has to agree, one after the other, in words.
    pub reviewers: Vec<String>,
    /// A reason has to be given, so that access is asked for ahead.
    pub reason: bool,
    /// The form of the ticket number that has to be given; null when none has to be.
    pub ticket: Option<String>,
    /// For how long the approval is good, in seconds; 0 for one connection.
    pub covers_secs: u32,
    /// The viewer may go in without waiting, with an alarm.
    pub break_glass: bool,
}

impl ReachApproval {
    fn new(rule: &ApprovalRule, person: &Person) -> Self {
        let tiers = rule.review.asked();
        Self {
            reviewers: tiers.iter().map(|tier| rule.review.describe(tier)).collect(),
            reason: rule.reason,
            ticket: rule.ticket.clone(),
            covers_secs: rule.covers_secs,
            break_glass: rule.may_break_glass(person),
        }
    }
}

/// Lists what the viewer may reach, with each account and the command for a native client.
#[utoipa::path(get, path = "/v1/connect", tag = "connect", responses((status = 200, body = ReachList)))]
pub async fn list(State(api): State<Api>, viewer: Viewer) -> Json<ReachList> {
    let directory = api.engine().directory();
    let names = directory.resources.keys();
    let resources = names.filter_map(|name| reach(&api, &directory, &viewer, name));
    Json(ReachList {
        resources: resources.collect(),
    })
}

fn reach(api: &Api, directory: &Directory, viewer: &Viewer, name: &str) -> Option<Reach> {
    let choices = policy::choices(directory, &viewer.person, name);
    let unasked = policy::decide(directory, &viewer.person, name, None).ok();
    let first = unasked.as_ref().or(choices.first())?;
    let protocol = api.engine().protocol(&first.target.protocol)?;
    let listener = api.listener(&first.target.protocol);
    let command = |account: Option<&str>| {
        protocol.native_command(&NativeCommand {
            user: &viewer.person.name,
            resource: name,
            account,
            host: listener.map_or("localhost", |listener| listener.host.as_str()),
            port: listener.map(|listener| listener.port),
        })
    };
    let is_unasked = |grant: &Grant| unasked.as_ref().is_some_and(|one| one.account == grant.account);
    // The account that needs not be asked for is left out of the line.
    let command_for = |grant: &Grant| command((!is_unasked(grant)).then_some(&grant.account));
    // What a browser can do with it, by the profile of each account.
    let has_portal = protocol.portal().is_some();
    let medium = protocol.spec().medium;
    let portal = has_portal && medium == Medium::Terminal;
    let statements =
        |grant: &Grant| has_portal && medium == Medium::Statements && grant.allows(Capability::Query);
    let terminal = |grant: &Grant| portal && grant.allows(Capability::Shell);
    let moves = [Capability::FileUpload, Capability::FileDownload];
    let files = |grant: &Grant| portal && moves.into_iter().any(|one| grant.allows(one));
    Some(Reach {
        name: name.to_owned(),
        protocol: first.target.protocol.clone(),
        description: first.target.description.clone(),
        account: first.login.clone(),
        profile: first.profile_name.clone(),
        command: command_for(first),
        max_duration_secs: first.profile.max_duration_secs,
        accounts: choices
            .iter()
            .map(|grant| ReachAccount {
                name: grant.account.clone(),
                login: grant.login.clone(),
                rule: grant.rule.clone(),
                profile: grant.profile_name.clone(),
                has_secret: grant.secret.is_some(),
                terminal: terminal(grant),
                files: files(grant),
                statements: statements(grant),
                command: command_for(grant),
                approval: grant
                    .profile
                    .approval
                    .as_ref()
                    .map(|rule| ReachApproval::new(rule, &viewer.person)),
            })
            .collect(),
        medium: protocol.spec().medium,
        terminal: terminal(first),
        files: files(first),
        statements: statements(first),
    })
}

/// Carries one connection to a resource in the binary messages of a websocket; `doorward connect` speaks it.
#[utoipa::path(get, path = "/v1/connect/{resource}", tag = "connect", params(("resource" = String, Path)),
    responses((status = 101, description = "a websocket whose binary messages are the bytes of one connection"), (status = 404, body = ProblemDocument)))]
pub async fn tunnel(
    State(api): State<Api>,
    viewer: Viewer,
    Path(resource): Path<String>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Answer<Response> {
    viewer.must_be_same_origin(&headers)?;
    if policy::decide(&api.engine().directory(), &viewer.person, &resource, None).is_err() {
        return Err(Problem::not_found());
    }
    let peer = std::net::SocketAddr::new(viewer.address, 0);
    Ok(upgrade
        .max_message_size(tunnel::LARGEST)
        .on_upgrade(move |socket: ws::WebSocket| async move {
            let (stream, pump) = tunnel::open(socket);
            let engine = api.engine();
            let carried = engine.carry(viewer.person, &resource, peer, ClientInterface::Cli, stream);
            // The pump ends when the engine has dropped its end of the stream, and the other way round.
            tokio::join!(carried, pump);
        }))
}
