//! The REST API of Kafka Connect: one file per resource. Handlers speak to the herder alone.

mod answer;
mod basic_auth;
mod connector_plugins;
mod connectors;
mod cross_origin;
mod error;
mod forward;
mod front;
mod json;
mod key_store;
pub mod listener;
mod loggers;
mod offsets;
mod response_headers;
mod restarts;
mod root;
pub mod server;
mod tls;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post, put};

use crate::herder::herding::Herding;

use self::listener::Audience;

/// What handlers are given.
type App = Arc<dyn Herding>;

/// The paths that an audience gets.
fn routes(audience: Audience, herder: App) -> Router {
    let mut routes = Router::new();
    if audience != Audience::Admins {
        routes = user_routes(routes);
    }
    if audience != Audience::Users {
        routes = admin_routes(routes);
    }
    routes.fallback(front::no_such_path).method_not_allowed_fallback(front::no_such_method).with_state(herder)
}

fn admin_routes(routes: Router<App>) -> Router<App> {
    routes.route("/admin/loggers", get(loggers::list)).route("/admin/loggers/{logger}", get(loggers::get).put(loggers::set))
}

fn user_routes(routes: Router<App>) -> Router<App> {
    routes
        .route("/", get(root::server_info))
        .route("/health", get(root::health))
        .route("/connectors", get(connectors::list).post(connectors::create))
        .route("/connectors/{name}", get(connectors::info).delete(connectors::delete))
        .route("/connectors/{name}/config", get(connectors::config).put(connectors::put_config).patch(connectors::patch_config))
        .route("/connectors/{name}/status", get(connectors::status))
        .route("/connectors/{name}/tasks", get(connectors::tasks).post(connectors::put_tasks))
        .route("/connectors/{name}/tasks/{task}/status", get(connectors::task_status))
        .route("/connectors/{name}/tasks/{task}/restart", post(restarts::task))
        .route("/connectors/{name}/restart", post(restarts::connector))
        .route("/connectors/{name}/pause", put(restarts::pause))
        .route("/connectors/{name}/resume", put(restarts::resume))
        .route("/connectors/{name}/stop", put(restarts::stop))
        .route("/connectors/{name}/fence", put(restarts::fence))
        .route("/connectors/{name}/topics", get(connectors::topics))
        .route("/connectors/{name}/topics/reset", put(connectors::reset_topics))
        .route("/connectors/{name}/offsets", get(offsets::get).patch(offsets::alter).delete(offsets::reset))
        .route("/connector-plugins", get(connector_plugins::list))
        .route("/connector-plugins/{plugin}/config", get(connector_plugins::config))
        .route("/connector-plugins/{plugin}/config/validate", put(connector_plugins::validate))
}
