//! Keys of connectors.

pub mod client_keys;
mod every;
pub mod overrides;
pub mod sink;
pub mod source;

use super::definition::ConfigDef;
use super::validator::Validator;
use super::value::{ConfigError, Value};

/// The connector's name.
pub const NAME: &str = "name";
/// Name or alias of the connector's class.
pub const CONNECTOR_CLASS: &str = "connector.class";
/// Which version of it.
pub const CONNECTOR_VERSION: &str = "connector.plugin.version";
/// The most tasks it may have.
pub const TASKS_MAX: &str = "tasks.max";
/// Whether a connector that makes more tasks than `tasks.max` fails (KIP-1004).
pub const TASKS_MAX_ENFORCE: &str = "tasks.max.enforce";
/// Aliases of transformations, in order.
pub const TRANSFORMS: &str = "transforms";
/// Aliases of predicates.
pub const PREDICATES: &str = "predicates";

/// The framework's keys that all connectors share.
pub fn every() -> ConfigDef {
    ConfigDef::new(every::keys())
}

/// The framework's keys of a source connector.
pub fn source() -> ConfigDef {
    ConfigDef::new(every::keys().into_iter().chain(source::keys()))
}

/// The framework's keys of a sink connector.
pub fn sink() -> ConfigDef {
    ConfigDef::new(every::keys().into_iter().chain(sink::keys()))
}

fn one_of(values: &[&str]) -> Validator {
    Validator::OneOf(values.iter().map(|value| (*value).to_owned()).collect())
}

fn one_of_ignoring_case(values: &[&str]) -> Validator {
    Validator::OneOfIgnoringCase(values.iter().map(|value| (*value).to_owned()).collect())
}

/// Kafka's `NonEmptyStringWithoutControlChars`.
fn connector_name(name: &str, value: &Value) -> Result<(), ConfigError> {
    let Some(text) = value.as_str() else { return Ok(()) };
    if text.is_empty() {
        return Err(ConfigError::invalid(name, value, "String may not be empty"));
    }
    let controls: Vec<String> = text.chars().filter(|c| c.is_control()).map(|c| u32::from(c).to_string()).collect();
    if controls.is_empty() {
        return Ok(());
    }
    let why = format!("String may not contain control sequences but had the following ASCII chars: {}", controls.join(", "));
    Err(ConfigError::invalid(name, value, why))
}

/// A list without repetition.
fn aliases(name: &str, value: &Value) -> Result<(), ConfigError> {
    Validator::NonNull.check(name, value)?;
    let items = value.as_list();
    match items.iter().enumerate().any(|(index, item)| items.iter().take(index).any(|other| other == item)) {
        true => Err(ConfigError::invalid(name, value, "Duplicate alias provided.")),
        false => Ok(()),
    }
}
