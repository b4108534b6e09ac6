//! A predicate whose definition has a key of every type, and everything that a key can have.

use caisson_sdk::{
    Config, ConfigDef, ConfigKey, ConfigValue, Error, Importance, KeyType, PluginInfo, Predicate, Recommendation, Record,
    Validator, Width,
};

struct EveryKey;

fn even(name: &str, value: &ConfigValue) -> Result<(), Error> {
    match value {
        ConfigValue::Int(number) if number % 2 == 0 => Ok(()),
        other => Err(Error::invalid_value(name, other.shown().as_deref(), "must be even")),
    }
}

/// Shown only where there are pairs to name.
fn names(_: &str, config: &Config) -> Recommendation {
    let pairs = config.int("pairs").unwrap_or_default();
    Recommendation { values: (1..=pairs / 2).map(|number| format!("pair-{number}")).collect(), visible: pairs > 0 }
}

fn definition() -> ConfigDef {
    let key = |name: &str, type_| ConfigKey::new(name, type_, Importance::Low, "A key.").optional();
    ConfigDef::new()
        .key(
            ConfigKey::new("pairs", KeyType::Int, Importance::High, "How many there are.")
                .validator(Validator::Min(0.0))
                .validator(Validator::Max(8.0))
                .check_with(even)
                .group("Pairs", 1)
                .width(Width::Short)
                .display_name("Number of things")
                .dependents(&["names"]),
        )
        .key(key("names", KeyType::List).recommender(names).validator(Validator::Distinct).group("Pairs", 2))
        .key(key("flag", KeyType::Boolean).default("true").recommended(&["true", "false"]))
        .key(key("text", KeyType::String).validator(Validator::WithoutControlCharacters))
        .key(key("word", KeyType::String).default("a").validator(Validator::OneOf(vec!["a", "b"])))
        .key(key("case", KeyType::String).default("A").validator(Validator::OneOfIgnoringCase(vec!["a", "b"])))
        .key(key("small", KeyType::Short).default("1").validator(Validator::NonNull))
        .key(key("large", KeyType::Long))
        .key(key("ratio", KeyType::Double).default("0.5").validator(Validator::Max(1.0)))
        .key(key("some", KeyType::List).default("x").validator(Validator::OneOf(vec!["x", "y"])).validator(Validator::NonEmpty))
        .key(key("few", KeyType::List).validator(Validator::AtMostItems(1)))
        .key(key("format", KeyType::Class).classes(&["caisson.probe.Json", "caisson.probe.Avro"]))
        .key(key("secret", KeyType::Password))
        .key(key("pattern", KeyType::String).default(".*").validator(Validator::Regex))
}

impl Predicate for EveryKey {
    fn plugin() -> PluginInfo {
        PluginInfo::new("caisson.probe.EveryKey", "Has a key of every type.", definition())
    }

    fn configure(_: &Config) -> Result<Self, Error> {
        Ok(Self)
    }

    fn test(&mut self, _: &Record<'_>) -> Result<bool, Error> {
        Ok(true)
    }
}

caisson_sdk::export! {
    predicates: [EveryKey],
}
