//! JSON in requests: configurations whose numbers and booleans are taken as text.

use serde_json::{Map, Value as Json};

use crate::config::RawProps;
use crate::herder::connector_file::texts;

use super::error::RestError;

/// The body as JSON; none when it is empty or null.
pub(super) fn body(bytes: &[u8]) -> Result<Option<Json>, RestError> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Ok(None);
    }
    let json: Json = serde_json::from_slice(bytes).map_err(|error| RestError::body(format!("Malformed JSON: {error}")))?;
    Ok(Some(json).filter(|json| !json.is_null()))
}

/// The body as an object; `what` is what Kafka Connect calls it when it is missing.
pub(super) fn object(bytes: &[u8], what: &str) -> Result<Map<String, Json>, RestError> {
    match body(bytes)? {
        Some(Json::Object(map)) => Ok(map),
        Some(_) => Err(RestError::body(format!("Cannot deserialize {what}: a JSON object is expected"))),
        None => Err(RestError::body(format!("Cannot read {what}, because the request has no body"))),
    }
}

/// An object as a configuration.
pub(super) fn config(map: &Map<String, Json>) -> Result<RawProps, RestError> {
    texts(map).ok_or_else(|| {
        RestError::body("Cannot deserialize value of type `java.lang.String`: a value of the configuration is an object or array")
    })
}
