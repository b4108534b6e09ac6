//! Keys of source connectors (Kafka: `SourceConnectorConfig`).

use crate::config::definition::{ConfigKey, Importance, Type};
use crate::config::validator::Validator;
use crate::config::value::{ConfigError, Value};

use super::{aliases, one_of_ignoring_case};

/// Whether the connector must be able to write exactly once (KIP-618).
pub const EXACTLY_ONCE_SUPPORT: &str = "exactly.once.support";
/// What ends a transaction: `poll`, `interval` or `connector`.
pub const TRANSACTION_BOUNDARY: &str = "transaction.boundary";
/// How often under `interval`, in milliseconds; null: as often as the worker flushes offsets.
pub const TRANSACTION_BOUNDARY_INTERVAL: &str = "transaction.boundary.interval.ms";
/// A topic for this connector's offsets.
pub const OFFSETS_TOPIC: &str = "offsets.storage.topic";

/// The keys that only sources have, in Kafka's order.
pub(super) fn keys() -> Vec<ConfigKey> {
    vec![
        ConfigKey::new(
            "topic.creation.groups",
            Type::List,
            "Groups of configurations for topics created by source connectors",
        )
        .default_text("")
        .check(Validator::Check(aliases))
        .importance(Importance::Low)
        .shown("Topic Creation", 1, "LONG", "Topic Creation Groups"),
        ConfigKey::new(
            EXACTLY_ONCE_SUPPORT,
            Type::String,
            "Permitted values are requested, required. If set to \"required\", forces a preflight check for the connector to \
             ensure that it can provide exactly-once semantics with the given configuration. Some connectors may be capable of \
             providing exactly-once semantics but not signal to Connect that they support this; in that case, documentation for \
             the connector should be consulted carefully before creating it, and the value for this property should be set to \
             \"requested\". Additionally, if the value is set to \"required\" but the worker that performs preflight validation \
             does not have exactly-once support enabled for source connectors, requests to create or validate the connector will \
             fail.",
        )
        .default_text("requested")
        .check(one_of_ignoring_case(&["REQUIRED", "REQUESTED"]))
        .importance(Importance::Medium)
        .shown("Exactly Once Support", 2, "SHORT", "Exactly once support"),
        ConfigKey::new(
            TRANSACTION_BOUNDARY,
            Type::String,
            "Permitted values are: poll, interval, connector. If set to 'poll', a new producer transaction will be started and \
             committed for every batch of records that each task from this connector provides to Connect. If set to 'connector', \
             relies on connector-defined transaction boundaries; note that not all connectors are capable of defining their own \
             transaction boundaries, and in that case, attempts to instantiate a connector with this value will fail. Finally, if \
             set to 'interval', commits transactions only after a user-defined time interval has passed.",
        )
        .default_text("poll")
        .check(one_of_ignoring_case(&["INTERVAL", "POLL", "CONNECTOR"]))
        .importance(Importance::Medium)
        .shown("Exactly Once Support", 3, "SHORT", "Transaction Boundary"),
        ConfigKey::new(
            TRANSACTION_BOUNDARY_INTERVAL,
            Type::Long,
            "If 'transaction.boundary' is set to 'interval', determines the interval for producer transaction commits by connector \
             tasks. If unset, defaults to the value of the worker-level 'offset.flush.interval.ms' property. It has no effect if a \
             different transaction.boundary is specified.",
        )
        .check(Validator::Check(interval))
        .importance(Importance::Low)
        .shown("Exactly Once Support", 4, "SHORT", "Transaction boundary interval"),
        ConfigKey::new(
            OFFSETS_TOPIC,
            Type::String,
            "The name of a separate offsets topic to use for this connector. If empty or not specified, the worker’s global \
             offsets topic name will be used. If specified, the offsets topic will be created if it does not already exist on the \
             Kafka cluster targeted by this connector (which may be different from the one used for the worker's global offsets \
             topic if the bootstrap.servers property of the connector's producer has been overridden from the worker's). Only \
             applicable in distributed mode; in standalone mode, setting this property will have no effect.",
        )
        .check(Validator::NonEmpty)
        .importance(Importance::Low)
        .shown("offsets.topic", 1, "LONG", "Offsets topic"),
    ]
}

/// Null, or 0 and more.
fn interval(name: &str, value: &Value) -> Result<(), ConfigError> {
    match value {
        Value::Null => Ok(()),
        other => Validator::Range(Some(0.0), None).check(name, other),
    }
}
