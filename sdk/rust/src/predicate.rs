//! Predicates.

use crate::config::Config;
use crate::data::record::Record;
use crate::error::Error;
use crate::plugin::PluginInfo;

/// Says which records a transformation is for; Kafka's `Predicate`.
pub trait Predicate {
    /// Its entry in the manifest.
    fn plugin() -> PluginInfo
    where
        Self: Sized;

    /// A predicate of that configuration. `ConfigException` for a bad one.
    fn configure(config: &Config) -> Result<Self, Error>
    where
        Self: Sized;

    /// Whether the record is admitted.
    fn test(&mut self, record: &Record<'_>) -> Result<bool, Error>;
}
