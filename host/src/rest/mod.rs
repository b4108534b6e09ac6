//! The REST API of Kafka Connect: one file per resource. Handlers speak to the herder alone.

mod answer;
mod basic_auth;
mod connector_plugins;
mod connectors;
mod cross_origin;
mod endpoints;
mod error;
mod forward;
mod front;
mod json;
pub mod listener;
mod loggers;
mod metrics;
mod offsets;
mod openapi;
mod response_headers;
mod restarts;
mod root;
pub mod server;

use std::sync::Arc;

use axum::Router;

use crate::herder::herding::Herding;

use self::listener::Audience;

/// What handlers are given.
type App = Arc<dyn Herding>;

/// The paths that an audience gets.
fn routes(audience: Audience, herder: App) -> Router {
    let mut endpoints = Vec::new();
    if audience != Audience::Admins {
        endpoints.extend(endpoints::of_users());
    }
    if audience != Audience::Users {
        endpoints.extend(endpoints::of_admins());
    }
    let routes = endpoints.into_iter().fold(Router::new(), |routes, endpoint| routes.route(endpoint.path, endpoint.routes));
    routes.fallback(front::no_such_path).method_not_allowed_fallback(front::no_such_method).with_state(herder)
}
