//! What Kafka's `ConfigDef.ValidList` says of a list (KIP-1030).

use caisson_sdk::{Config, Error};

/// The items of a list that may not be empty. `ConfigException` for none, and for an empty one.
pub fn non_empty<'c>(config: &'c Config, name: &str) -> Result<&'c [String], Error> {
    if config.list(name)?.is_empty() {
        return Err(Error::config(format!(
            "Configuration '{name}' must not be empty. Valid values include: any non-empty value"
        )));
    }
    without_empty_items(config, name)
}

/// The items of a list. `ConfigException` for an empty item.
pub fn without_empty_items<'c>(config: &'c Config, name: &str) -> Result<&'c [String], Error> {
    let items = config.list(name)?;
    if items.iter().any(String::is_empty) {
        return Err(Error::config(format!("Configuration '{name}' values must not be empty.")));
    }
    Ok(items)
}
