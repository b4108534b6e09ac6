//! What a plugin's configuration may hold: Kafka's `ConfigDef`, as data as far as it can be.

pub mod own_checks;
pub mod parse_type;
pub mod validator;

use std::collections::BTreeMap;

use crate::config::{Config, ConfigValue};
use crate::error::Error;

use own_checks::Recommend;
use parse_type::parse_type;
use validator::{Check, Validator};

/// The type of a key's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyType {
    /// `true` or `false`, in any case.
    Boolean,
    /// Text.
    String,
    /// 32 bits.
    Int,
    /// 16 bits.
    Short,
    /// 64 bits.
    Long,
    /// 64-bit floating point.
    Double,
    /// Texts separated by commas.
    List,
    /// The name of a plugin's class.
    Class,
    /// Text that is shown to nobody.
    Password,
}

impl KeyType {
    /// In capitals, as Kafka writes it.
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

/// How much a key matters to users.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Importance {
    /// Nearly everybody sets it.
    High,
    /// Some set it.
    Medium,
    /// Few set it.
    Low,
}

impl Importance {
    /// In capitals, as Kafka writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::High => "HIGH",
            Self::Medium => "MEDIUM",
            Self::Low => "LOW",
        }
    }
}

/// How wide a form shows the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Width {
    /// The form decides.
    None,
    /// A number.
    Short,
    /// A name.
    Medium,
    /// A sentence.
    Long,
}

impl Width {
    /// In capitals, as Kafka writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "NONE",
            Self::Short => "SHORT",
            Self::Medium => "MEDIUM",
            Self::Long => "LONG",
        }
    }
}

/// A key; see Kafka's `ConfigDef.ConfigKey`.
#[derive(Debug, Clone)]
pub struct ConfigKey {
    pub(crate) name: String,
    pub(crate) type_: KeyType,
    pub(crate) default: Option<String>,
    pub(crate) required: bool,
    pub(crate) validators: Vec<Validator>,
    pub(crate) importance: Importance,
    pub(crate) documentation: String,
    pub(crate) group: Option<(String, i32)>,
    pub(crate) width: Width,
    pub(crate) display_name: Option<String>,
    pub(crate) dependents: Vec<String>,
    pub(crate) recommended: Vec<String>,
    pub(crate) recommend: Option<Recommend>,
    pub(crate) classes: Vec<String>,
}

impl ConfigKey {
    /// A required key.
    pub fn new(name: &str, type_: KeyType, importance: Importance, documentation: &str) -> Self {
        Self {
            name: name.to_owned(),
            type_,
            default: None,
            required: true,
            validators: Vec::new(),
            importance,
            documentation: documentation.to_owned(),
            group: None,
            width: Width::None,
            display_name: None,
            dependents: Vec::new(),
            recommended: Vec::new(),
            recommend: None,
            classes: Vec::new(),
        }
    }

    /// How much it matters.
    pub fn importance(&self) -> Importance {
        self.importance
    }

    /// What it does, for people.
    pub fn documentation(&self) -> &str {
        &self.documentation
    }

    /// Not required; null unless set.
    pub fn optional(mut self) -> Self {
        self.required = false;
        self.default = None;
        self
    }

    /// Not required; that value, written as a user would, unless set.
    pub fn default(mut self, value: &str) -> Self {
        self.required = false;
        self.default = Some(value.to_owned());
        self
    }

    /// One more check.
    pub fn validator(mut self, validator: Validator) -> Self {
        self.validators.push(validator);
        self
    }

    /// The group of a form it stands in, and its place there.
    pub fn group(mut self, group: &str, order: i32) -> Self {
        self.group = Some((group.to_owned(), order));
        self
    }

    /// How wide a form shows it.
    pub fn width(mut self, width: Width) -> Self {
        self.width = width;
        self
    }

    /// What a form calls it.
    pub fn display_name(mut self, name: &str) -> Self {
        self.display_name = Some(name.to_owned());
        self
    }

    /// The keys whose values depend on this one's.
    pub fn dependents(mut self, names: &[&str]) -> Self {
        self.dependents = names.iter().map(|name| (*name).to_owned()).collect();
        self
    }

    /// Values that a form offers.
    pub fn recommended(mut self, values: &[&str]) -> Self {
        self.recommended = values.iter().map(|value| (*value).to_owned()).collect();
        self
    }

    /// A check in code, for what [`Validator`] has no name for.
    pub fn check_with(self, check: Check) -> Self {
        self.validator(Validator::Check(check))
    }

    /// Code that says which values a form offers, and whether it shows the key.
    pub fn recommender(mut self, recommend: Recommend) -> Self {
        self.recommend = Some(recommend);
        self
    }

    /// The classes that a CLASS key may name: there is no class path. Without any, every name is taken.
    pub fn classes(mut self, names: &[&str]) -> Self {
        self.classes = names.iter().map(|name| (*name).to_owned()).collect();
        self
    }

    /// Its value from the text that was set. `ConfigException` when it is not of the key's type.
    pub fn parse(&self, text: &str) -> Result<ConfigValue, Error> {
        let value = parse_type(&self.name, text, self.type_)?;
        match &value {
            ConfigValue::Class(class) if !self.classes.is_empty() && !self.classes.contains(class) => {
                Err(Error::invalid_value(&self.name, Some(text), &format!("Class {text} could not be found.")))
            }
            _ => Ok(value),
        }
    }

    /// Whether the default, if there is one, is a value of the key.
    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) fn check_default(&self) -> Result<(), Error> {
        match &self.default {
            Some(text) => self.check(&self.parse(text)?),
            None => Ok(()),
        }
    }

    fn value_unless_set(&self) -> Result<ConfigValue, Error> {
        match &self.default {
            Some(text) => self.parse(text),
            None if self.required => {
                let name = &self.name;
                Err(Error::config(format!("Missing required configuration \"{name}\" which has no default value.")))
            }
            None => Ok(ConfigValue::Null),
        }
    }

    /// Makes all checks; the first that fails ends them.
    pub(crate) fn check(&self, value: &ConfigValue) -> Result<(), Error> {
        validator::check(&self.validators, &self.name, self.type_, value)
    }
}

/// The keys of a plugin, in the order they are shown.
#[derive(Debug, Clone, Default)]
pub struct ConfigDef {
    pub(crate) keys: Vec<ConfigKey>,
}

impl ConfigDef {
    /// No keys yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// One more key.
    pub fn key(mut self, key: ConfigKey) -> Self {
        self.keys.push(key);
        self
    }

    /// The names of the keys, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(|key| key.name.as_str())
    }

    /// Whether the key is null when it is not set, so that a null in its place says nothing new.
    pub fn is_null_unless_set(&self, name: &str) -> bool {
        self.keys.iter().any(|key| key.name == name && !key.required && key.default.is_none())
    }

    /// Parses what a user set, as Kafka's `AbstractConfig`: the first mistake in the order of the keys ends it.
    /// `ConfigException` for a missing, ill-typed or refused value. Unknown keys are kept among the originals.
    pub fn parse<'a>(&self, set: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Config, Error> {
        self.parse_with_nulls(set.into_iter().map(|(name, text)| (name, Some(text))))
    }

    /// As [`ConfigDef::parse`], of settings that may be null: such a key has neither text nor default. The contract knows none.
    pub fn parse_with_nulls<'a>(&self, set: impl IntoIterator<Item = (&'a str, Option<&'a str>)>) -> Result<Config, Error> {
        let set: BTreeMap<&str, Option<&str>> = set.into_iter().collect();
        let mut values = BTreeMap::new();
        for key in &self.keys {
            let value = match set.get(key.name.as_str()) {
                Some(Some(text)) => validator::distinct(&key.validators, key.type_, key.parse(text)?),
                Some(None) => ConfigValue::Null,
                None => key.value_unless_set()?,
            };
            key.check(&value)?;
            values.insert(key.name.clone(), value);
        }
        let originals = set.into_iter().filter_map(|(name, text)| Some((name.to_owned(), text?.to_owned())));
        Ok(Config::new(originals.collect(), values))
    }
}
