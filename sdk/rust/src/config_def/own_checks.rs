//! What of a ConfigDef is code: the worker asks the plugin for it.

use std::collections::BTreeMap;

use crate::config::{Config, ConfigValue};
use crate::config_def::{ConfigDef, ConfigKey, Validator};
use crate::plugin::KeyFindings;

/// What a recommender says of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recommendation {
    /// Values that a form offers.
    pub values: Vec<String>,
    /// Whether a form shows the key.
    pub visible: bool,
}

/// Kafka's `ConfigDef.Recommender`: given the key's name and the values of all keys, null where one could not be parsed.
pub type Recommend = fn(&str, &Config) -> Recommendation;

impl ConfigKey {
    /// Whether the plugin has to be asked.
    pub(crate) fn has_code(&self) -> bool {
        self.recommend.is_some() || self.validators.iter().any(|validator| matches!(validator, Validator::Check(_)))
    }
}

impl ConfigDef {
    /// What the code of the keys finds in a configuration; keys without code are left out.
    pub fn own_checks(&self, props: &BTreeMap<String, String>) -> Vec<KeyFindings> {
        if !self.keys.iter().any(ConfigKey::has_code) {
            return Vec::new();
        }
        let value_of = |key: &ConfigKey| match props.get(&key.name).or(key.default.as_ref()) {
            Some(text) => key.parse(text).unwrap_or(ConfigValue::Null),
            None => ConfigValue::Null,
        };
        let values: BTreeMap<String, ConfigValue> = self.keys.iter().map(|key| (key.name.clone(), value_of(key))).collect();
        let config = Config::new(props.clone(), values);
        self.keys.iter().filter(|key| key.has_code()).map(|key| key.own_checks(&config)).collect()
    }
}

impl ConfigKey {
    fn own_checks(&self, config: &Config) -> KeyFindings {
        let mut findings = KeyFindings { name: self.name.clone(), errors: Vec::new(), recommended: Vec::new(), visible: true };
        let value = config.value(&self.name).unwrap_or(&ConfigValue::Null);
        // The worker makes the checks that are data. Where one of those fails, those behind it are not made.
        let is_data = |validator: &&Validator| !matches!(validator, Validator::Check(_));
        let data: Vec<Validator> = self.validators.iter().filter(is_data).cloned().collect();
        if super::validator::check(&data, &self.name, self.type_, value).is_ok()
            && let Err(error) = self.check(value)
        {
            findings.errors.push(error.message().to_owned());
        }
        if let Some(recommend) = self.recommend {
            let recommendation = recommend(&self.name, config);
            findings.recommended = recommendation.values;
            findings.visible = recommendation.visible;
        }
        findings
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use crate::config_def::{Importance, KeyType};
    use crate::error::Error;

    fn def() -> ConfigDef {
        let even = |name: &str, value: &ConfigValue| match value {
            ConfigValue::Int(number) if number % 2 == 0 => Ok(()),
            other => Err(Error::invalid_value(name, other.shown().as_deref(), "must be even")),
        };
        let recommend = |_: &str, config: &Config| Recommendation {
            values: vec!["a".to_owned()],
            visible: config.int("pairs").is_ok_and(|number| number > 2),
        };
        ConfigDef::new()
            .key(ConfigKey::new("pairs", KeyType::Int, Importance::High, "d").validator(Validator::Min(0.0)).check_with(even))
            .key(ConfigKey::new("name", KeyType::String, Importance::Low, "d").default("x").recommender(recommend))
            .key(ConfigKey::new("plain", KeyType::String, Importance::Low, "d").optional())
    }

    fn found(pairs: &str) -> (Vec<String>, bool) {
        let findings = def().own_checks(&BTreeMap::from([("pairs".to_owned(), pairs.to_owned())]));
        assert_eq!(findings.len(), 2);
        assert_eq!(findings[1].recommended, ["a"]);
        (findings[0].errors.clone(), findings[1].visible)
    }

    #[test]
    fn code_is_asked_where_data_has_nothing_to_say() {
        assert_eq!(found("4"), (Vec::new(), true));
        assert_eq!(found("3"), (vec!["Invalid value 3 for configuration pairs: must be even".to_owned()], true));
        assert_eq!(found("-1"), (Vec::new(), false));
    }

    #[test]
    fn parsing_makes_the_checks_too() {
        let error = def().parse([("pairs", "3")]).unwrap_err();
        assert_eq!(error.message(), "Invalid value 3 for configuration pairs: must be even");
    }
}
