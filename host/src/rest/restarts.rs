//! `/connectors/{name}/restart`, `pause`, `resume`, `stop`.

use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};

use crate::storage::status_store::{TargetState, TaskId};

use super::App;
use super::answer::{Answer, empty, with_status};
use super::connectors::{parameters, signed};
use super::error::RestError;

pub(super) async fn connector(State(herder): State<App>, Path(name): Path<String>, RawQuery(query): RawQuery) -> Answer {
    let flag = |key| parameters(query.as_deref(), key).first().is_some_and(|value| value.eq_ignore_ascii_case("true"));
    let (include_tasks, only_failed) = (flag("includeTasks"), flag("onlyFailed"));
    if include_tasks || only_failed {
        return with_status(StatusCode::ACCEPTED, &herder.restart_connector_and_tasks(&name, include_tasks, only_failed).await?);
    }
    herder.restart_connector(&name).await?;
    empty(StatusCode::NO_CONTENT)
}

pub(super) async fn task(State(herder): State<App>, Path((name, task)): Path<(String, String)>) -> Answer {
    let task = task.parse().map_err(|_| RestError::new(StatusCode::NOT_FOUND, "HTTP 404 Not Found"))?;
    herder.restart_task(TaskId::new(name, task)).await?;
    empty(StatusCode::NO_CONTENT)
}

pub(super) async fn pause(State(herder): State<App>, Path(name): Path<String>) -> Answer {
    herder.set_target(&name, TargetState::Paused).await?;
    empty(StatusCode::ACCEPTED)
}

pub(super) async fn resume(State(herder): State<App>, Path(name): Path<String>) -> Answer {
    herder.set_target(&name, TargetState::Started).await?;
    empty(StatusCode::ACCEPTED)
}

pub(super) async fn stop(State(herder): State<App>, Path(name): Path<String>) -> Answer {
    herder.stop_connector(&name).await?;
    empty(StatusCode::NO_CONTENT)
}

/// Workers of a cluster have earlier producers fenced so (KIP-618).
pub(super) async fn fence(State(herder): State<App>, Path(name): Path<String>, headers: HeaderMap, bytes: Bytes) -> Answer {
    herder.fence(&name, &bytes, signed(&headers)).await?;
    empty(StatusCode::OK)
}
