//! `Filter`: drops every record; a predicate says which (KIP-585).

use caisson_sdk::{Config, ConfigDef, Error, PluginInfo, Record, Transformation};

/// Drops records.
#[derive(Debug)]
pub struct Filter;

impl Transformation for Filter {
    fn plugin() -> PluginInfo {
        PluginInfo::new(
            "org.apache.kafka.connect.transforms.Filter",
            "Drops all records, filtering them from subsequent transformations in the chain. This is intended to be used \
             conditionally to filter out records matching (or not matching) a particular Predicate.",
            ConfigDef::new(),
        )
    }

    fn configure(_: &Config) -> Result<Self, Error> {
        Ok(Self)
    }

    fn apply<'b>(&mut self, _: Record<'b>) -> Result<Option<Record<'b>>, Error> {
        Ok(None)
    }
}
