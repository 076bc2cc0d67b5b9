//! The `OpenAPI` document, made from the code. The committed `openapi.json` is compared with it by a test.

mod examples;
mod polish;

use axum::Json;
use serde_json::Value;
use utoipa::OpenApi;

use crate::routes::{
    approvals, audit, compare, connect, database_passwords, device, export, facets, factors, live, login,
    meta, objects, oidc, orders, passkeys, player, policy, portal, query_log, rerun, results, search,
    service_accounts, sessions, settings, shares, sign_ins, sql, ssh_certificates, stream, terminal, tokens,
    views, work,
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Doorward",
        description = "Sessions of an access gateway: list, watch, lock, end, replay, prove.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    paths(
        sessions::list,
        sessions::one,
        sessions::timeline,
        sessions::events,
        facets::facets,
        stream::changes,
        stream::text,
        orders::one,
        orders::many,
        work::activity,
        work::files,
        work::all_files,
        search::search,
        player::about,
        player::index,
        player::segment,
        player::timemap,
        live::live,
        export::export,
        results::rows,
        results::file,
        results::value,
        rerun::rerun,
        compare::results,
        query_log::export,
        objects::list,
        objects::one,
        objects::put,
        objects::delete,
        objects::apply,
        policy::test,
        policy::replay,
        meta::resource_types,
        connect::list,
        connect::tunnel,
        database_passwords::create,
        ssh_certificates::create,
        terminal::terminal,
        portal::open,
        portal::list,
        portal::state,
        portal::download,
        portal::upload,
        portal::change,
        portal::close,
        sql::open,
        sql::state,
        sql::run,
        sql::more,
        sql::rest,
        sql::cancel,
        sql::names,
        sql::close,
        approvals::list,
        approvals::one,
        approvals::vote,
        approvals::vote_many,
        approvals::request,
        audit::list,
        audit::verify,
        audit::export,
        audit::checkpoint,
        shares::create,
        shares::list,
        shares::revoke,
        shares::open,
        login::login,
        login::logout,
        login::setup_needed,
        login::setup,
        meta::me,
        factors::own,
        factors::begin,
        factors::confirm,
        factors::remove,
        factors::new_codes,
        device::begin,
        device::token,
        device::behind,
        device::confirm,
        device::refuse,
        oidc::begin,
        oidc::callback,
        sign_ins::list,
        passkeys::begin,
        passkeys::add,
        passkeys::remove,
        passkeys::ask,
        passkeys::login,
        factors::of_user,
        factors::reset,
        service_accounts::exchange,
        service_accounts::keys,
        service_accounts::create_key,
        tokens::list,
        tokens::create,
        tokens::revoke,
        views::list,
        views::put,
        views::delete,
        meta::nodes,
        settings::list,
        meta::health,
        meta::recording_key,
    ),
    components(schemas(terminal::Say, terminal::Hear, sql::Say))
)]
struct Document;

/// Gives the document.
#[must_use]
pub fn document() -> Value {
    let mut document = serde_json::to_value(Document::openapi()).unwrap_or_default();
    polish::polish(&mut document);
    document
}

/// Serves the document.
pub async fn serve() -> Json<Value> {
    Json(document())
}
