//! Answers of resources that succeeded.

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde::Serialize;

use super::error::RestError;

/// What a handler returns.
pub(super) type Answer = Result<Response, RestError>;

/// What `jakarta.ws.rs.core.UriBuilder.path` encodes.
const PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// 200 with a body.
pub(super) fn ok(body: &impl Serialize) -> Answer {
    with_status(StatusCode::OK, body)
}

/// A status and a body.
pub(super) fn with_status(status: StatusCode, body: &impl Serialize) -> Answer {
    let text = serde_json::to_string(body).map_err(|error| RestError::body(error.to_string()))?;
    Ok((status, [(header::CONTENT_TYPE, "application/json")], text).into_response())
}

/// A status without a body.
pub(super) fn empty(status: StatusCode) -> Answer {
    Ok(status.into_response())
}

/// 201, where the connector is, and what it is.
pub(super) fn created(request: &HeaderMap, name: &str, body: &impl Serialize) -> Answer {
    let host = request.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    let location = format!("http://{host}/connectors/{}", utf8_percent_encode(name, PATH));
    let mut response = with_status(StatusCode::CREATED, body)?;
    if let Ok(location) = location.parse() {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}
