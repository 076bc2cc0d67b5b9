//! What a filter can be set to, and how many sessions there would be.

use axum::{
    Json,
    extract::{RawQuery, State},
};
use domain::{
    Micros,
    session::{ClientInterface, State as SessionState},
    stop::EndReason,
};
use serde::Serialize;
use store::{Facet, FacetQuery, Group};
use utoipa::ToSchema;

use crate::{
    Api,
    auth::Viewer,
    problem::{Answer, Problem, ProblemDocument},
    query::Params,
    routes::sessions::{FILTERS, limit, read_query},
};

/// Values that a filter can take.
#[derive(Debug, Serialize, ToSchema)]
pub struct FacetList {
    /// The values, within what the viewer may see; those of most sessions first.
    pub values: Vec<FacetValue>,
    /// How many sessions were counted: the newest 10 000 that the other filters select, at most.
    pub counted: u64,
    /// There are older ones, which were not counted.
    pub is_capped: bool,
}

/// A value that a filter can take.
#[derive(Debug, Serialize, ToSchema)]
pub struct FacetValue {
    /// What to send.
    pub value: String,
    /// What to show.
    pub title: String,
    /// How many of the counted sessions have it.
    pub sessions: u64,
}

/// The columns that have choices: their words, what is counted, and where all values ever are.
const COLUMNS: [(&str, Group, Option<Facet>); 11] = [
    ("user", Group::User, Some(Facet::User)),
    ("resource", Group::Resource, Some(Facet::Resource)),
    ("type", Group::ResourceType, Some(Facet::ResourceType)),
    ("gateway", Group::Gateway, Some(Facet::Gateway)),
    ("account", Group::Account, Some(Facet::Account)),
    ("secret_name", Group::Secret, Some(Facet::Secret)),
    ("access_rule", Group::AccessRule, Some(Facet::AccessRule)),
    ("profile", Group::Profile, Some(Facet::Profile)),
    ("end_reason", Group::EndReason, Some(Facet::EndReason)),
    ("client_interface", Group::ClientInterface, None),
    ("status", Group::State, None),
];

/// Lists the values of a filter, also of users and resources that are gone, with the number of sessions that have each. Takes the
/// filters of the list beside `column`; that of the column itself is not applied, so that its other values can be chosen too. Without
/// `status` and time every session counts.
#[utoipa::path(get, path = "/v1/facets", tag = "sessions",
    params(("column" = String, Query, description = "user, resource, type, gateway, account, secret_name, access_rule, profile, end_reason, client_interface or status"),
        ("q" = Option<String>, Query, description = "the beginning of the values"), ("limit" = Option<u32>, Query, description = "at most so many values: 1 to 1000, 50 by itself")),
    responses((status = 200, body = FacetList), (status = 422, body = ProblemDocument)))]
pub async fn facets(
    State(api): State<Api>,
    viewer: Viewer,
    RawQuery(query): RawQuery,
) -> Answer<Json<FacetList>> {
    let params = Params::read(query.as_deref().unwrap_or_default());
    let word = params.one("column").unwrap_or_default().to_owned();
    let (_, group, facet) = COLUMNS.iter().find(|(name, ..)| *name == word).ok_or_else(|| {
        let names: Vec<_> = COLUMNS.iter().map(|(name, ..)| *name).collect();
        Problem::invalid(format!(
            "`{word}` is not a column; valid are: {}",
            names.join(", ")
        ))
    })?;
    let prefix = params.one("q").unwrap_or_default().to_owned();
    let most = limit(&params)?;
    let filters = params
        .without("column")
        .without("q")
        .without("limit")
        .without(&word);
    filters.only(&FILTERS)?;
    let everything = Params::read("status=all&last=all");
    let filters = filters.over(everything, &["status", "last"]);
    let scope = viewer.sight.listed();
    let store = api.store();
    let query = read_query(&api, &viewer, &filters, Micros::now())?;
    let counts = store.facet_counts(*group, &query, &scope).await;
    let counts = counts.map_err(Problem::of_store)?;
    let begins = |value: &String| value.to_lowercase().starts_with(&prefix.to_lowercase());
    let mut values = counts.values;
    values.retain(|(value, _)| begins(value));
    values.truncate(most as usize);
    // Then those that no counted session has: of older sessions, or ruled out by the other filters.
    let others = match facet {
        Some(facet) => {
            let all = FacetQuery {
                facet: *facet,
                prefix: prefix.clone(),
                limit: most,
            };
            store.facets(&all, &scope).await.map_err(Problem::of_store)?
        }
        None => words(*group).into_iter().filter(begins).collect(),
    };
    for value in others {
        if values.len() < most as usize && !values.iter().any(|(known, _)| *known == value) {
            values.push((value, 0));
        }
    }
    let values = values.into_iter().map(|(value, sessions)| FacetValue {
        title: title(*group, &value),
        value,
        sessions,
    });
    Ok(Json(FacetList {
        values: values.collect(),
        counted: counts.counted.min(10_000),
        is_capped: counts.is_capped,
    }))
}

/// Every value of a column whose values are fixed.
fn words(group: Group) -> Vec<String> {
    let interfaces = ClientInterface::ALL.iter().map(|one| one.word());
    let states = SessionState::ALL.iter().map(|state| state.word());
    let words: Vec<&str> = match group {
        Group::ClientInterface => interfaces.collect(),
        Group::State => states.collect(),
        _ => Vec::new(),
    };
    words.into_iter().map(str::to_owned).collect()
}

fn title(group: Group, value: &str) -> String {
    match group {
        Group::ClientInterface => {
            ClientInterface::parse(value).map_or_else(|| value.to_owned(), |one| one.title().to_owned())
        }
        Group::EndReason => {
            EndReason::parse(value).map_or_else(|| value.to_owned(), |reason| reason.word().replace('_', " "))
        }
        Group::State => value.replace('_', " "),
        _ => value.to_owned(),
    }
}
