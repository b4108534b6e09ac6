//! What holds for every request, before any resource: paths, methods, media types, users, other origins
//! (Kafka Connect leaves this to Jetty and Jersey).

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use tower::ServiceExt;
use tracing::{Instrument, Span, field};

use crate::config::value::ConfigError;
use crate::config::worker::WorkerConfig;
use crate::herder::peer::Peers;
use crate::task::spans::TARGET;

use super::basic_auth::{BasicAuth, Verdict};
use super::cross_origin::CrossOrigin;
use super::error::RestError;
use super::forward;
use super::listener::Audience;
use super::response_headers::ResponseHeaders;

/// The path exists nowhere.
pub(super) async fn no_such_path() -> RestError {
    RestError::http(StatusCode::NOT_FOUND)
}

/// The path exists, but not for this method.
pub(super) async fn no_such_method() -> RestError {
    RestError::http(StatusCode::METHOD_NOT_ALLOWED)
}

/// What the worker's properties say of all requests.
#[derive(Debug)]
pub(super) struct Manners {
    users: Option<BasicAuth>,
    cross_origin: Option<CrossOrigin>,
    headers: ResponseHeaders,
    peers: Peers,
}

impl Manners {
    /// Checks what the properties say.
    pub(super) fn of_worker(config: &WorkerConfig) -> Result<Self, ConfigError> {
        Ok(Self {
            users: BasicAuth::of_worker(config)?,
            cross_origin: CrossOrigin::of_worker(config)?,
            headers: ResponseHeaders::parse(config.text("response.http.headers.config").unwrap_or_default())?,
            peers: Peers::of_worker(config),
        })
    }
}

/// One listener's way of receiving requests.
pub(super) struct Front {
    /// The resources it has.
    pub routes: Router,
    /// What holds for all listeners.
    pub manners: Arc<Manners>,
    /// Other origins and additional headers are a matter of the users' listeners.
    pub audience: Audience,
    /// Whether its URLs are `https`.
    pub secure: bool,
}

/// Receives a request.
pub(super) async fn handle(State(front): State<Arc<Front>>, request: Request) -> Response {
    let span = span(&request);
    let response = received(&front, request).instrument(span.clone()).await;
    span.record("http.response.status_code", i64::from(response.status().as_u16()));
    if response.status().is_server_error() {
        span.record("otel.status_code", "ERROR");
    }
    response
}

/// A request's trace, by OpenTelemetry's conventions for servers.
fn span(request: &Request) -> Span {
    tracing::info_span!(
        target: TARGET,
        parent: None,
        "request",
        otel.name = request.method().as_str(),
        otel.kind = "server",
        http.request.method = request.method().as_str(),
        url.path = request.uri().path(),
        http.response.status_code = field::Empty,
        otel.status_code = field::Empty,
    )
}

async fn received(front: &Front, request: Request) -> Response {
    if let Some(why) = refused_path(request.uri().path()) {
        return jetty_error(why, request.method());
    }
    let Manners { users, cross_origin, headers, peers } = &*front.manners;
    let open = front.audience != Audience::Admins;
    let more = cross_origin.as_ref().filter(|_| open).map(|cross| cross.headers(request.method(), request.headers()));
    let mut response = resource(&front.routes, peers, users.as_ref(), request).await;
    response.headers_mut().extend(more.unwrap_or_default());
    if open {
        headers.apply(response.headers_mut());
    }
    if front.secure {
        locate_securely(response.headers_mut());
    }
    response
}

/// Checks and straightens a request, has it answered, and straightens the answer.
async fn resource(routes: &Router, peers: &Peers, users: Option<&BasicAuth>, mut request: Request) -> Response {
    if let Some(uri) = without_trailing_slash(request.uri()) {
        *request.uri_mut() = uri;
    }
    let method = request.method().clone();
    let wants_text = method == Method::OPTIONS && accepts(request.headers(), "text/plain");
    // A path or method that does not exist counts for more than a media type, and that for more than a password.
    let refused = media_error(&method, request.headers()).map(IntoResponse::into_response).or_else(|| {
        let verdict = users.map(|users| users.judge(&method, request.uri().path(), request.headers()));
        verdict.and_then(|verdict| unauthorized(verdict, wants_text))
    });
    if let Some(refused) = refused {
        return exists(routes, &method, request.uri()).await.unwrap_or(refused);
    }
    let mut response = forward::answer(routes, peers, request).await;
    if method == Method::OPTIONS && response.status() == StatusCode::METHOD_NOT_ALLOWED {
        return options(response.headers(), wants_text);
    }
    // Jersey names the methods only when asked by OPTIONS.
    response.headers_mut().remove(header::ALLOW);
    response
}

/// The answer to a request of somebody who may not make it.
fn unauthorized(verdict: Verdict, wants_text: bool) -> Option<Response> {
    let media_type = if wants_text { "text/plain" } else { "application/json" };
    let text = "User cannot access the resource.";
    match verdict {
        Verdict::Allowed => None,
        Verdict::Refused => Some((StatusCode::UNAUTHORIZED, [(header::CONTENT_TYPE, media_type)], text).into_response()),
        Verdict::Unreadable(why) => Some(RestError::body(why).into_response()),
    }
}

/// Handlers know no schemes.
fn locate_securely(headers: &mut HeaderMap) {
    let plain = headers.get(header::LOCATION).and_then(|location| location.to_str().ok()?.strip_prefix("http://"));
    if let Some(Ok(location)) = plain.map(|rest| header::HeaderValue::from_str(&format!("https://{rest}"))) {
        headers.insert(header::LOCATION, location);
    }
}

pub(super) async fn answer(routes: &Router, request: Request) -> Response {
    match routes.clone().oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

/// Whether path and method exist, tried with a method that no resource has; else the answer that says what is missing.
async fn exists(routes: &Router, method: &Method, uri: &Uri) -> Option<Response> {
    let mut probe = Request::new(Body::empty());
    *probe.uri_mut() = uri.clone();
    *probe.method_mut() = Method::TRACE;
    let response = answer(routes, probe).await;
    if response.status() == StatusCode::NOT_FOUND {
        return Some(response);
    }
    let allowed = response.headers().get(header::ALLOW).and_then(|allow| allow.to_str().ok()).unwrap_or_default();
    match method == Method::OPTIONS || allowed.split(',').any(|known| known.trim() == method.as_str()) {
        true => None,
        false => Some(RestError::http(StatusCode::METHOD_NOT_ALLOWED).into_response()),
    }
}

/// 415 and 406: only JSON is read and written.
fn media_error(method: &Method, headers: &HeaderMap) -> Option<RestError> {
    let text = |name| headers.get(name).map(|value: &header::HeaderValue| value.to_str().unwrap_or_default());
    let has_body = headers.get(header::CONTENT_LENGTH).is_some_and(|length| length != "0")
        || headers.contains_key(header::TRANSFER_ENCODING);
    let writes = [Method::POST, Method::PUT, Method::PATCH].contains(method);
    match text(header::CONTENT_TYPE) {
        Some(type_) if writes && !is_json(type_) => {
            return Some(RestError::http(StatusCode::UNSUPPORTED_MEDIA_TYPE));
        }
        None if writes && has_body => {
            return Some(RestError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "HTTP 415 Unsupported Media Type"));
        }
        _ => {}
    }
    let readable = accepts(headers, "application/json") || (*method == Method::OPTIONS && accepts(headers, "text/plain"));
    (!readable).then(|| RestError::http(StatusCode::NOT_ACCEPTABLE))
}

/// Whether the client takes this media type: it says so, or says nothing.
fn accepts(headers: &HeaderMap, media_type: &str) -> bool {
    let Some(accept) = headers.get(header::ACCEPT) else { return true };
    let kind = media_type.split('/').next().unwrap_or_default();
    let ranges = accept.to_str().unwrap_or_default().split(',');
    ranges.map(|range| range.split(';').next().unwrap_or_default().trim()).any(|range| {
        range.is_empty()
            || range == "*/*"
            || range.eq_ignore_ascii_case(media_type)
            || range.strip_suffix("/*").is_some_and(|any| any.eq_ignore_ascii_case(kind))
    })
}

fn is_json(media_type: &str) -> bool {
    media_type.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json")
}

fn without_trailing_slash(uri: &Uri) -> Option<Uri> {
    let path = uri.path().strip_suffix('/').filter(|path| !path.is_empty())?;
    let text = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(text).ok()?);
    Uri::from_parts(parts).ok()
}

/// What Jetty refuses to interpret, in its words.
fn refused_path(path: &str) -> Option<&'static str> {
    let lower = path.to_ascii_lowercase();
    if lower.contains("//") {
        return Some("Ambiguous URI empty segment");
    }
    if lower.contains("%2f") {
        return Some("Ambiguous URI path separator");
    }
    if lower.contains("%25") {
        return Some("Ambiguous URI path encoding");
    }
    lower.contains("%5c").then_some("Suspicious Path Character")
}

/// Jetty's own page; for PUT and DELETE it has no body.
fn jetty_error(why: &str, method: &Method) -> Response {
    if ![Method::GET, Method::POST, Method::HEAD].contains(method) {
        return StatusCode::BAD_REQUEST.into_response();
    }
    let page = format!(
        "<html>\n<head>\n<meta http-equiv=\"Content-Type\" content=\"text/html;charset=ISO-8859-1\"/>\n\
         <title>Error 400 {why}</title>\n</head>\n<body>\n<h2>HTTP ERROR 400 {why}</h2>\n<table>\n\
         <tr><th>URI:</th><td>/badURI</td></tr>\n<tr><th>STATUS:</th><td>400</td></tr>\n\
         <tr><th>MESSAGE:</th><td>{why}</td></tr>\n</table>\n\n</body>\n</html>\n"
    );
    (StatusCode::BAD_REQUEST, [(header::CONTENT_TYPE, "text/html;charset=iso-8859-1")], page).into_response()
}

/// The methods that Kafka Connect's resources have, in the order in which Jersey tells them.
const METHODS: [&str; 7] = ["HEAD", "DELETE", "POST", "GET", "OPTIONS", "PUT", "PATCH"];

/// The methods of a path in the header, and as text for those that can read it.
fn options(headers: &HeaderMap, as_text: bool) -> Response {
    let allowed = headers.get(header::ALLOW).and_then(|allow| allow.to_str().ok()).unwrap_or_default();
    let known: Vec<&str> = allowed.split(',').map(str::trim).collect();
    let methods: Vec<&str> = METHODS.into_iter().filter(|method| *method == "OPTIONS" || known.contains(method)).collect();
    let (type_, text) = match as_text {
        true => ("text/plain", methods.join(", ")),
        false => ("application/json", String::new()),
    };
    (StatusCode::OK, [(header::ALLOW, methods.join(",")), (header::CONTENT_TYPE, type_.to_owned())], text).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_json_is_read_and_written() {
        let mut headers = HeaderMap::new();
        assert!(media_error(&Method::POST, &headers).is_none());
        headers.insert(header::CONTENT_TYPE, "application/json; charset=utf-8".parse().unwrap());
        headers.insert(header::ACCEPT, "text/html, */*;q=0.1".parse().unwrap());
        assert!(media_error(&Method::POST, &headers).is_none());
        headers.insert(header::ACCEPT, "text/html".parse().unwrap());
        assert_eq!(media_error(&Method::GET, &headers), Some(RestError::http(StatusCode::NOT_ACCEPTABLE)));
        headers.insert(header::CONTENT_TYPE, "text/plain".parse().unwrap());
        assert_eq!(media_error(&Method::PUT, &headers), Some(RestError::http(StatusCode::UNSUPPORTED_MEDIA_TYPE)));
    }

    #[test]
    fn a_trailing_slash_means_nothing() {
        let uri: Uri = "/connectors/?expand=info".parse().unwrap();
        assert_eq!(without_trailing_slash(&uri).unwrap(), "/connectors?expand=info");
        assert!(without_trailing_slash(&"/".parse().unwrap()).is_none());
    }
}
