//! Errors as callers read them: RFC 9457 problem documents.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::session::Refusal;
use serde::Serialize;

/// A problem document (RFC 9457 §3) with Doorward's additions `code`, `hint` and `request_id`.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = Problem)]
pub struct ProblemDocument {
    /// A URI reference that names the kind of problem.
    #[serde(rename = "type")]
    kind: String,
    /// A short title of the kind.
    title: String,
    /// The HTTP status.
    status: u16,
    /// What went wrong this time.
    detail: String,
    /// A word for programs.
    code: &'static str,
    /// What the caller can do about it; may be empty.
    hint: String,
    /// The field of the body that is wrong, as a path such as `resources.names`; absent where none is.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    /// Finds this very answer in the gateway's log.
    request_id: String,
    /// After how many seconds it may go better; also in `Retry-After`.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<u32>,
}

/// Why a request is not answered as asked.
#[derive(Debug, Clone)]
pub struct Problem {
    /// The HTTP status.
    pub status: StatusCode,
    /// A word for programs.
    pub code: &'static str,
    /// What went wrong this time.
    pub detail: String,
    /// What the caller can do about it; may be empty.
    pub hint: String,
    field: Option<String>,
    request_id: uuid::Uuid,
    retry_after: Option<u32>,
}

/// The result of every handler.
pub type Answer<T> = Result<T, Problem>;

impl Problem {
    /// Makes a problem.
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            status,
            code,
            detail: detail.into(),
            hint: String::new(),
            field: None,
            request_id: uuid::Uuid::now_v7(),
            retry_after: None,
        }
    }

    /// Adds what the caller can do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    /// Names the field of the body that is wrong, as a path with dots.
    #[must_use]
    pub fn at(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }

    /// 401: nobody is signed in, or no longer.
    #[must_use]
    pub fn not_signed_in() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "not_signed_in",
            "sign in or send a valid API token",
        )
    }

    /// 403: known, visible, not allowed.
    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", detail)
    }

    /// 404: missing, or not visible to this viewer; the two are told apart by nothing.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not_found",
            "there is nothing here that you may see",
        )
    }

    /// 422: a parameter or a body that cannot be read.
    pub fn invalid(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", detail)
    }

    /// 500: something of ours broke; the cause is in the log and not in the answer.
    pub fn internal(cause: impl std::fmt::Display) -> Self {
        let problem = Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "the gateway could not do this",
        );
        tracing::error!(request_id = %problem.request_id.simple(), %cause, "request failed");
        problem.hint("the gateway's log has the cause under this request_id")
    }

    /// 409 and 423: the state machine refuses.
    #[must_use]
    pub fn refused(refusal: &Refusal) -> Self {
        Self::new(StatusCode::CONFLICT, "illegal_state", refusal.to_string())
    }
}

/// 405: the address is there, but not for this method.
pub(crate) async fn wrong_method() -> Problem {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        "this address does not take this method",
    )
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let document = ProblemDocument {
            kind: format!("/problems/{}", self.code),
            title: self.code.replace('_', " "),
            status: self.status.as_u16(),
            detail: self.detail,
            code: self.code,
            hint: self.hint,
            field: self.field,
            request_id: self.request_id.simple().to_string(),
            retry_after: self.retry_after,
        };
        let mut response = (self.status, axum::Json(document)).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if let Some(secs) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(secs));
        }
        response
    }
}

impl Problem {
    /// Maps what the store says.
    #[must_use]
    pub fn of_store(error: store::Error) -> Self {
        match error {
            store::Error::Cursor => Self::invalid("the cursor does not fit this query; start without one"),
            store::Error::Invalid(what) => Self::invalid(what),
            store::Error::NotFound(_) => Self::not_found(),
            other => Self::internal(Chain(&other)),
        }
    }

    /// Maps what the store says of a step.
    #[must_use]
    pub fn of_step(error: store::StepError) -> Self {
        match error {
            store::StepError::NotFound => Self::not_found(),
            store::StepError::Refused(refusal) => Self::refused(&refusal),
            store::StepError::Stale { .. } => Self::stale(error.to_string()),
            store::StepError::Db(error) => Self::of_store(error),
        }
    }

    /// Maps what the store says of objects.
    #[must_use]
    pub fn of_objects(error: store::ObjectError) -> Self {
        match error {
            store::ObjectError::NotFound(_) => Self::not_found(),
            store::ObjectError::Stale { .. } => Self::stale(error.to_string()),
            store::ObjectError::Invalid { ref field, .. } => {
                Self::invalid(error.to_string()).at(field.clone())
            }
            store::ObjectError::Referenced { .. } => {
                Self::new(StatusCode::CONFLICT, "referenced", error.to_string())
                    .hint("change the objects that name it first")
            }
            store::ObjectError::Db(error) => Self::of_store(error),
        }
    }

    /// Maps what reading a recording says.
    #[must_use]
    pub fn of_playback(error: engine::PlaybackError) -> Self {
        match error {
            engine::PlaybackError::Gone => Self::new(
                StatusCode::GONE,
                "recording_gone",
                "there is no recording any more, or none was made",
            ),
            other => Self::internal(Chain(&other)),
        }
    }

    /// Maps what signing in says.
    #[must_use]
    pub fn of_sign_in(refused: &engine::SignInRefused) -> Self {
        match refused {
            engine::SignInRefused::Wrong => Self::new(
                StatusCode::UNAUTHORIZED,
                "wrong_credentials",
                "the name or the password is wrong",
            ),
            engine::SignInRefused::WrongCode => Self::new(
                StatusCode::UNAUTHORIZED,
                "wrong_code",
                "the code is wrong, or was used before",
            ),
            engine::SignInRefused::WrongPasskey => Self::new(
                StatusCode::UNAUTHORIZED,
                "wrong_passkey",
                "the passkey was not accepted",
            ),
            engine::SignInRefused::WrongKey => Self::new(
                StatusCode::UNAUTHORIZED,
                "wrong_key",
                "the key is no service account's, was taken back, or has ended",
            ),
            engine::SignInRefused::WrongDeviceCode => Self::new(
                StatusCode::NOT_FOUND,
                "wrong_device_code",
                "no program waits behind this code: it is mistyped, was used, or has ended",
            ),
            engine::SignInRefused::Busy { retry_after } => {
                Self::new(StatusCode::TOO_MANY_REQUESTS, "busy", refused.to_string())
                    .retry_after(u32::try_from(retry_after.as_secs()).unwrap_or(u32::MAX))
            }
            engine::SignInRefused::LockedOut { retry_after } => Self::new(
                StatusCode::TOO_MANY_REQUESTS,
                "locked_out",
                format!(
                    "too many failures; try again in {} seconds",
                    retry_after.as_secs()
                ),
            )
            .retry_after(u32::try_from(retry_after.as_secs()).unwrap_or(u32::MAX)),
            engine::SignInRefused::Away(cause) => {
                let problem = Self::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "directory_away",
                    "the directory of people cannot be reached now: try again later",
                );
                tracing::error!(request_id = %problem.request_id.simple(), %cause, "a password could not be checked");
                problem.hint("users with a password of the gateway itself can sign in")
            }
            unavailable @ engine::SignInRefused::Unavailable(_) => Self::internal(Chain(unavailable)),
        }
    }

    fn retry_after(mut self, secs: u32) -> Self {
        self.retry_after = Some(secs);
        self
    }

    fn stale(detail: String) -> Self {
        Self::new(StatusCode::PRECONDITION_FAILED, "version_mismatch", detail)
            .hint("read it again and repeat")
    }
}

/// An error with its causes, for the log.
struct Chain<'a>(&'a dyn std::error::Error);

impl std::fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}
