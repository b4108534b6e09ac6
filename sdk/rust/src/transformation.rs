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

    /// The same for a record in its place; false: it is dropped. This is what a chain calls. Records are large, so one that changes a
    /// single member does it here, and has `apply` call this; nothing is moved then.
    fn apply_in_place(&mut self, record: &mut Record<'_>) -> Result<bool, Error> {
        let taken = std::mem::replace(record, Record::new(""));
        let Some(next) = self.apply(taken)? else { return Ok(false) };
        *record = next;
        Ok(true)
    }
    /// Whether it changes values without schema only by [`crate::Value::fields_mut`], where they offer that, or not at all. If all
    /// transformations of a chain say so, its converter gives them such values.
    fn edits_fields(&self) -> bool {
        false
    }
}
