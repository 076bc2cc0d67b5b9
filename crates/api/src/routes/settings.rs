//! What the gateway runs with: every setting, its value in force, and what has set it. Read-only; secrets in values are masked.

use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    Api,
    auth::Viewer,
    problem::{Answer, ProblemDocument},
};

/// One setting of the gateway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SettingView {
    /// Its key in the settings file; empty for what only the environment can say.
    pub key: String,
    /// The option of `doorward serve`; empty for what only the environment can say.
    pub option: String,
    /// The environment variable.
    pub env: String,
    /// What it says.
    pub about: String,
    /// The value in force; empty for none. Passwords in it are masked.
    pub value: String,
    /// What has set it: `option`, `environment`, `file`, `program` (a demo) or `default`.
    pub set_by: SetBy,
}

/// What has set a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SetBy {
    /// An option of the command line.
    Option,
    /// An environment variable.
    Environment,
    /// The settings file.
    File,
    /// The program itself, as in a demo.
    Program,
    /// Nothing: it is the default.
    Default,
}

/// Lists the settings that this gateway runs with. For administrators and auditors.
#[utoipa::path(get, path = "/v1/settings", tag = "gateway", responses((status = 200, body = Vec<SettingView>), (status = 403, body = ProblemDocument)))]
pub async fn list(State(api): State<Api>, viewer: Viewer) -> Answer<Json<Vec<SettingView>>> {
    viewer.must_list_all()?;
    Ok(Json(api.settings().to_vec()))
}
