//! Answers that are packed on the wire: long lists and segments of recordings are mostly repetition.

use axum::{
    body::{Body, HttpBody as _},
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};

/// Below this a packet carries it anyway, in bytes.
const SMALLEST: u64 = 2048;
/// Above this it is not held in memory to be packed, in bytes.
const LARGEST: u64 = 16 << 20;
/// Quick, and nearly as small as the slow ones.
const LEVEL: i32 = 3;

/// Packs JSON of known length with zstd (RFC 8878) for browsers that take it. Only for routes whose answers hold no secret beside
/// what the asker chose: the length of a packed answer tells something of both.
pub(crate) async fn pack(request: Request, next: Next) -> Response {
    let wanted = request.method() == Method::GET && takes_zstd(request.headers());
    let response = next.run(request).await;
    let is_json = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes() == b"application/json");
    let size = response.body().size_hint().exact().unwrap_or(0);
    if !wanted || !is_json || !(SMALLEST..=LARGEST).contains(&size) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let most = usize::try_from(LARGEST).unwrap_or(usize::MAX);
    let Ok(plain) = axum::body::to_bytes(body, most).await else {
        return crate::problem::Problem::internal("an answer could not be packed").into_response();
    };
    let Ok(packed) = zstd::bulk::compress(&plain, LEVEL) else {
        return Response::from_parts(parts, Body::from(plain));
    };
    parts.headers.remove(header::CONTENT_LENGTH);
    parts
        .headers
        .insert(header::CONTENT_ENCODING, HeaderValue::from_static("zstd"));
    parts
        .headers
        .append(header::VARY, HeaderValue::from_static("accept-encoding"));
    Response::from_parts(parts, Body::from(packed))
}

fn takes_zstd(headers: &HeaderMap) -> bool {
    let accepts = headers
        .get(header::ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let mut codings = accepts.split(',').map(str::trim);
    codings.any(|one| one == "zstd")
}
