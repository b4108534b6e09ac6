//! `RecordIsTombstone`: records with a null value.

use caisson_sdk::{Config, ConfigDef, Error, PluginInfo, Predicate, Record};

/// Admits tombstones.
#[derive(Debug)]
pub struct RecordIsTombstone;

impl Predicate for RecordIsTombstone {
    fn plugin() -> PluginInfo {
        PluginInfo::new(
            "org.apache.kafka.connect.transforms.predicates.RecordIsTombstone",
            "A predicate which is true for records which are tombstones (i.e. have null value).",
            ConfigDef::new(),
        )
    }

    fn configure(_: &Config) -> Result<Self, Error> {
        Ok(Self)
    }

    fn test(&mut self, record: &Record<'_>) -> Result<bool, Error> {
        Ok(record.value.value.is_null())
    }
}
