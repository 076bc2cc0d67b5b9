//! The declared objects: what `doorward apply`, the API and the console all edit.

use axum::{
    Json,
    extract::{Path, RawQuery, State},
    http::HeaderMap,
};
use domain::{
    Micros,
    activity::{Activity, Deed},
    audit::Actor,
    object::{Document, Kind, Object, SecretText, Spec, UserKind},
};
use serde::{Deserialize, Serialize};
use store::{Applied, Cause, PasswordHash, Put, Sealed, SealedSecret, Verdict};
use utoipa::ToSchema;

use crate::{
    Api,
    auth::Viewer,
    body::Body,
    problem::{Answer, Problem, ProblemDocument},
    query::Params,
    routes::orders::expected,
    view::{change::ChangeView, time::time},
};

/// The fewest characters of a password.
const SHORTEST_PASSWORD: usize = 8;

/// A declared object.
#[derive(Debug, Serialize, ToSchema)]
pub struct ObjectView {
    /// The lasting name.
    pub id: String,
    /// The kind.
    pub kind: &'static str,
    /// The unique name within its kind.
    pub name: String,
    /// Grows with every change; for `If-Match`.
    pub version: i64,
    /// When it was first applied.
    pub created_at: Option<String>,
    /// When it was last changed.
    pub updated_at: Option<String>,
    /// What it says; never holds a password or a secret's value.
    #[schema(value_type = Object)]
    pub spec: serde_json::Value,
}

impl ObjectView {
    fn new(object: &Object) -> Self {
        Self {
            id: object.id.to_string(),
            kind: object.spec.kind().word(),
            name: object.name.clone(),
            version: object.version,
            created_at: time(object.created_at),
            updated_at: time(object.updated_at),
            spec: object.spec.value(),
        }
    }
}

/// Objects of a kind.
#[derive(Debug, Serialize, ToSchema)]
pub struct ObjectList {
    /// By name.
    pub objects: Vec<ObjectView>,
}

/// What to make of an object.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ObjectBody {
    /// What it shall say; `password` of a user and `value` of a secret are write-only.
    #[schema(value_type = Object)]
    pub spec: serde_json::Value,
}

/// Documents to be applied, all or none.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Documents {
    /// Each `{kind, name, spec}`.
    #[schema(value_type = Vec<Object>)]
    pub documents: Vec<Document>,
}

/// What became, or would become, of documents.
#[derive(Debug, Serialize, ToSchema)]
pub struct AppliedList {
    /// One line for each document, in order.
    pub results: Vec<AppliedView>,
    /// Nothing was changed: this is what would be.
    pub dry_run: bool,
}

/// What became of a document.
#[derive(Debug, Serialize, ToSchema)]
pub struct AppliedView {
    /// The kind.
    pub kind: &'static str,
    /// The name.
    pub name: String,
    /// `created`, `changed` or `unchanged`.
    pub action: &'static str,
    /// The version after.
    pub version: i64,
    /// The fields that differ; secret ones as `***`.
    pub changes: Vec<ChangeView>,
}

impl AppliedView {
    fn new(applied: Applied) -> Self {
        Self {
            kind: applied.kind.word(),
            name: applied.name,
            action: match applied.verdict {
                Verdict::Created => "created",
                Verdict::Changed => "changed",
                Verdict::Unchanged => "unchanged",
            },
            version: applied.version,
            changes: ChangeView::all(applied.changes),
        }
    }
}

fn kind_of(word: &str) -> Answer<Kind> {
    Kind::parse(word).ok_or_else(|| {
        let kinds: Vec<_> = Kind::ALL.iter().map(|kind| kind.word()).collect();
        Problem::invalid(format!(
            "`{word}` is not a kind of object; valid are: {}",
            kinds.join(", ")
        ))
    })
}

/// Lists the objects of a kind. For administrators; auditors may read all but nothing secret is ever in here.
#[utoipa::path(get, path = "/v1/objects/{kind}", tag = "objects", params(("kind" = String, Path)), responses((status = 200, body = ObjectList)))]
pub async fn list(
    State(api): State<Api>,
    viewer: Viewer,
    Path(kind): Path<String>,
) -> Answer<Json<ObjectList>> {
    viewer.must_list_all()?;
    let objects = api
        .store()
        .objects(Some(kind_of(&kind)?))
        .await
        .map_err(Problem::of_store)?;
    Ok(Json(ObjectList {
        objects: objects.iter().map(ObjectView::new).collect(),
    }))
}

/// Gives one object.
#[utoipa::path(get, path = "/v1/objects/{kind}/{name}", tag = "objects", params(("kind" = String, Path), ("name" = String, Path)),
    responses((status = 200, body = ObjectView), (status = 404, body = ProblemDocument)))]
pub async fn one(
    State(api): State<Api>,
    viewer: Viewer,
    Path((kind, name)): Path<(String, String)>,
) -> Answer<Json<ObjectView>> {
    viewer.must_list_all()?;
    let object = api
        .store()
        .object(kind_of(&kind)?, &name)
        .await
        .map_err(Problem::of_store)?;
    object
        .as_ref()
        .map(|object| Json(ObjectView::new(object)))
        .ok_or_else(Problem::not_found)
}

/// Creates or changes one object.
#[utoipa::path(put, path = "/v1/objects/{kind}/{name}", tag = "objects", request_body = ObjectBody, params(("kind" = String, Path), ("name" = String, Path),
        ("If-Match" = Option<String>, Header, description = "the version that the caller has seen, in quotes; another one is answered with 412")),
    responses((status = 200, body = AppliedView), (status = 412, body = ProblemDocument), (status = 422, body = ProblemDocument)))]
pub async fn put(
    State(api): State<Api>,
    viewer: Viewer,
    Path((kind, name)): Path<(String, String)>,
    headers: HeaderMap,
    Body(body): Body<ObjectBody>,
) -> Answer<Json<AppliedView>> {
    viewer.must_administer()?;
    let document = Document {
        kind: kind_of(&kind)?,
        name,
        spec: body.spec,
    };
    let mut wish = wish(&api, document).await?;
    wish.expected = expected(&headers)?;
    let cause = Cause::new(Micros::now(), Actor::user(&viewer.person.name)).from_ip(viewer.client_ip());
    let applied = api
        .store()
        .put_object(wish, cause)
        .await
        .map_err(Problem::of_objects)?;
    api.engine()
        .refresh_directory()
        .await
        .map_err(Problem::of_store)?;
    Ok(Json(AppliedView::new(applied)))
}

/// Deletes an object that no other names. Its history stays.
#[utoipa::path(delete, path = "/v1/objects/{kind}/{name}", tag = "objects", params(("kind" = String, Path), ("name" = String, Path),
        ("If-Match" = Option<String>, Header, description = "the version that the caller has seen, in quotes; another one is answered with 412")),
    responses((status = 204), (status = 404, body = ProblemDocument), (status = 409, body = ProblemDocument), (status = 412, body = ProblemDocument)))]
pub async fn delete(
    State(api): State<Api>,
    viewer: Viewer,
    Path((kind, name)): Path<(String, String)>,
    headers: HeaderMap,
) -> Answer<http::StatusCode> {
    viewer.must_administer()?;
    let cause = Cause::new(Micros::now(), Actor::user(&viewer.person.name)).from_ip(viewer.client_ip());
    let kind = kind_of(&kind)?;
    api.store()
        .delete_object(kind, &name, expected(&headers)?, cause)
        .await
        .map_err(Problem::of_objects)?;
    api.engine()
        .refresh_directory()
        .await
        .map_err(Problem::of_store)?;
    Ok(http::StatusCode::NO_CONTENT)
}

/// Applies documents, all or none. Applying the same again changes nothing; `dry_run=true` only says what would change.
#[utoipa::path(post, path = "/v1/apply", tag = "objects", request_body = Documents, params(("dry_run" = Option<bool>, Query)),
    responses((status = 200, body = AppliedList), (status = 422, body = ProblemDocument)))]
pub async fn apply(
    State(api): State<Api>,
    viewer: Viewer,
    RawQuery(query): RawQuery,
    Body(body): Body<Documents>,
) -> Answer<Json<AppliedList>> {
    viewer.must_administer()?;
    let params = Params::read(query.as_deref().unwrap_or_default());
    params.only(&["dry_run"])?;
    let dry_run = params.flag("dry_run")?.unwrap_or(false);
    let cause = Cause::new(Micros::now(), Actor::user(&viewer.person.name)).from_ip(viewer.client_ip());
    let applied = apply_documents(&api, body.documents, dry_run, cause).await?;
    Ok(Json(AppliedList {
        results: applied.into_iter().map(AppliedView::new).collect(),
        dry_run,
    }))
}

/// Applies documents for a caller who may; also how `doorward demo` makes its objects.
pub async fn apply_documents(
    api: &Api,
    documents: Vec<Document>,
    dry_run: bool,
    cause: Cause,
) -> Answer<Vec<Applied>> {
    let mut wishes = Vec::with_capacity(documents.len());
    for document in documents {
        wishes.push(wish(api, document).await?);
    }
    if dry_run {
        return api.store().dry_run(wishes).await.map_err(Problem::of_objects);
    }
    let applied = api
        .store()
        .apply(wishes, cause)
        .await
        .map_err(Problem::of_objects)?;
    api.engine()
        .refresh_directory()
        .await
        .map_err(Problem::of_store)?;
    Ok(applied)
}

/// Reads a document, takes its secret part out and makes that safe.
async fn wish(api: &Api, document: Document) -> Answer<Put> {
    let Document { kind, name, spec } = document;
    let bad = |what: &dyn std::fmt::Display| Problem::invalid(format!("{}/{name}: {what}", kind.word()));
    check_name(&name)?;
    let mut spec = Spec::read(kind, spec).map_err(|error| bad(&error).at(error.path().to_string()))?;
    let sealed = match &mut spec {
        Spec::User(user) => {
            for key in &user.ssh_keys {
                vault::ssh_keys::PublicKeyLine::parse(key).map_err(|error| bad(&error).at("ssh_keys"))?;
            }
            match user.password.take() {
                Some(_) if user.kind == UserKind::Service => {
                    return Err(bad(&"a service account has keys and no password").at("password"));
                }
                Some(password) => new_password(api, &name, password).await?,
                None => Sealed::Nothing,
            }
        }
        Spec::Secret(secret) => match (secret.value.take(), &secret.from) {
            (Some(_), Some(_)) => {
                return Err(
                    bad(&"it has a value here, or says `from` where it is kept; not both").at("value"),
                );
            }
            (Some(value), None) => new_secret(api, &name, secret.form, &value).await?,
            (None, Some(from)) => {
                let checked = api.engine().check_origin(from);
                checked.map_err(|error| bad(&error).at("from"))?;
                Sealed::Nothing
            }
            (None, None) => Sealed::Nothing,
        },
        Spec::Resource(resource) => {
            let protocol = api.engine().protocol(&resource.protocol).ok_or_else(|| {
                let types: Vec<_> = api.engine().protocols().iter().map(|one| one.spec().id).collect();
                bad(&format!(
                    "no type `{}`; valid are: {}",
                    resource.protocol,
                    types.join(", ")
                ))
                .at("type")
            })?;
            protocol
                .check(&resource.options)
                .map_err(|error| bad(&error).at("options"))?;
            Sealed::Nothing
        }
        Spec::Activity(activity) => {
            check_activity(api, activity).map_err(|(field, why)| bad(&why).at(field))?;
            Sealed::Nothing
        }
        _ => Sealed::Nothing,
    };
    Ok(Put::new(name, spec).with_sealed(sealed))
}

/// Checks what an activity does, as far as its protocol knows; the error names the field.
fn check_activity(api: &Api, activity: &Activity) -> Result<(), (&'static str, String)> {
    activity.check().map_err(|invalid| (invalid.field, invalid.why))?;
    let protocol = api.engine().protocol(&activity.protocol);
    let provisioner = protocol.and_then(|protocol| protocol.provisioner());
    let Some(provisioner) = provisioner else {
        let all = api.engine().protocols().iter();
        let types: Vec<_> = all
            .filter(|one| one.provisioner().is_some())
            .map(|one| one.spec().id)
            .collect();
        let why = format!(
            "nothing can be prepared on type `{}`; valid are: {}",
            activity.protocol,
            types.join(", ")
        );
        return Err(("type", why));
    };
    if activity.after.contains(&Deed::RotatePassword {}) {
        check_rotation(api, activity).map_err(|why| ("after", why))?;
    }
    for (field, deeds) in [("before", &activity.before), ("after", &activity.after)] {
        for (number, deed) in deeds.iter().enumerate() {
            let checked = provisioner.check(deed);
            checked.map_err(|why| (field, format!("step {}: {why}", number + 1)))?;
        }
    }
    Ok(())
}

/// Refuses to rotate a password that is kept elsewhere, where the activity names the account. That of an access rule is known when it is used.
fn check_rotation(api: &Api, activity: &Activity) -> Result<(), String> {
    let directory = api.engine().directory();
    let account = activity.account.as_ref();
    let account = account.and_then(|name| directory.accounts.get(name));
    let name = account.and_then(|account| account.spec.secret.as_ref());
    let secret = name.and_then(|name| directory.secrets.get_key_value(name));
    match secret.and_then(|(name, secret)| Some((name, secret.spec.from.as_ref()?))) {
        None => Ok(()),
        Some((name, from)) => Err(format!(
            "the secret `{name}` is kept elsewhere ({}): its password cannot be rotated from here",
            from.word()
        )),
    }
}

/// Hashes a new password, unless it is the one that the user has: applying twice must change nothing.
async fn new_password(api: &Api, name: &str, password: SecretText) -> Answer<Sealed> {
    check_password(&password)?;
    let id = api.engine().directory().users.get(name).map(|user| user.id);
    let known = match id {
        Some(id) => api.store().password(id).await.map_err(Problem::of_store)?,
        None => None,
    };
    let known = known.as_ref().map(|hash| hash.0.as_str());
    let verified = api
        .engine()
        .passwords()
        .verify(&password, known)
        .await
        .map_err(Problem::internal)?;
    if verified.is_right() {
        return Ok(Sealed::Nothing);
    }
    Ok(Sealed::Password(PasswordHash(
        hash_password(api, password).await?,
    )))
}

async fn new_secret(
    api: &Api,
    name: &str,
    form: domain::object::SecretForm,
    value: &SecretText,
) -> Answer<Sealed> {
    if form == domain::object::SecretForm::PrivateKey {
        vault::ssh_keys::parse_private(&vault::Secret::new(value.expose()), None)
            .map_err(|error| Problem::invalid(format!("secret/{name}: {error}")).at("value"))?;
    }
    if let Some((known, _)) = api.store().secret(name).await.map_err(Problem::of_store)?
        && let Ok(opened) = api.engine().vault().open_secret(name, &known.0)
        && opened.expose() == value.expose()
    {
        return Ok(Sealed::Nothing);
    }
    Ok(Sealed::Secret(SealedSecret(
        api.engine()
            .vault()
            .seal_secret(name, value)
            .map_err(Problem::internal)?,
    )))
}

/// Hashes a password, away from the threads that serve.
pub(crate) async fn hash_password(api: &Api, password: SecretText) -> Answer<String> {
    api.engine()
        .passwords()
        .hash(&password)
        .await
        .map_err(Problem::internal)
}

pub(crate) fn check_password(password: &SecretText) -> Answer<()> {
    let length = password.expose().chars().count();
    if (SHORTEST_PASSWORD..=1024).contains(&length) {
        Ok(())
    } else {
        Err(Problem::invalid(format!("a password has {SHORTEST_PASSWORD} to 1024 characters")).at("password"))
    }
}

/// Checks the name of an object; see [`domain::object::is_name`].
pub(crate) fn check_name(name: &str) -> Answer<()> {
    if domain::object::is_name(name) {
        Ok(())
    } else {
        Err(Problem::invalid(format!(
            "`{name}` cannot be a name: letters, digits, `-`, `_` and `.`, beginning with a letter or digit, 100 at most"
        ))
        .at("name"))
    }
}
