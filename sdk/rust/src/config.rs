//! A plugin's parsed configuration.

use std::collections::BTreeMap;

use crate::data::java_float::double_to_string;
use crate::error::Error;

/// The value of one key.
#[derive(Debug, Clone, PartialEq)]
pub enum ConfigValue {
    /// Not set, and no default.
    Null,
    /// Of a BOOLEAN key.
    Boolean(bool),
    /// Of a STRING key, trimmed.
    String(String),
    /// Of an INT key.
    Int(i32),
    /// Of a SHORT key.
    Short(i16),
    /// Of a LONG key.
    Long(i64),
    /// Of a DOUBLE key.
    Double(f64),
    /// Of a LIST key, its items trimmed.
    List(Vec<String>),
    /// Of a CLASS key: the class's name.
    Class(String),
    /// Of a PASSWORD key.
    Password(String),
}

impl ConfigValue {
    /// As messages show it (Java's `toString`); none for null.
    pub fn shown(&self) -> Option<String> {
        Some(match self {
            Self::Null => return None,
            Self::Boolean(value) => value.to_string(),
            Self::String(text) => text.clone(),
            Self::Class(name) => format!("class {name}"),
            Self::Int(number) => number.to_string(),
            Self::Short(number) => number.to_string(),
            Self::Long(number) => number.to_string(),
            Self::Double(number) => double_to_string(*number),
            Self::List(items) => format!("[{}]", items.join(", ")),
            Self::Password(_) => "[hidden]".to_owned(),
        })
    }

    pub(crate) fn number(&self) -> Option<f64> {
        match self {
            Self::Int(number) => Some((*number).into()),
            Self::Short(number) => Some((*number).into()),
            Self::Long(number) => Some(*number as f64),
            Self::Double(number) => Some(*number),
            _ => None,
        }
    }
}

/// What a user set, and what it means. Getters fail with a `ConfigException` for a key that the plugin has not defined with
/// that type: a mistake of the plugin.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Config {
    originals: BTreeMap<String, String>,
    values: BTreeMap<String, ConfigValue>,
}

impl Config {
    pub(crate) fn new(originals: BTreeMap<String, String>, values: BTreeMap<String, ConfigValue>) -> Self {
        Self { originals, values }
    }

    /// The value of every key of the definition, by name.
    pub fn values(&self) -> &BTreeMap<String, ConfigValue> {
        &self.values
    }

    /// Everything that was set, unknown keys included, as the user wrote it.
    pub fn originals(&self) -> &BTreeMap<String, String> {
        &self.originals
    }

    /// Every key that starts with `prefix`, without it.
    pub fn originals_with_prefix(&self, prefix: &str) -> BTreeMap<String, String> {
        let with_prefix = self.originals.iter().filter_map(|(name, value)| Some((name.strip_prefix(prefix)?, value)));
        with_prefix.map(|(name, value)| (name.to_owned(), value.clone())).collect()
    }

    /// The value of a key. `ConfigException` for a key that is not defined.
    pub fn value(&self, name: &str) -> Result<&ConfigValue, Error> {
        self.values.get(name).ok_or_else(|| Error::config(format!("Unknown configuration '{name}'")))
    }

    /// Of a STRING, CLASS or PASSWORD key; none when it is null.
    pub fn optional_string(&self, name: &str) -> Result<Option<&str>, Error> {
        match self.value(name)? {
            ConfigValue::Null => Ok(None),
            ConfigValue::String(text) | ConfigValue::Class(text) | ConfigValue::Password(text) => Ok(Some(text)),
            _ => Err(ill_typed(name, "STRING")),
        }
    }

    /// Of a STRING, CLASS or PASSWORD key that is not null.
    pub fn string(&self, name: &str) -> Result<&str, Error> {
        self.optional_string(name)?.ok_or_else(|| null(name))
    }

    /// Of a BOOLEAN key.
    pub fn boolean(&self, name: &str) -> Result<bool, Error> {
        match self.value(name)? {
            ConfigValue::Boolean(value) => Ok(*value),
            ConfigValue::Null => Err(null(name)),
            _ => Err(ill_typed(name, "BOOLEAN")),
        }
    }

    /// Of an INT or SHORT key; none when it is null.
    pub fn optional_int(&self, name: &str) -> Result<Option<i32>, Error> {
        match self.value(name)? {
            ConfigValue::Null => Ok(None),
            ConfigValue::Int(number) => Ok(Some(*number)),
            ConfigValue::Short(number) => Ok(Some((*number).into())),
            _ => Err(ill_typed(name, "INT")),
        }
    }

    /// Of an INT or SHORT key that is not null.
    pub fn int(&self, name: &str) -> Result<i32, Error> {
        self.optional_int(name)?.ok_or_else(|| null(name))
    }

    /// Of a LONG, INT or SHORT key that is not null.
    pub fn long(&self, name: &str) -> Result<i64, Error> {
        match self.value(name)? {
            ConfigValue::Long(number) => Ok(*number),
            ConfigValue::Int(number) => Ok((*number).into()),
            ConfigValue::Short(number) => Ok((*number).into()),
            ConfigValue::Null => Err(null(name)),
            _ => Err(ill_typed(name, "LONG")),
        }
    }

    /// Of a DOUBLE key that is not null.
    pub fn double(&self, name: &str) -> Result<f64, Error> {
        match self.value(name)? {
            ConfigValue::Double(number) => Ok(*number),
            ConfigValue::Null => Err(null(name)),
            _ => Err(ill_typed(name, "DOUBLE")),
        }
    }

    /// Of a LIST key; empty when it is null.
    pub fn list(&self, name: &str) -> Result<&[String], Error> {
        match self.value(name)? {
            ConfigValue::List(items) => Ok(items),
            ConfigValue::Null => Ok(&[]),
            _ => Err(ill_typed(name, "LIST")),
        }
    }
}

fn ill_typed(name: &str, type_: &str) -> Error {
    Error::config(format!("Configuration '{name}' is not defined as {type_}"))
}

fn null(name: &str) -> Error {
    Error::invalid_value(name, None, "Value must be non-null")
}
