//! `/connectors/{name}/offsets` (KIP-875).

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde_json::{Value as Json, json};

use super::App;
use super::answer::{Answer, ok};
use super::error::RestError;
use super::json;

pub(super) async fn get(State(herder): State<App>, Path(name): Path<String>) -> Answer {
    ok(&herder.offsets(&name).await?)
}

pub(super) async fn alter(State(herder): State<App>, Path(name): Path<String>, bytes: Bytes) -> Answer {
    let request = json::object(&bytes, "the offsets")?;
    if let Some(unknown) = request.keys().find(|key| *key != "offsets") {
        return Err(RestError::body(format!(
            "Unrecognized field \"{unknown}\" (class org.apache.kafka.connect.runtime.rest.entities.ConnectorOffsets), not marked \
             as ignorable (one known property: \"offsets\")"
        )));
    }
    let changes = match request.get("offsets") {
        None | Some(Json::Null) => Vec::new(),
        Some(Json::Array(offsets)) => offsets.iter().map(change).collect::<Result<_, _>>()?,
        Some(_) => return Err(RestError::body("Cannot deserialize \"offsets\": a JSON array is expected")),
    };
    if changes.is_empty() {
        let message = "Partitions / offsets need to be provided for an alter offsets request";
        return Err(RestError::new(StatusCode::BAD_REQUEST, message));
    }
    ok(&json!({"message": herder.alter_offsets(&name, changes).await?}))
}

pub(super) async fn reset(State(herder): State<App>, Path(name): Path<String>) -> Answer {
    ok(&json!({"message": herder.reset_offsets(&name).await?}))
}

/// One entry: partition and offset, each an object or null.
fn change(entry: &Json) -> Result<(Json, Json), RestError> {
    let part = |key| match entry.get(key) {
        None | Some(Json::Null) => Ok(Json::Null),
        Some(object @ Json::Object(_)) => Ok(object.clone()),
        Some(_) => Err(RestError::body(format!("Cannot deserialize \"{key}\": a JSON object is expected"))),
    };
    Ok((part("partition")?, part("offset")?))
}
