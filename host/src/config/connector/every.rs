//! Keys of every connector (Kafka: `ConnectorConfig`).

use crate::config::definition::{ConfigKey, Importance, Type};
use crate::config::validator::Validator;

use super::{aliases, connector_name, one_of};

/// The keys that sources and sinks share, in Kafka's order. Defaults and choices that depend on the worker and its plugins
/// (converters, versions) are filled in by the herder.
pub(super) fn keys() -> Vec<ConfigKey> {
    let mut keys = basic();
    keys.extend(converters());
    keys.extend(chains());
    keys.extend(errors());
    keys
}

fn basic() -> Vec<ConfigKey> {
    vec![
        ConfigKey::new(
            "name",
            Type::String,
            "Globally unique name to use for this connector.",
        )
        .required()
        .check(Validator::Check(connector_name))
        .importance(Importance::High)
        .shown("Common", 1, "MEDIUM", "Connector name"),
        ConfigKey::new(
            "connector.class",
            Type::String,
            "Name or alias of the class for this connector. Must be a subclass of org.apache.kafka.connect.connector.Connector. If \
             the connector is org.apache.kafka.connect.file.FileStreamSinkConnector, you can either specify this full name,  or \
             use \"FileStreamSink\" or \"FileStreamSinkConnector\" to make the configuration a bit shorter",
        )
        .required()
        .importance(Importance::High)
        .shown("Common", 2, "LONG", "Connector class"),
        ConfigKey::new(
            "connector.plugin.version",
            Type::String,
            "Version of the connector.",
        )
        .importance(Importance::Medium)
        .shown("Common", 3, "MEDIUM", "Connector version"),
        ConfigKey::new(
            "tasks.max",
            Type::Int,
            "Maximum number of tasks to use for this connector.",
        )
        .default_text("1")
        .check(Validator::Range(Some(1.0), None))
        .importance(Importance::High)
        .shown("Common", 4, "SHORT", "Tasks max"),
        ConfigKey::new(
            "tasks.max.enforce",
            Type::Boolean,
            "(Deprecated) Whether to enforce that the tasks.max property is respected by the connector. By default, connectors \
             that generate too many tasks will fail, and existing sets of tasks that exceed the tasks.max property will also be \
             failed. If this property is set to false, then connectors will be allowed to generate more than the maximum number of \
             tasks, and existing sets of tasks that exceed the tasks.max property will be allowed to run. This property is \
             deprecated and will be removed in an upcoming major release.",
        )
        .default_text("true")
        .importance(Importance::Low)
        .shown("Common", 5, "SHORT", "Enforce tasks max"),
    ]
}

fn converters() -> Vec<ConfigKey> {
    vec![
        ConfigKey::new(
            "key.converter",
            Type::Class,
            "Converter class used to convert between Kafka Connect format and the serialized form that is written to Kafka. This \
             controls the format of the keys in messages written to or read from Kafka, and since this is independent of \
             connectors it allows any connector to work with any serialization format. Examples of common formats include JSON and \
             Avro.",
        )
        .importance(Importance::Low)
        .shown("Common", 6, "SHORT", "Key converter class"),
        ConfigKey::new(
            "key.converter.plugin.version",
            Type::String,
            "Version of the key converter.",
        )
        .importance(Importance::Low)
        .shown("Common", 7, "SHORT", "Key converter version"),
        ConfigKey::new(
            "value.converter",
            Type::Class,
            "Converter class used to convert between Kafka Connect format and the serialized form that is written to Kafka. This \
             controls the format of the values in messages written to or read from Kafka, and since this is independent of \
             connectors it allows any connector to work with any serialization format. Examples of common formats include JSON and \
             Avro.",
        )
        .importance(Importance::Low)
        .shown("Common", 8, "SHORT", "Value converter class"),
        ConfigKey::new(
            "value.converter.plugin.version",
            Type::String,
            "Version of the value converter.",
        )
        .importance(Importance::Low)
        .shown("Common", 9, "SHORT", "Value converter version"),
        ConfigKey::new(
            "header.converter",
            Type::Class,
            "HeaderConverter class used to convert between Kafka Connect format and the serialized form that is written to Kafka. \
             This controls the format of the header values in messages written to or read from Kafka, and since this is \
             independent of connectors it allows any connector to work with any serialization format. Examples of common formats \
             include JSON and Avro. By default, the SimpleHeaderConverter is used to serialize header values to strings and \
             deserialize them by inferring the schemas.",
        )
        .importance(Importance::Low)
        .shown("Common", 10, "SHORT", "Header converter class"),
        ConfigKey::new(
            "header.converter.plugin.version",
            Type::String,
            "Version of the header converter.",
        )
        .importance(Importance::Low)
        .shown("Common", 11, "SHORT", "Header converter version"),
    ]
}

fn chains() -> Vec<ConfigKey> {
    vec![
        ConfigKey::new(
            "transforms",
            Type::List,
            "Aliases for the transformations to be applied to records.",
        )
        .default_text("")
        .check(Validator::Check(aliases))
        .importance(Importance::Low)
        .shown("Transforms", 12, "LONG", "Transforms"),
        ConfigKey::new(
            "predicates",
            Type::List,
            "Aliases for the predicates used by transformations.",
        )
        .default_text("")
        .check(Validator::Check(aliases))
        .importance(Importance::Low)
        .shown("Predicates", 13, "LONG", "Predicates"),
        ConfigKey::new(
            "config.action.reload",
            Type::String,
            "The action that Connect should take on the connector when changes in external configuration providers result in a \
             change in the connector's configuration properties. A value of 'none' indicates that Connect will do nothing. A value \
             of 'restart' indicates that Connect should restart/reload the connector with the updated configuration properties.The \
             restart may actually be scheduled in the future if the external configuration provider indicates that a configuration \
             value will expire in the future.",
        )
        .default_text("restart")
        .check(one_of(&["none", "restart"]))
        .importance(Importance::Low)
        .shown("Common", 14, "MEDIUM", "Reload Action"),
    ]
}

fn errors() -> Vec<ConfigKey> {
    vec![
        ConfigKey::new(
            "errors.retry.timeout",
            Type::Long,
            "The maximum duration in milliseconds that a failed operation will be reattempted. The default is 0, which means no \
             retries will be attempted. Use -1 for infinite retries.",
        )
        .default_text("0")
        .importance(Importance::Medium)
        .shown("Error Handling", 1, "MEDIUM", "Retry Timeout for Errors"),
        ConfigKey::new(
            "errors.retry.delay.max.ms",
            Type::Long,
            "The maximum duration in milliseconds between consecutive retry attempts. Jitter will be added to the delay once this \
             limit is reached to prevent thundering herd issues.",
        )
        .default_text("60000")
        .importance(Importance::Medium)
        .shown("Error Handling", 2, "MEDIUM", "Maximum Delay Between Retries for Errors"),
        ConfigKey::new(
            "errors.tolerance",
            Type::String,
            "Behavior for tolerating errors during connector operation. 'none' is the default value and signals that any error \
             will result in an immediate connector task failure; 'all' changes the behavior to skip over problematic records.",
        )
        .default_text("none")
        .check(one_of(&["none", "all"]))
        .importance(Importance::Medium)
        .shown("Error Handling", 3, "SHORT", "Error Tolerance"),
        ConfigKey::new(
            "errors.log.enable",
            Type::Boolean,
            "If true, write each error and the details of the failed operation and problematic record to the Connect application \
             log. This is 'false' by default, so that only errors that are not tolerated are reported.",
        )
        .default_text("false")
        .importance(Importance::Medium)
        .shown("Error Handling", 4, "SHORT", "Log Errors"),
        ConfigKey::new(
            "errors.log.include.messages",
            Type::Boolean,
            "Whether to include in the log the Connect record that resulted in a failure. For sink records, the topic, partition, \
             offset, and timestamp will be logged. For source records, the key and value (and their schemas), all headers, and the \
             timestamp, Kafka topic, Kafka partition, source partition, and source offset will be logged. This is 'false' by \
             default, which will prevent record keys, values, and headers from being written to log files.",
        )
        .default_text("false")
        .importance(Importance::Medium)
        .shown("Error Handling", 5, "SHORT", "Log Error Details"),
    ]
}
