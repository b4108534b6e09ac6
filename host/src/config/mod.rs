//! Configuration as values: definitions with Kafka's `ConfigDef` semantics, the keys of workers and connectors, and the
//! files they are read from. One definition feeds validation, REST and documentation. No I/O but reading properties
//! files and what config providers refer to.

pub mod connector;
pub mod definition;
mod distributed_keys;
pub mod environment_keys;
pub mod jaas;
pub mod properties;
pub mod providers;
pub mod sandbox;
pub mod task_restarts;
pub mod validation;
pub mod validator;
pub mod value;
pub mod worker;
mod worker_keys;

use std::collections::BTreeMap;

/// The configuration of a worker, connector or task: keys and values as the user wrote them.
pub type Props = BTreeMap<String, String>;

/// A connector's configuration as it was given: values may be null. Validation has nothing against it, but such a connector cannot start.
pub type RawProps = BTreeMap<String, Option<String>>;

/// The entries of `props` whose key starts with `prefix`, without it.
pub fn with_prefix(props: &Props, prefix: &str) -> Props {
    let under = props.iter().filter_map(|(key, value)| Some((key.strip_prefix(prefix)?, value)));
    under.map(|(key, value)| (key.to_owned(), value.clone())).collect()
}
