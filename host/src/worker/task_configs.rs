//! What the framework does to the task configurations that a connector makes (Kafka: `Worker.connectorTaskConfigs`).

use crate::config::Props;
use crate::config::connector::TASKS_MAX_ENFORCE;
use crate::config::connector::sink::{TOPICS, TOPICS_REGEX};
use crate::config::providers::{has_reference, references};
use crate::task::failure::TaskFailure;

/// Checks the number of tasks against `tasks.max` (KIP-1004).
///
/// # Errors
/// There are too many and `tasks.max.enforce` is not false.
pub(super) fn check(name: &str, connector: &Props, tasks: usize, max_tasks: u32) -> Result<(), TaskFailure> {
    if tasks <= max_tasks as usize {
        return Ok(());
    }
    let found = format!(
        "The connector {name} has generated {tasks} tasks, which is greater than {max_tasks}, the maximum number of tasks it is \
         configured to create."
    );
    if connector.get(TASKS_MAX_ENFORCE).is_some_and(|enforce| enforce.trim().eq_ignore_ascii_case("false")) {
        tracing::warn!(
            connector = name,
            "{found} This behavior should be considered a bug and will be disallowed in future releases of Kafka Connect."
        );
        return Ok(());
    }
    Err(TaskFailure::new(format!(
        "org.apache.kafka.connect.errors.TooManyTasksException: {found} This behaviour should be considered a bug and is disallowed. \
         If necessary, it can be permitted by reconfiguring the connector with '{TASKS_MAX_ENFORCE}' set to false; however, this \
         option will be removed in a future release of Kafka Connect."
    )))
}

/// A task's configuration with the keys that the framework adds.
pub(super) fn complete(own: Props, connector: &Props, class: &str) -> Props {
    let mut config = own;
    // An SDK that knows the class of its tasks has said it.
    config.entry("task.class".to_owned()).or_insert_with(|| task_class(class));
    for key in [TOPICS, TOPICS_REGEX] {
        if let Some(value) = connector.get(key) {
            config.insert(key.to_owned(), value.clone());
        }
    }
    config
}

/// The task's configuration with the values of keys for which the connector's has references put back into references, so that what
/// they refer to is neither shown nor stored (Kafka: `AbstractHerder.reverseTransform`).
pub(super) fn with_references(mut config: Props, raw: &Props) -> Props {
    for (key, reference) in raw.iter().filter(|(_, value)| has_reference(value)) {
        if let Some(value) = config.get_mut(key) {
            value.clone_from(reference);
        }
    }
    config
}

/// Checks that a task's configuration refers to nothing that the connector's does not: the worker follows references, and a plugin must
/// not be told by them what its user did not name. `raw` is the connector's as its user wrote it.
///
/// # Errors
/// The first such reference, with its key and what to do.
// I25: only who may write a connector's configuration says what is read for it.
pub(super) fn check_references(name: &str, config: &Props, raw: &Props) -> Result<(), TaskFailure> {
    let written = |reference: &str| raw.values().any(|value| references(value).any(|found| found == reference));
    let mut made = config.iter().flat_map(|(key, value)| references(value).map(move |reference| (key, reference)));
    match made.find(|(_, reference)| !written(reference)) {
        None => Ok(()),
        Some((key, reference)) => Err(TaskFailure::connect(format_args!(
            "The connector {name} has put {reference} into {key} of a task's configuration; the worker follows only references that stand \
             in the connector's own configuration: if this one is meant, write it there"
        ))),
    }
}

/// The Java name of a connector's task class, by the convention that connectors follow.
fn task_class(connector_class: &str) -> String {
    format!("{}Task", connector_class.strip_suffix("Connector").unwrap_or(connector_class))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_many_tasks_fail_unless_the_connector_says_otherwise() {
        let mut connector = Props::new();
        assert!(check("c", &connector, 2, 2).is_ok());
        let error = check("c", &connector, 3, 2).unwrap_err().to_string();
        assert!(error.contains("has generated 3 tasks, which is greater than 2"), "{error}");
        connector.insert("tasks.max.enforce".into(), "false".into());
        assert!(check("c", &connector, 3, 2).is_ok());
    }

    #[test]
    fn what_references_refer_to_is_put_back() {
        let raw = Props::from([("password".into(), "${file:/p:k}".into()), ("user".into(), "u".into())]);
        let config = Props::from([("password".into(), "secret".into()), ("user".into(), "v".into())]);
        let wanted = Props::from([("password".into(), "${file:/p:k}".into()), ("user".into(), "v".into())]);
        assert_eq!(with_references(config, &raw), wanted);
    }

    /// I25
    #[test]
    fn a_task_refers_to_nothing_that_its_connector_does_not() {
        let raw = Props::from([("password".into(), "${file:/p:k}".into()), ("format".into(), "kafka_${topic}".into())]);
        let task = |key: &str, value: &str| check_references("c", &Props::from([(key.into(), value.into())]), &raw);
        for good in ["${file:/p:k}", "jdbc:x?password=${file:/p:k}", "kafka_${topic}", "plain", "${"] {
            assert!(task("any", good).is_ok(), "{good}");
        }
        let told = task("url", "${file:/p:k} ${env:HOME}").unwrap_err().to_string();
        assert!(told.contains("The connector c has put ${env:HOME} into url") && told.contains("write it there"), "{told}");
    }

    #[test]
    fn the_framework_adds_its_keys() {
        let connector = Props::from([("topics".into(), "a,b".into()), ("file".into(), "f".into())]);
        let config = complete(Props::new(), &connector, "org.apache.kafka.connect.file.FileStreamSinkConnector");
        assert_eq!(
            config,
            Props::from([
                ("task.class".into(), "org.apache.kafka.connect.file.FileStreamSinkTask".into()),
                ("topics".into(), "a,b".into()),
            ])
        );
    }
}
