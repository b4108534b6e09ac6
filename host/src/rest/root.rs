//! `/` and `/health`.

use axum::extract::State;
use serde_json::json;

use super::App;
use super::answer::{Answer, ok};

/// The version of Kafka Connect whose API and behaviour this is; clients compare it.
const KAFKA_VERSION: &str = "4.3.1";
/// Which build this is: for Kafka Connect a commit.
const COMMIT: &str = concat!("caisson-", env!("CARGO_PKG_VERSION"));

pub(super) async fn server_info(State(herder): State<App>) -> Answer {
    ok(&json!({"version": KAFKA_VERSION, "commit": COMMIT, "kafka_cluster_id": herder.cluster_id()}))
}

/// Requests are served only once the worker has started (KIP-1017).
pub(super) async fn health(State(_herder): State<App>) -> Answer {
    ok(&json!({
        "status": "healthy",
        "message": "Worker has completed startup and is ready to handle requests."
    }))
}
