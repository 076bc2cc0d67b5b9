//! The web console: embedded files, a strict content security policy, and nothing from elsewhere.

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::Engine as _;
use rust_embed::{EmbeddedFile, RustEmbed};

/// The console as `npm run build` left it. Empty when it was not built: then a page says how to build it.
#[derive(RustEmbed)]
#[folder = "../../console/dist"]
#[allow_missing = true]
struct Files;

const NONCE_MARK: &str = "__CSP_NONCE__";

const MISSING: &str = "<!doctype html><html lang=en><meta charset=utf-8><title>Doorward</title><body>\
<h1>Doorward</h1><p>This binary was built without its console. Run <code>npm ci &amp;&amp; npm run build</code> in \
<code>console/</code> and build again. The API is at <a href=/v1/openapi.json>/v1/openapi.json</a>.</p></body></html>";

/// Serves the console; every unknown path is the application itself, so that deep links work.
pub async fn serve(request: Request) -> Response {
    let path = request.uri().path().trim_start_matches('/');
    if path.starts_with("v1/") {
        return crate::problem::Problem::not_found().into_response();
    }
    match Files::get(path).filter(|_| !path.is_empty() && path != "index.html") {
        Some(file) => asset(path, file, request.headers()),
        None if path.starts_with("assets/") => StatusCode::NOT_FOUND.into_response(),
        None => page(),
    }
}

/// Serves a hashed asset: precompressed where the browser takes it, and for ever.
fn asset(path: &str, plain: EmbeddedFile, headers: &HeaderMap) -> Response {
    let mime = plain.metadata.mimetype().to_owned();
    let accepts = headers
        .get(header::ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let packed = [("br", ".br"), ("gzip", ".gz")]
        .into_iter()
        .filter(|(coding, _)| {
            accepts
                .split(',')
                .any(|one| one.trim().split(';').next() == Some(*coding))
        })
        .find_map(|(coding, suffix)| Some((coding, Files::get(&format!("{path}{suffix}"))?)));
    let (coding, file) = packed.map_or((None, plain), |(coding, file)| (Some(coding), file));
    let cache = if path.starts_with("assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "public, max-age=3600"
    };
    let mut response = Response::new(Body::from(file.data.into_owned()));
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_str(&mime).unwrap_or(OCTETS),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Some(coding) = coding {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
    }
    harden(headers);
    response
}

const OCTETS: HeaderValue = HeaderValue::from_static("application/octet-stream");

/// Serves the application's page with a nonce that is used once.
fn page() -> Response {
    let nonce = base64::engine::general_purpose::STANDARD_NO_PAD.encode(uuid::Uuid::new_v4().as_bytes());
    let html = Files::get("index.html").map_or_else(
        || MISSING.to_owned(),
        |file| String::from_utf8_lossy(&file.data).replace(NONCE_MARK, &nonce),
    );
    let policy = format!(
        "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self' 'nonce-{nonce}'; \
         img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self'; manifest-src 'self'; \
         base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
    );
    let mut response = Response::new(Body::from(html));
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/html; charset=utf-8"),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    harden(headers);
    response
}

/// Adds the headers that every answer carries.
pub(crate) fn harden(headers: &mut HeaderMap) {
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
        (
            HeaderName::from_static("permissions-policy"),
            "camera=(), microphone=(), geolocation=()",
        ),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
}
