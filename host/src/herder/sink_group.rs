//! A sink's consumer group must not be the group of the workers themselves (Kafka: `DistributedHerder.validateSinkConnectorGroupId`).

use crate::config::RawProps;
use crate::config::validation::ConfigValue;
use crate::config::value::Value;

const NAME: &str = "name";
const OVERRIDE: &str = "consumer.override.group.id";

/// Checks the group that a sink names, or the one that its name gives it. What is named appears among the values, as in Kafka.
pub(super) fn check(values: &mut Vec<ConfigValue>, workers: &str, raw: &RawProps) {
    if let Some(group) = raw.get(OVERRIDE) {
        let mut value = ConfigValue::new(OVERRIDE);
        value.value = group.clone().map_or(Value::Null, Value::String);
        if group.as_deref() == Some(workers) {
            value.errors.push(format!("Consumer group {workers} conflicts with Connect worker group {workers}"));
        }
        values.push(value);
        return;
    }
    let Some(value) = values.iter_mut().find(|value| value.name == NAME) else { return };
    let Some(name) = value.value.as_str().map(str::to_owned) else { return };
    if format!("connect-{name}") == workers {
        let error = format!("Consumer group for sink connector named {name} conflicts with Connect worker group {workers}");
        value.errors.push(error);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(name: &str, group: Option<&str>) -> Vec<(String, Vec<String>)> {
        let mut named = ConfigValue::new(NAME);
        named.value = Value::String(name.to_owned());
        let mut values = vec![named];
        let raw = group.map(|group| (OVERRIDE.to_owned(), Some(group.to_owned()))).into_iter().collect();
        check(&mut values, "connect-cluster", &raw);
        values.into_iter().map(|value| (value.name, value.errors)).collect()
    }

    #[test]
    fn the_workers_group_is_no_sinks() {
        let (name, group) = (NAME.to_owned(), OVERRIDE.to_owned());
        assert_eq!(errors("sink", None), [(name.clone(), vec![])]);
        let told = "Consumer group for sink connector named cluster conflicts with Connect worker group connect-cluster";
        assert_eq!(errors("cluster", None), [(name.clone(), vec![told.to_owned()])]);
        // A group of its own makes the name harmless.
        assert_eq!(errors("cluster", Some("g")), [(name.clone(), vec![]), (group.clone(), vec![])]);
        let told = "Consumer group connect-cluster conflicts with Connect worker group connect-cluster";
        assert_eq!(errors("sink", Some("connect-cluster")), [(name, vec![]), (group, vec![told.to_owned()])]);
    }
}
