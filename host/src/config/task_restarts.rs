//! Keys of automatic restarts of failed tasks, which Kafka Connect does not have. The worker sets the defaults, a connector overrides
//! them with the same keys.

use std::time::Duration;

use super::Props;
use super::definition::{ConfigDef, ConfigKey, Importance, Type};
use super::validator::Validator;
use super::value::{ConfigError, Value};

/// What the names of these keys begin with.
pub const PREFIX: &str = "task.restart.";
/// How often a failed task is restarted.
pub const MAX_ATTEMPTS: &str = "task.restart.max.attempts";
const FIRST_BACKOFF: &str = "task.restart.backoff.ms";
const LONGEST_BACKOFF: &str = "task.restart.backoff.max.ms";

/// When a task that has failed is started again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TaskRestarts {
    /// How often in a row; 0: never.
    pub max_attempts: u32,
    first_backoff: Duration,
    longest_backoff: Duration,
}

/// The keys, for workers and connectors alike.
fn keys() -> Vec<ConfigKey> {
    let key = |name, type_, default, documentation| {
        ConfigKey::new(name, type_, documentation)
            .default_text(default)
            .check(Validator::Range(Some(0.0), None))
            .importance(Importance::Low)
    };
    vec![
        key(
            MAX_ATTEMPTS,
            Type::Int,
            "0",
            "How often in a row a task that has failed is started again by itself. 0: it stays FAILED until it is restarted through the \
             REST API, as in Kafka Connect. A task that runs for longer than task.restart.backoff.max.ms begins anew.",
        ),
        key(
            FIRST_BACKOFF,
            Type::Long,
            "1000",
            "How long, in milliseconds, a failed task waits before it is started again; twice as long each further time in a row.",
        ),
        key(LONGEST_BACKOFF, Type::Long, "60000", "The longest such wait, in milliseconds."),
    ]
}

/// The keys of a worker.
pub fn worker_keys() -> Vec<ConfigKey> {
    keys()
}

/// The keys of a connector; one that is not set has the worker's value.
pub fn connector_def() -> ConfigDef {
    ConfigDef::new(keys().into_iter().map(|key| {
        let name = key.name.clone();
        key.shown("Task Restarts", -1, "MEDIUM", &name)
    }))
}

impl TaskRestarts {
    /// A connector's restarts: its own keys, else the worker's.
    ///
    /// # Errors
    /// A value that is none of the key's type or range.
    pub fn of_connector(worker: &Props, connector: &Props) -> Result<Self, ConfigError> {
        let layers = worker.iter().chain(connector).filter(|(key, _)| key.starts_with(PREFIX));
        let props: Props = layers.map(|(key, value)| (key.clone(), value.clone())).collect();
        let values = ConfigDef::new(keys()).parse(&props)?;
        let number = |key: &str| values.get(key).and_then(Value::as_i64).and_then(|n| u64::try_from(n).ok()).unwrap_or_default();
        Ok(Self {
            max_attempts: u32::try_from(number(MAX_ATTEMPTS)).unwrap_or(u32::MAX),
            first_backoff: Duration::from_millis(number(FIRST_BACKOFF)),
            longest_backoff: Duration::from_millis(number(LONGEST_BACKOFF)),
        })
    }

    /// How long to wait before restart number `attempt`, counted from 1; none: there is to be no such restart.
    pub fn backoff(&self, attempt: u32) -> Option<Duration> {
        let doubled = 1u32
            .checked_shl(attempt.saturating_sub(1))
            .map_or(self.longest_backoff, |times| self.first_backoff.saturating_mul(times));
        (attempt <= self.max_attempts).then(|| doubled.min(self.longest_backoff))
    }

    /// Whether a task that ran for so long before it failed counts as one that had recovered.
    pub fn recovered(&self, ran: Duration) -> bool {
        ran > self.longest_backoff
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn props(pairs: &[(&str, &str)]) -> Props {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn tasks_stay_failed_unless_somebody_says_otherwise() {
        let restarts = TaskRestarts::of_connector(&Props::new(), &Props::new()).unwrap();
        assert_eq!(restarts.backoff(1), None);
    }

    #[test]
    fn waits_double_up_to_the_longest() {
        let worker = props(&[(MAX_ATTEMPTS, "2"), (LONGEST_BACKOFF, "2500")]);
        let restarts = TaskRestarts::of_connector(&worker, &props(&[(MAX_ATTEMPTS, "40")])).unwrap();
        let waits = [1, 2, 3, 40, 41].map(|attempt| restarts.backoff(attempt).map(|wait| wait.as_millis()));
        assert_eq!(waits, [Some(1000), Some(2000), Some(2500), Some(2500), None]);
        assert!(restarts.recovered(Duration::from_millis(2501)) && !restarts.recovered(Duration::from_millis(2500)));
    }

    #[test]
    fn a_wrong_value_is_named() {
        let error = TaskRestarts::of_connector(&Props::new(), &props(&[(MAX_ATTEMPTS, "-1")])).unwrap_err();
        assert!(error.0.contains(MAX_ATTEMPTS), "{error}");
    }
}
