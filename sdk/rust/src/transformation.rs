//! Transformations.

use crate::config::Config;
use crate::data::record::Record;
use crate::error::Error;
use crate::plugin::PluginInfo;

/// Changes records on their way; Kafka's `Transformation`.
pub trait Transformation {
    /// Its entry in the manifest.
    fn plugin() -> PluginInfo
    where
        Self: Sized;

    /// A transformation of that configuration. `ConfigException` for a bad one.
    fn configure(config: &Config) -> Result<Self, Error>
    where
        Self: Sized;

    /// The record changed; none to drop it. `DataException` when it cannot be changed.
    fn apply<'b>(&mut self, record: Record<'b>) -> Result<Option<Record<'b>>, Error>;
}
