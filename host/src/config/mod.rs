//! Configuration as values: definitions with Kafka's `ConfigDef` semantics, the keys of workers and connectors, and the
//! files they are read from. One definition feeds validation, REST and documentation. No I/O but reading properties files.

pub mod definition;
pub mod value;
pub mod validation;
pub mod validator;

use std::collections::BTreeMap;

/// The configuration of a worker, connector or task: keys and values as the user wrote them.
pub type Props = BTreeMap<String, String>;
