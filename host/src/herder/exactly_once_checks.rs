//! Whether a source can write exactly once as its configuration wants it (KIP-618; Kafka:
//! `DistributedHerder.validateSourceConnectorExactlyOnceSupport`, `validateSourceConnectorTransactionBoundary`).

use std::sync::Arc;

use crate::config::Props;
use crate::config::connector::source::{EXACTLY_ONCE_SUPPORT, TRANSACTION_BOUNDARY};
use crate::config::validation::ConfigValue;
use crate::config::worker::WorkerConfig;
use crate::plugin::Plugin;
use crate::sandbox::error::CallError;

use super::own_checks::OwnChecks;

/// Adds what is wrong to the values of the two keys. A standalone worker, where they have no effect, finds nothing.
pub(super) async fn add(values: &mut [ConfigValue], worker: &WorkerConfig, own: &OwnChecks, plugin: &Arc<Plugin>, props: &Props) {
    if worker.cluster().is_none() {
        return;
    }
    if let Some(value) = asking_for(values, EXACTLY_ONCE_SUPPORT, "required") {
        if worker.exactly_once().is_none() {
            value.errors.push("This worker does not have exactly-once source support enabled.".to_owned());
        }
        value.errors.extend(unsupported(own.exactly_once_support(plugin, props).await));
    }
    if let Some(value) = asking_for(values, TRANSACTION_BOUNDARY, "connector") {
        let without = "The connector does not support connector-defined transaction boundaries with the given configuration. Please \
                       reconfigure it to use a different transaction boundary definition.";
        match own.can_define_transaction_boundaries(plugin, props).await {
            Ok(true) => {}
            Ok(false) => value.errors.push(without.to_owned()),
            Err(error) => value.errors.push(unexpected(&error)),
        }
    }
}

/// The value of a key that is right so far and asks for this.
fn asking_for<'v>(values: &'v mut [ConfigValue], key: &str, wanted: &str) -> Option<&'v mut ConfigValue> {
    let value = values.iter_mut().find(|value| value.name == key)?;
    let asks = value.value.as_str().is_some_and(|text| text.eq_ignore_ascii_case(wanted));
    (value.errors.is_empty() && asks).then_some(value)
}

/// What a connector's answer means for a configuration that requires exactly once.
fn unsupported(answer: Result<Option<String>, CallError>) -> Option<String> {
    match answer.as_ref().map(Option::as_deref) {
        Ok(Some("supported")) => None,
        Ok(Some("unsupported")) => {
            Some("The connector does not support exactly-once semantics with the provided configuration.".to_owned())
        }
        Ok(Some(other)) => Some(format!(
            "An unexpected error occurred during validation: Unexpected value returned from SourceConnector::exactlyOnceSupport: {other}"
        )),
        Ok(None) => Some(
            "The connector does not implement the API required for preflight validation of exactly-once source support. Please consult \
             the documentation for the connector to determine whether it supports exactly-once semantics, and then consider \
             reconfiguring the connector to use the value \"requested\" for this property (which will disable this preflight check \
             and allow the connector to be created)."
                .to_owned(),
        ),
        Err(error) => Some(unexpected(error)),
    }
}

fn unexpected(error: &CallError) -> String {
    format!("An unexpected error occurred during validation: {error}")
}
