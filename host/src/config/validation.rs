//! Validation of a whole configuration: Kafka's `ConfigDef.validateAll`.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::definition::{ConfigDef, Default};
use super::value::{ConfigError, Value};

/// What validation found out about one key. It is serialised as the REST API shows it (Kafka: `ConfigValueInfo`).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ConfigValue {
    /// The key.
    pub name: String,
    /// Its parsed value or default; null when it could not be parsed.
    pub value: Value,
    /// Values to choose from.
    #[serde(rename = "recommended_values")]
    pub recommended: Vec<String>,
    /// What is wrong with it.
    pub errors: Vec<String>,
    /// Whether user interfaces should show it.
    pub visible: bool,
}

impl ConfigValue {
    /// A key without a value or errors.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), value: Value::Null, recommended: Vec::new(), errors: Vec::new(), visible: true }
    }
}

impl ConfigDef {
    /// Parses and checks every key, in order of definition; keys referred to but not defined come last. `props` may hold
    /// null values. Keys without a definition are left out.
    pub fn validate(&self, props: &BTreeMap<String, Option<String>>) -> Vec<ConfigValue> {
        let mut values: Vec<ConfigValue> = self.keys().iter().map(|key| ConfigValue::new(&key.name)).collect();
        let mut dependents = BTreeSet::new();
        for name in self.keys().iter().flat_map(|key| &key.dependents) {
            dependents.insert(name.as_str());
            if self.key(name).is_none() && !values.iter().any(|value| value.name == *name) {
                let mut undefined = ConfigValue::new(name);
                undefined.errors.push(format!("{name} is referred in the dependents, but not defined."));
                undefined.visible = false;
                values.push(undefined);
            }
        }
        for root in self.keys().iter().filter(|key| !dependents.contains(key.name.as_str())) {
            self.validate_tree(&root.name, props, &mut values, &mut Vec::new());
        }
        values
    }

    /// Validates a key and then those that depend on it. A key with two parents is validated twice, as in Kafka; `path`
    /// holds its ancestors, so that a circle ends.
    fn validate_tree<'a>(
        &'a self,
        name: &'a str,
        props: &BTreeMap<String, Option<String>>,
        values: &mut [ConfigValue],
        path: &mut Vec<&'a str>,
    ) {
        let (Some(key), false) = (self.key(name), path.contains(&name)) else { return };
        if let Some(result) = values.iter_mut().find(|value| value.name == name) {
            let parsed = match (props.get(name), &key.default) {
                (Some(text), _) => key.parse(text.as_deref()),
                (None, Default::Value(value)) => Ok(value.clone()),
                (None, Default::Required) => Err(ConfigError::missing(name)),
            };
            let value = parsed.unwrap_or_else(|error| {
                result.errors.push(error.0);
                Value::Null
            });
            if let Err(error) = key.check_value(&value) {
                result.errors.push(error.0);
            }
            result.value = value;
            result.recommended.clone_from(&key.recommended);
        }
        path.push(name);
        for dependent in &key.dependents {
            self.validate_tree(dependent, props, values, path);
        }
        path.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::super::definition::{ConfigKey, Type};
    use super::super::validator::Validator;
    use super::*;

    fn props(pairs: &[(&str, Option<&str>)]) -> BTreeMap<String, Option<String>> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), value.map(str::to_owned))).collect()
    }

    #[test]
    fn a_value_that_cannot_be_parsed_is_still_checked() {
        let def = ConfigDef::new([ConfigKey::new("tasks.max", Type::Int, "")
            .default_text("1")
            .check(Validator::Range(Some(1.0), None))]);
        let values = def.validate(&props(&[("tasks.max", Some("x"))]));
        assert_eq!(
            values[0].errors,
            [
                "Invalid value x for configuration tasks.max: Not a number of type INT",
                "Invalid value null for configuration tasks.max: Value must be non-null"
            ]
        );
    }

    #[test]
    fn a_missing_required_key_is_told() {
        let def = ConfigDef::new([ConfigKey::new("topic", Type::String, "").required()]);
        assert_eq!(def.validate(&props(&[]))[0].errors, ["Missing required configuration \"topic\" which has no default value."]);
        assert!(def.validate(&props(&[("topic", None)]))[0].errors.is_empty());
    }

    #[test]
    fn an_undefined_dependent_is_an_invisible_error() {
        let mut key = ConfigKey::new("a", Type::String, "");
        key.dependents = vec!["b".to_owned(), "a".to_owned()];
        let values = ConfigDef::new([key]).validate(&props(&[]));
        assert_eq!(values[1].errors, ["b is referred in the dependents, but not defined."]);
        assert!(!values[1].visible);
    }

    #[test]
    fn embedded_keys_keep_their_validators_names() {
        let child = ConfigDef::new([ConfigKey::new("f", Type::String, "").required().check(Validator::NonEmpty)]);
        let mut def = ConfigDef::default();
        def.embed("transforms.x.", "Transforms: x", 2, &child);
        let values = def.validate(&props(&[("transforms.x.f", Some(" "))]));
        assert_eq!(values[0].errors, ["Invalid value  for configuration f: String must be non-empty"]);
        assert_eq!(def.keys()[0].order_in_group, 2);
    }
}
