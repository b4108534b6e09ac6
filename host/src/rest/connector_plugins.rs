//! `/connector-plugins`.

use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;

use crate::config::connector::CONNECTOR_CLASS;
use crate::herder::error::HerderError;

use super::App;
use super::answer::{Answer, ok};
use super::connectors::parameters;
use super::error::RestError;
use super::json;

pub(super) async fn list(State(herder): State<App>, RawQuery(query): RawQuery) -> Answer {
    let only = parameters(query.as_deref(), "connectorsOnly");
    let connectors_only = only.first().is_none_or(|value| value.eq_ignore_ascii_case("true"));
    ok(&herder.plugins(connectors_only))
}

pub(super) async fn config(State(herder): State<App>, Path(plugin): Path<String>, RawQuery(query): RawQuery) -> Answer {
    let version = parameters(query.as_deref(), "version").first().copied();
    ok(&herder.plugin_config(&plugin, version)?)
}

pub(super) async fn validate(State(herder): State<App>, Path(plugin): Path<String>, bytes: Bytes) -> Answer {
    let config = json::config(&json::object(&bytes, "the configuration")?)?;
    let class = config.get(CONNECTOR_CLASS).cloned().flatten();
    if let Some(class) = class.filter(|class| !same_plugin(class, &plugin)) {
        let message = format!("Included connector type {class} does not match request type {plugin}");
        return Err(RestError::new(StatusCode::BAD_REQUEST, message));
    }
    match herder.validate(&config).await {
        Ok(infos) => ok(&infos),
        // Kafka Connect validates on another thread, and so wraps these errors.
        Err(HerderError::BadRequest(message)) => {
            Err(RestError::body(format!("org.apache.kafka.connect.runtime.rest.errors.BadRequestException: {message}")))
        }
        Err(HerderError::Config(error)) => {
            Err(RestError::body(format!("org.apache.kafka.common.config.ConfigException: {error}")))
        }
        Err(error) => Err(error.into()),
    }
}

/// Whether the class of the configuration ends as the path does, with or without `Connector`
/// (Kafka: `ConnectorPluginsResource.normalizedPluginName`).
fn same_plugin(class: &str, path: &str) -> bool {
    let normal = |name: &str| match name.strip_suffix("Connector") {
        Some(short) if name.rsplit('.').next() != Some("Connector") => short.to_owned(),
        _ => name.to_owned(),
    };
    normal(class).ends_with(&normal(path))
}
