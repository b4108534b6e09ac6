//! The manifest of a component, from what its plugins say.

use std::collections::BTreeMap;

use crate::bindings::manifest::exports::caisson::connect::manifest as exports;
use crate::config_def::ConfigKey;
use crate::config_def::validator::Validator;
use crate::plugin::{Kind, PluginInfo};
use crate::run::registry::Entry;

pub(crate) fn plugins(entries: &[Entry], version: &str) -> Vec<exports::Plugin> {
    entries.iter().map(|entry| plugin(&entry.kind, (entry.info)(), version)).collect()
}

pub(crate) fn validate(
    entries: &'static [Entry],
    class: &str,
    kind: &str,
    config: Vec<(String, String)>,
) -> Vec<exports::ConfigValue> {
    let Some(entry) = entries.iter().find(|entry| entry.kind.name() == kind && (entry.info)().is_named(class)) else {
        return Vec::new();
    };
    let props: BTreeMap<String, String> = config.into_iter().collect();
    let values = (entry.info)().own_checks(&props).into_iter().map(|value| exports::ConfigValue {
        name: value.name,
        errors: value.errors,
        recommended: value.recommended,
        visible: value.visible,
    });
    values.collect()
}

fn plugin(kind: &Kind, info: PluginInfo, version: &str) -> exports::Plugin {
    let resource =
        |(key, access): (String, crate::plugin::Access)| exports::ResourceKey { key, access: access.name().to_owned() };
    let capabilities = info.capabilities();
    exports::Plugin {
        class: info.class,
        aliases: info.aliases,
        kind: kind.name().to_owned(),
        version: info.version.unwrap_or_else(|| version.to_owned()),
        documentation: info.documentation,
        config: info.config.keys.into_iter().map(config_key).collect(),
        resources: info.resources.into_iter().map(resource).collect(),
        capabilities,
    }
}

fn config_key(key: ConfigKey) -> exports::ConfigKey {
    let (group, order_in_group) = match key.group {
        Some((group, order)) => (Some(group), order),
        None => (None, -1),
    };
    exports::ConfigKey {
        type_: key.type_.name().to_owned(),
        default: key.default,
        required: key.required,
        validators: key.validators.iter().flat_map(validators).collect(),
        importance: key.importance.name().to_owned(),
        documentation: key.documentation,
        group,
        order_in_group,
        width: key.width.name().to_owned(),
        display_name: key.display_name.unwrap_or_else(|| key.name.clone()),
        name: key.name,
        dependents: key.dependents,
        recommended: key.recommended,
        options: key.classes.into_iter().map(|class| ("class".to_owned(), class)).collect(),
    }
}

fn validators(validator: &Validator) -> Vec<(String, String)> {
    let one = |name: &str, value: String| vec![(name.to_owned(), value)];
    let each = |name: &str, words: &[&str]| words.iter().map(|word| (name.to_owned(), (*word).to_owned())).collect();
    match validator {
        Validator::Min(least) => one("range-min", least.to_string()),
        Validator::Max(most) => one("range-max", most.to_string()),
        Validator::OneOf(words) => each("one-of", words),
        Validator::OneOfIgnoringCase(words) => each("one-of-ignoring-case", words),
        Validator::NonNull => one("non-null", String::new()),
        Validator::NonEmpty => one("non-empty", String::new()),
        Validator::Distinct => one("distinct", String::new()),
        Validator::WithoutControlCharacters => one("no-control-characters", String::new()),
        Validator::AtMostItems(most) => one("max-items", most.to_string()),
        Validator::NonEmptyList => one("non-empty-list", String::new()),
        Validator::Regex => one("regex", String::new()),
        // The worker asks the plugin.
        Validator::Check(_) => Vec::new(),
    }
}
