//! A configuration definition as a value: Kafka's `ConfigDef`.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::{Serialize, Serializer};

use super::Props;
use super::validator::Validator;
use super::value::{ConfigError, Value};

/// The type of a key's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Type {
    /// `true` or `false`.
    Boolean,
    /// Text.
    String,
    /// A 32-bit integer.
    Int,
    /// A 16-bit integer.
    Short,
    /// A 64-bit integer.
    Long,
    /// A 64-bit floating point number.
    Double,
    /// Comma separated texts.
    List,
    /// The name of a plugin.
    Class,
    /// Text that is never shown.
    Password,
}

impl Type {
    /// The type of that name (`BOOLEAN`, `STRING`, …), if there is one.
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "BOOLEAN" => Self::Boolean,
            "STRING" => Self::String,
            "INT" => Self::Int,
            "SHORT" => Self::Short,
            "LONG" => Self::Long,
            "DOUBLE" => Self::Double,
            "LIST" => Self::List,
            "CLASS" => Self::Class,
            "PASSWORD" => Self::Password,
            _ => return None,
        })
    }

    /// The name that REST shows.
    pub fn name(self) -> &'static str {
        match self {
            Self::Boolean => "BOOLEAN",
            Self::String => "STRING",
            Self::Int => "INT",
            Self::Short => "SHORT",
            Self::Long => "LONG",
            Self::Double => "DOUBLE",
            Self::List => "LIST",
            Self::Class => "CLASS",
            Self::Password => "PASSWORD",
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

/// How much a key matters to a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Importance {
    /// `HIGH`.
    High,
    /// `MEDIUM`.
    Medium,
    /// `LOW`.
    Low,
}

impl Importance {
    /// `HIGH` or `MEDIUM`; every other text is `LOW`.
    pub fn from_name(name: &str) -> Self {
        match name {
            "HIGH" => Self::High,
            "MEDIUM" => Self::Medium,
            _ => Self::Low,
        }
    }
}

/// What a key has when it is not set.
#[derive(Debug, Clone, PartialEq)]
pub enum Default {
    /// The key must be set.
    Required,
    /// This value; `Value::Null` when it has none.
    Value(Value),
}

/// `required` and `default_value`.
impl Serialize for Default {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let default_value = match self {
            Self::Required => None,
            Self::Value(value) => value.text(),
        };
        DefaultShown { required: *self == Self::Required, default_value }.serialize(to)
    }
}

#[derive(Serialize)]
struct DefaultShown {
    required: bool,
    default_value: Option<String>,
}

/// One key. It is serialised as the REST API shows it (Kafka: `ConfigKeyInfo`), members in that order.
#[derive(Debug, Clone, Serialize)]
pub struct ConfigKey {
    /// The full dotted name.
    pub name: String,
    /// The type of its value.
    #[serde(rename = "type")]
    pub type_: Type,
    /// What it has when not set.
    #[serde(flatten)]
    pub default: Default,
    /// Checks on the parsed value, in order.
    #[serde(skip)]
    pub validators: Vec<Validator>,
    /// How much it matters.
    pub importance: Importance,
    /// What it does; may hold HTML.
    pub documentation: String,
    /// The group that user interfaces show it in.
    pub group: Option<String>,
    /// Its place in the group; -1 without a group.
    pub order_in_group: i32,
    /// `NONE`, `SHORT`, `MEDIUM` or `LONG`: a hint for user interfaces.
    pub width: String,
    /// What user interfaces call it.
    pub display_name: String,
    /// Keys that depend on this one.
    pub dependents: Vec<String>,
    /// Values to choose from.
    #[serde(skip)]
    pub recommended: Vec<String>,
    /// CLASS keys: the names that may be given, each with its full class name. None: any name.
    #[serde(skip)]
    pub classes: Option<Arc<BTreeMap<String, String>>>,
    /// The prefix that `ConfigDef::embed` put before the name. Its validators know the key without it.
    #[serde(skip)]
    pub prefix: String,
}

impl ConfigKey {
    /// An optional key without a default, of medium importance and in no group.
    pub fn new(name: impl Into<String>, type_: Type, documentation: impl Into<String>) -> Self {
        let name = name.into();
        Self {
            display_name: name.clone(),
            name,
            type_,
            default: Default::Value(Value::Null),
            validators: Vec::new(),
            importance: Importance::Medium,
            documentation: documentation.into(),
            group: None,
            order_in_group: -1,
            width: "NONE".to_owned(),
            dependents: Vec::new(),
            recommended: Vec::new(),
            classes: None,
            prefix: String::new(),
        }
    }

    /// The key must be set.
    pub fn required(mut self) -> Self {
        self.default = Default::Required;
        self
    }

    /// The value it has when not set.
    pub fn default(mut self, value: Value) -> Self {
        self.default = Default::Value(value);
        self
    }

    /// The value it has when not set, as text. A text that the type refuses leaves the key without a default.
    pub fn default_text(self, text: &str) -> Self {
        let value = Value::parse(&self.name, text, self.type_).unwrap_or(Value::Null);
        self.default(value)
    }

    /// One more check.
    pub fn check(mut self, validator: Validator) -> Self {
        self.validators.push(validator);
        self
    }

    /// How much it matters.
    pub fn importance(mut self, importance: Importance) -> Self {
        self.importance = importance;
        self
    }

    /// Its group, place in the group, width and display name.
    pub fn shown(mut self, group: &str, order: i32, width: &str, display_name: &str) -> Self {
        self.group = Some(group.to_owned());
        self.order_in_group = order;
        self.width = width.to_owned();
        self.display_name = display_name.to_owned();
        self
    }

    /// Whether it must be set.
    pub fn is_required(&self) -> bool {
        self.default == Default::Required
    }

    /// Parses the text given for this key; null stays null.
    pub(super) fn parse(&self, text: Option<&str>) -> Result<Value, ConfigError> {
        let Some(text) = text else { return Ok(Value::Null) };
        match (Value::parse(&self.name, text, self.type_)?, &self.classes) {
            (Value::Class(class), Some(known)) => match known.get(&class) {
                Some(full) => Ok(Value::Class(full.clone())),
                None => Err(ConfigError::invalid(&self.name, text, format!("Class {text} could not be found."))),
            },
            (value, _) => Ok(value),
        }
    }

    /// A list that may hold no item twice, without those that are there already: validation refuses them, parsing does not (KIP-1030).
    fn distinct(&self, value: Value) -> Value {
        match value {
            Value::List(items) if self.validators.iter().any(|validator| matches!(validator, Validator::Items(_))) => {
                let mut kept: Vec<String> = Vec::with_capacity(items.len());
                for item in items {
                    if !kept.contains(&item) {
                        kept.push(item);
                    }
                }
                Value::List(kept)
            }
            other => other,
        }
    }

    /// Runs the checks on a parsed value; the first error ends them.
    pub(super) fn check_value(&self, value: &Value) -> Result<(), ConfigError> {
        let name = self.name.strip_prefix(&self.prefix).unwrap_or(&self.name);
        self.validators.iter().try_for_each(|validator| validator.check(name, value))
    }
}

/// The keys that a worker, connector or other plugin understands, in order of definition.
#[derive(Debug, Clone, std::default::Default)]
pub struct ConfigDef {
    keys: Vec<ConfigKey>,
}

impl ConfigDef {
    /// A definition of these keys. Of two with one name the last counts.
    pub fn new(keys: impl IntoIterator<Item = ConfigKey>) -> Self {
        let mut def = Self { keys: Vec::new() };
        for key in keys {
            def.define(key);
        }
        def
    }

    /// Adds a key, or puts it in the place of the one with its name.
    pub fn define(&mut self, key: ConfigKey) {
        match self.keys.iter_mut().find(|known| known.name == key.name) {
            Some(known) => *known = key,
            None => self.keys.push(key),
        }
    }

    /// The keys, in order of definition.
    pub fn keys(&self) -> &[ConfigKey] {
        &self.keys
    }

    /// The key of that name.
    pub fn key(&self, name: &str) -> Option<&ConfigKey> {
        self.keys.iter().find(|key| key.name == name)
    }

    /// The key of that name, to be changed.
    pub fn key_mut(&mut self, name: &str) -> Option<&mut ConfigKey> {
        self.keys.iter_mut().find(|key| key.name == name)
    }

    /// The named groups, in order of first use.
    pub fn groups(&self) -> Vec<String> {
        let mut groups: Vec<String> = Vec::new();
        for group in self.keys.iter().filter_map(|key| key.group.as_ref()) {
            if !groups.contains(group) {
                groups.push(group.clone());
            }
        }
        groups
    }

    /// Adds the keys of `child` with `prefix` before their names, under `group`, in the order of `sorted`.
    /// The first gets the place `first_order` (`ConfigDef.embed`).
    pub fn embed(&mut self, prefix: &str, group: &str, first_order: i32, child: &ConfigDef) {
        for (order, key) in (first_order..).zip(child.sorted()) {
            let mut key = key.clone();
            key.group = Some(match &key.group {
                Some(own) => format!("{group}: {own}"),
                None => group.to_owned(),
            });
            key.name.insert_str(0, prefix);
            key.prefix.insert_str(0, prefix);
            for dependent in &mut key.dependents {
                dependent.insert_str(0, prefix);
            }
            key.order_in_group = order;
            self.define(key);
        }
    }

    /// The keys by group and place, then required ones, importance and name (`ConfigDef.sortedConfigs`).
    pub fn sorted(&self) -> Vec<&ConfigKey> {
        let groups = self.groups();
        let mut keys: Vec<&ConfigKey> = self.keys.iter().collect();
        keys.sort_by_key(|key| {
            let group = key.group.as_ref().map(|group| groups.iter().position(|known| known == group));
            (group, key.order_in_group, !key.is_required(), key.importance, key.name.as_str())
        });
        keys
    }

    /// Parses and checks every key, filling in defaults. Unknown keys are left out. The first error ends it.
    pub fn parse(&self, props: &Props) -> Result<BTreeMap<String, Value>, ConfigError> {
        let mut values = BTreeMap::new();
        for key in &self.keys {
            let value = match (props.get(&key.name), &key.default) {
                (Some(text), _) => key.distinct(key.parse(Some(text))?),
                (None, Default::Value(value)) => value.clone(),
                (None, Default::Required) => return Err(ConfigError::missing(&key.name)),
            };
            key.check_value(&value)?;
            values.insert(key.name.clone(), value);
        }
        Ok(values)
    }
}
