//! `/admin/loggers` (KIP-495, KIP-976).

use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use serde_json::Value as Json;

use crate::herder::loggers::level_named;

use super::App;
use super::answer::{Answer, empty, ok};
use super::connectors::parameters;
use super::error::RestError;
use super::json;

pub(super) async fn list(State(herder): State<App>) -> Answer {
    ok(&herder.loggers().all())
}

pub(super) async fn get(State(herder): State<App>, Path(name): Path<String>) -> Answer {
    match herder.loggers().get(&name) {
        Some(level) => ok(&level),
        None => Err(RestError::new(StatusCode::NOT_FOUND, format!("Logger {name} not found."))),
    }
}

pub(super) async fn set(State(herder): State<App>, Path(name): Path<String>, RawQuery(query): RawQuery, bytes: Bytes) -> Answer {
    let request = json::object(&bytes, "the level")?;
    let Some(level) = request.get("level").and_then(Json::as_str) else {
        let message = "Desired 'level' parameter was not specified in request.";
        return Err(RestError::new(StatusCode::BAD_REQUEST, message));
    };
    let invalid = || RestError::new(StatusCode::NOT_FOUND, format!("invalid log level '{level}'."));
    if parameters(query.as_deref(), "scope").first().is_some_and(|scope| scope.eq_ignore_ascii_case("cluster")) {
        let level = level_named(level).ok_or_else(invalid)?;
        herder.set_cluster_logger(&name, level).await?;
        return empty(StatusCode::NO_CONTENT);
    }
    ok(&herder.loggers().set(&name, level).ok_or_else(invalid)?)
}
