//! `/connectors`: lists, configurations, statuses.

use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use serde_json::{Map, Value as Json, json};

use crate::herder::connector_file::target_state;
use crate::herder::herding::Signed;
use crate::herder::standalone::named;
use crate::storage::status_store::TaskId;

use super::App;
use super::answer::{Answer, created, empty, ok};
use super::error::RestError;
use super::json;

/// The values of a query parameter.
pub(super) fn parameters<'q>(query: Option<&'q str>, name: &str) -> Vec<&'q str> {
    let pairs = query.unwrap_or_default().split('&').filter_map(|pair| pair.split_once('='));
    pairs.filter(|(key, _)| *key == name).map(|(_, value)| value).collect()
}

pub(super) async fn list(State(herder): State<App>, RawQuery(query): RawQuery) -> Answer {
    let expand = parameters(query.as_deref(), "expand");
    if expand.is_empty() {
        return ok(&herder.connectors());
    }
    let mut all = Map::new();
    for name in herder.connectors() {
        let mut one = Map::new();
        for what in &expand {
            // A connector that vanishes meanwhile is left out.
            let value = match *what {
                "status" => herder.status(&name).ok().and_then(|status| serde_json::to_value(status).ok()),
                "info" => herder.info(&name).ok().and_then(|info| serde_json::to_value(info).ok()),
                _ => continue,
            };
            one.extend(value.map(|value| ((*what).to_owned(), value)));
        }
        all.insert(name, Json::Object(one));
    }
    ok(&all)
}

pub(super) async fn create(State(herder): State<App>, headers: HeaderMap, bytes: Bytes) -> Answer {
    let request = json::object(&bytes, "the connector to create")?;
    if let Some(unknown) = request.keys().find(|key| !["name", "config", "initial_state"].contains(&key.as_str())) {
        return Err(RestError::body(format!(
            "Unrecognized field \"{unknown}\" (class org.apache.kafka.connect.runtime.rest.entities.CreateConnectorRequest), \
             not marked as ignorable (3 known properties: \"config\", \"name\", \"initial_state\")"
        )));
    }
    let name = request.get("name").and_then(Json::as_str).unwrap_or_default().trim().to_owned();
    let config = match request.get("config") {
        Some(Json::Object(config)) => json::config(config)?,
        None | Some(Json::Null) => return Err(RestError::body("Cannot read the configuration, because \"config\" is missing")),
        Some(_) => return Err(RestError::body("Cannot deserialize \"config\": a JSON object is expected")),
    };
    let initial = match request.get("initial_state") {
        None | Some(Json::Null) => None,
        Some(state) => match state.as_str().and_then(target_state) {
            Some(state) => Some(state),
            None => return Err(RestError::body(format!("\"initial_state\" is none of RUNNING, PAUSED, STOPPED: {state}"))),
        },
    };
    let (_, info) = herder.put_connector(&name, named(&name, config)?, initial, false).await?;
    created(&headers, &name, &info)
}

pub(super) async fn info(State(herder): State<App>, Path(name): Path<String>) -> Answer {
    ok(&herder.info(&name)?)
}

pub(super) async fn delete(State(herder): State<App>, Path(name): Path<String>) -> Answer {
    herder.delete_connector(&name).await?;
    empty(StatusCode::NO_CONTENT)
}

pub(super) async fn config(State(herder): State<App>, Path(name): Path<String>) -> Answer {
    ok(&herder.config(&name)?)
}

pub(super) async fn put_config(State(herder): State<App>, Path(name): Path<String>, headers: HeaderMap, bytes: Bytes) -> Answer {
    let config = json::config(&json::object(&bytes, "the connector's configuration")?)?;
    let (is_new, info) = herder.put_connector(&name, named(&name, config)?, None, true).await?;
    match is_new {
        true => created(&headers, &name, &info),
        false => ok(&info),
    }
}

pub(super) async fn patch_config(State(herder): State<App>, Path(name): Path<String>, bytes: Bytes) -> Answer {
    let patch = json::config(&json::object(&bytes, "the patch")?)?;
    ok(&herder.patch_connector(&name, patch).await?)
}

pub(super) async fn status(State(herder): State<App>, Path(name): Path<String>) -> Answer {
    ok(&herder.status(&name)?)
}

pub(super) async fn tasks(State(herder): State<App>, Path(name): Path<String>) -> Answer {
    ok(&herder.tasks(&name)?)
}

/// Workers of a cluster tell their leader of new tasks so.
pub(super) async fn put_tasks(State(herder): State<App>, Path(name): Path<String>, headers: HeaderMap, bytes: Bytes) -> Answer {
    herder.put_tasks(&name, &bytes, signed(&headers)).await?;
    empty(StatusCode::OK)
}

/// The signature of another worker (KIP-507).
pub(super) fn signed(headers: &HeaderMap) -> Signed<'_> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    Signed { signature: text("X-Connect-Authorization"), algorithm: text("X-Connect-Request-Signature-Algorithm") }
}

pub(super) async fn task_status(State(herder): State<App>, Path((name, task)): Path<(String, String)>) -> Answer {
    let number: i32 = task.parse().map_err(|_| RestError::new(StatusCode::NOT_FOUND, "HTTP 404 Not Found"))?;
    match u32::try_from(number) {
        Ok(task) => ok(&herder.task_status(&TaskId::new(name, task))?),
        Err(_) => Err(RestError::new(StatusCode::NOT_FOUND, format!("No status found for task {name}-{number}"))),
    }
}

pub(super) async fn topics(State(herder): State<App>, Path(name): Path<String>) -> Answer {
    let topics = herder.topics(&name)?;
    ok(&json!({ name: { "topics": topics } }))
}

pub(super) async fn reset_topics(State(herder): State<App>, Path(name): Path<String>) -> Answer {
    herder.reset_topics(&name)?;
    empty(StatusCode::ACCEPTED)
}
