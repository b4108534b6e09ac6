//! `TombstoneHandler`: what becomes of records without value.

use caisson_sdk::{Config, ConfigDef, ConfigKey, Error, Importance, KeyType, PluginInfo, Record, Transformation, Validator, log};

const BEHAVIOR: &str = "behavior";
const IGNORE: &str = "ignore";
const WARN: &str = "warn";
const FAIL: &str = "fail";
/// The logger.
const TARGET: &str = "io.confluent.connect.transforms.TombstoneHandler";

/// What is done about a tombstone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Behavior {
    Ignore,
    Warn,
    Fail,
}

/// Drops or refuses tombstones.
#[derive(Debug)]
pub struct TombstoneHandler {
    behavior: Behavior,
}

impl Transformation for TombstoneHandler {
    fn plugin() -> PluginInfo {
        let behavior = ConfigKey::new(
            BEHAVIOR,
            KeyType::String,
            Importance::High,
            "What is done about a tombstone: ignore drops it and notes it in the log at DEBUG, warn does so at WARN, fail makes the \
             record fail.",
        );
        PluginInfo::new(
            TARGET,
            "Keep records whose value is null, with a schema or without, away from what follows.",
            ConfigDef::new().key(behavior.default(WARN).validator(Validator::OneOf(vec![IGNORE, WARN, FAIL]))),
        )
    }

    fn configure(config: &Config) -> Result<Self, Error> {
        let behavior = match config.string(BEHAVIOR)? {
            IGNORE => Behavior::Ignore,
            FAIL => Behavior::Fail,
            _ => Behavior::Warn,
        };
        Ok(Self { behavior })
    }

    fn apply<'b>(&mut self, record: Record<'b>) -> Result<Option<Record<'b>>, Error> {
        if !record.value.value.is_null() {
            return Ok(Some(record));
        }
        let noted = || format!("a tombstone of topic {} is dropped", record.topic);
        match self.behavior {
            Behavior::Ignore => log::debug(TARGET, &noted()),
            Behavior::Warn => log::warn(TARGET, &noted()),
            Behavior::Fail => {
                return Err(Error::data(format!("a tombstone of topic {} was met, and {BEHAVIOR} is {FAIL}", record.topic)));
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use caisson_sdk::Datum;

    use super::*;

    fn handled(behavior: &str, value: Datum<'static>) -> Result<bool, Error> {
        let config = TombstoneHandler::plugin().config().parse([(BEHAVIOR, behavior)])?;
        let record = Record::new("t").with_value(value);
        Ok(TombstoneHandler::configure(&config)?.apply(record)?.is_some())
    }

    #[test]
    fn tombstones_go_or_fail_and_others_stay() {
        assert_eq!(handled("ignore", Datum::NULL), Ok(false));
        assert_eq!(handled("warn", Datum::NULL), Ok(false));
        assert!(handled("fail", Datum::NULL).is_err());
        assert_eq!(handled("fail", Datum::schemaless("v")), Ok(true));
        assert!(handled("Warn", Datum::NULL).is_err());
    }
}
