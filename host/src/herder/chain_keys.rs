//! Keys of transformations and predicates, by alias (Kafka: `ConnectorConfig.EnrichablePlugin`).

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::config::connector::{PREDICATES, TRANSFORMS};
use crate::config::definition::{ConfigDef, ConfigKey, Importance, Type};
use crate::config::validation::ConfigValue;
use crate::config::value::Value;
use crate::plugin::catalogue::Catalogue;
use crate::plugin::{Kind, Plugin};

use super::definition;

/// How a kind of plugin is configured by alias.
struct Chain {
    /// The key that lists the aliases.
    list: &'static str,
    /// The kind of plugin.
    kind: Kind,
    /// The group of an alias' keys, before the alias.
    group: &'static str,
    /// What Kafka calls the class.
    base: &'static str,
    /// What its documentation calls it.
    noun: &'static str,
}

const CHAINS: [Chain; 2] = [
    Chain { list: TRANSFORMS, kind: Kind::Transformation, group: "Transforms", base: "Transformation", noun: "transformation" },
    Chain { list: PREDICATES, kind: Kind::Predicate, group: "Predicates", base: "Predicate", noun: "predicate" },
];

/// Adds the keys of every alias that the configuration lists.
pub(super) fn add(def: &mut ConfigDef, catalogue: &Catalogue, props: &BTreeMap<String, Option<String>>) {
    for chain in &CHAINS {
        for alias in aliases(chain, props) {
            add_alias(def, catalogue, props, chain, &alias);
        }
    }
}

/// Errors that concern an alias as a whole: a version that is not installed, a negation of nothing.
pub(super) fn check(values: &mut [ConfigValue], catalogue: &Catalogue, props: &BTreeMap<String, Option<String>>) {
    for chain in &CHAINS {
        for alias in aliases(chain, props) {
            let prefix = format!("{}.{alias}.", chain.list);
            for (key, error) in alias_errors(values, catalogue, props, chain, &prefix) {
                if let Some(value) = values.iter_mut().find(|value| value.name == key) {
                    value.errors.push(error);
                }
            }
        }
    }
}

/// The plugins that the configuration's aliases mean, with the prefix of their keys.
pub(super) fn plugins(catalogue: &Catalogue, props: &BTreeMap<String, Option<String>>) -> Vec<(Arc<Plugin>, String)> {
    let mut found = Vec::new();
    for chain in &CHAINS {
        for alias in aliases(chain, props) {
            let prefix = format!("{}.{alias}.", chain.list);
            let given = |suffix: &str| props.get(&format!("{prefix}{suffix}")).and_then(Option::as_deref).map(str::trim);
            let class = given("type").and_then(|name| definition::class_names(catalogue, chain.kind).get(name).cloned());
            let plugin = class.and_then(|class| catalogue.find(chain.kind, &class, given("plugin.version")).ok());
            found.extend(plugin.map(|plugin| (plugin, prefix)));
        }
    }
    found
}

fn alias_errors(
    values: &[ConfigValue],
    catalogue: &Catalogue,
    props: &BTreeMap<String, Option<String>>,
    chain: &Chain,
    prefix: &str,
) -> Vec<(String, String)> {
    let type_key = format!("{prefix}type");
    let mut errors = Vec::new();
    let (negate, predicate) = (format!("{prefix}negate"), format!("{prefix}predicate"));
    if chain.kind == Kind::Transformation && props.contains_key(&negate) && !props.contains_key(&predicate) {
        errors.push((
            type_key.clone(),
            format!("Config '{negate}' was provided but there is no config '{predicate}' defining a predicate to be negated."),
        ));
    }
    let class = values.iter().find(|value| value.name == type_key).and_then(|value| value.value.as_str());
    if let Some(class) = class {
        let version_key = format!("{prefix}plugin.version");
        let version = props.get(&version_key).and_then(Option::as_deref);
        if let Err(error) = catalogue.find(chain.kind, class, version) {
            errors.push((type_key, error.to_string()));
            if version.is_some() {
                errors.push((version_key, error.to_string()));
            }
        }
    }
    errors
}

/// The aliases, each once, in order.
fn aliases(chain: &Chain, props: &BTreeMap<String, Option<String>>) -> Vec<String> {
    let text = props.get(chain.list).and_then(Option::as_deref).unwrap_or_default();
    let Ok(parsed) = Value::parse(chain.list, text, Type::List) else { return Vec::new() };
    let mut aliases: Vec<String> = Vec::new();
    for alias in parsed.as_list() {
        if !aliases.contains(alias) {
            aliases.push(alias.clone());
        }
    }
    aliases
}

fn add_alias(def: &mut ConfigDef, catalogue: &Catalogue, props: &BTreeMap<String, Option<String>>, chain: &Chain, alias: &str) {
    let Chain { list, kind, group, base, noun } = *chain;
    let (prefix, group) = (format!("{list}.{alias}."), format!("{group}: {alias}"));
    let names = definition::class_names(catalogue, kind);
    let given = |suffix: &str| props.get(&format!("{prefix}{suffix}")).and_then(Option::as_deref).map(str::trim);
    let class = given("type").and_then(|name| names.get(name)).cloned();
    let mut type_key = ConfigKey::new(format!("{prefix}type"), Type::Class, format!("Class for the '{alias}' {noun}."))
        .required()
        .importance(Importance::High)
        .shown(&group, 0, "LONG", &format!("{base} type for {alias}"));
    type_key.classes = Some(names);
    type_key.recommended = definition::classes(catalogue, kind);
    def.define(type_key);
    let installed = class.as_deref().map(|class| definition::versions(catalogue, kind, class)).unwrap_or_default();
    let newest = installed.last().cloned();
    let mut version_key =
        ConfigKey::new(format!("{prefix}plugin.version"), Type::String, format!("Version of the '{alias}' {noun}."))
            .importance(Importance::High)
            .shown(&group, 1, "LONG", &format!("{base} version for {alias}"));
    definition::choose_version(&mut version_key, installed, newest.as_deref());
    def.define(version_key);
    let plugin = class.and_then(|class| catalogue.find(kind, &class, given("plugin.version")).ok());
    if let Some(plugin) = plugin {
        let mut own = plugin.config.clone();
        if kind == Kind::Transformation {
            own.define(ConfigKey::new(
                "predicate",
                Type::String,
                "The alias of a predicate used to determine whether to apply this transformation.",
            ));
            own.define(
                ConfigKey::new("negate", Type::Boolean, "Whether the configured predicate should be negated.")
                    .default_text("false"),
            );
        }
        def.embed(&prefix, &group, 2, &own);
    }
}
