//! `/connectors/{name}/restart`, `pause`, `resume`, `stop`.

use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;

use crate::storage::status_store::{TargetState, TaskId};

use super::App;
use super::answer::{Answer, empty, with_status};
use super::connectors::parameters;
use super::error::RestError;

pub(super) async fn connector(State(herder): State<App>, Path(name): Path<String>, RawQuery(query): RawQuery) -> Answer {
    let flag = |key| parameters(query.as_deref(), key).first().is_some_and(|value| value.eq_ignore_ascii_case("true"));
    let (include_tasks, only_failed) = (flag("includeTasks"), flag("onlyFailed"));
    if include_tasks || only_failed {
        return with_status(StatusCode::ACCEPTED, &herder.restart_connector_and_tasks(&name, include_tasks, only_failed)?);
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
    herder.set_target(&name, TargetState::Paused)?;
    empty(StatusCode::ACCEPTED)
}

pub(super) async fn resume(State(herder): State<App>, Path(name): Path<String>) -> Answer {
    herder.set_target(&name, TargetState::Started)?;
    empty(StatusCode::ACCEPTED)
}

pub(super) async fn stop(State(herder): State<App>, Path(name): Path<String>) -> Answer {
    herder.stop_connector(&name).await?;
    empty(StatusCode::NO_CONTENT)
}

/// Workers of a cluster fence earlier producers so (KIP-618); a standalone worker has no exactly-once sources.
pub(super) async fn fence(State(_herder): State<App>) -> Answer {
    Err(RestError::body("Kafka Connect in standalone mode does not support exactly-once source connectors."))
}
