//! What a plugin's configuration may hold: Kafka's `ConfigDef`, as data.

use std::collections::BTreeMap;

use crate::config::{Config, ConfigValue};
use crate::error::Error;

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

/// A check that is data, so that the worker can make it without the plugin.
#[derive(Debug, Clone, PartialEq)]
pub enum Validator {
    /// At least that number.
    Min(f64),
    /// At most that number.
    Max(f64),
    /// One of these texts.
    OneOf(Vec<&'static str>),
    /// One of these texts, in any case.
    OneOfIgnoringCase(Vec<&'static str>),
    /// Not null. A list has no empty item either.
    NonNull,
    /// Not an empty text. A list has items, none of them empty.
    NonEmpty,
    /// A list with items, in the words of those transformations that came before Kafka checked every list (KIP-1030).
    NonEmptyList,
    /// A regular expression; checked by the worker alone.
    Regex,
}

/// A key; see Kafka's `ConfigDef.ConfigKey`.
#[derive(Debug, Clone, PartialEq)]
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
        }
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

    /// Its value from the text that was set. `ConfigException` when it is not of the key's type.
    fn parse(&self, text: &str) -> Result<ConfigValue, Error> {
        let trimmed = text.trim();
        let bad = |why: &str| Error::invalid_value(&self.name, Some(text), why);
        let number = |name: &str| bad(&format!("Not a number of type {name}"));
        Ok(match self.type_ {
            KeyType::Boolean if trimmed.eq_ignore_ascii_case("true") => ConfigValue::Boolean(true),
            KeyType::Boolean if trimmed.eq_ignore_ascii_case("false") => ConfigValue::Boolean(false),
            KeyType::Boolean => return Err(bad("Expected value to be either true or false")),
            KeyType::String => ConfigValue::String(trimmed.to_owned()),
            KeyType::Class => ConfigValue::Class(trimmed.to_owned()),
            KeyType::Password => ConfigValue::Password(trimmed.to_owned()),
            KeyType::Int => ConfigValue::Int(trimmed.parse().map_err(|_| number("INT"))?),
            KeyType::Short => ConfigValue::Short(trimmed.parse().map_err(|_| number("SHORT"))?),
            KeyType::Long => ConfigValue::Long(trimmed.parse().map_err(|_| number("LONG"))?),
            KeyType::Double => ConfigValue::Double(java_double(trimmed).ok_or_else(|| number("DOUBLE"))?),
            KeyType::List if trimmed.is_empty() => ConfigValue::List(Vec::new()),
            KeyType::List => ConfigValue::List(trimmed.split(',').map(|item| item.trim().to_owned()).collect()),
        })
    }

    /// Whether the default, if there is one, is a value of the key.
    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) fn check_default(&self) -> Result<(), Error> {
        match &self.default {
            Some(text) => self.check(&self.parse(text)?),
            None => Ok(()),
        }
    }

    fn check(&self, value: &ConfigValue) -> Result<(), Error> {
        for validator in &self.validators {
            if self.type_ == KeyType::List && matches!(validator, Validator::NonNull | Validator::NonEmpty) {
                check_items(&self.name, value, *validator == Validator::NonNull)?;
                continue;
            }
            if let Some(why) = violation(validator, value) {
                return Err(Error::invalid_value(&self.name, value.shown().as_deref(), &why));
            }
        }
        Ok(())
    }
}

/// As `Double.parseDouble`: a type suffix is allowed, std's other words are not.
fn java_double(text: &str) -> Option<f64> {
    match text.trim_start_matches(['+', '-']) {
        "NaN" => return Some(f64::NAN),
        "Infinity" => {
            return Some(if text.starts_with('-') { f64::NEG_INFINITY } else { f64::INFINITY });
        }
        _ => {}
    }
    let digits = text.strip_suffix(['d', 'D', 'f', 'F']).unwrap_or(text);
    let plain = digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'));
    if plain { digits.parse().ok() } else { None }
}

/// Kafka's `ConfigDef.ValidList` (KIP-1030).
fn check_items(name: &str, value: &ConfigValue, may_be_empty: bool) -> Result<(), Error> {
    let ConfigValue::List(items) = value else {
        return Err(Error::config(format!("Configuration '{name}' values must not be null.")));
    };
    if items.is_empty() && !may_be_empty {
        let text = format!("Configuration '{name}' must not be empty. Valid values include: any non-empty value");
        return Err(Error::config(text));
    }
    if items.iter().any(String::is_empty) {
        return Err(Error::config(format!("Configuration '{name}' values must not be empty.")));
    }
    Ok(())
}

fn violation(validator: &Validator, value: &ConfigValue) -> Option<String> {
    let text = value.shown();
    match validator {
        Validator::NonNull => text.is_none().then(|| "Value must be non-null".to_owned()),
        Validator::Min(least) => match value.number() {
            None => Some("Value must be non-null".to_owned()),
            Some(number) => (number < *least).then(|| format!("Value must be at least {least}")),
        },
        Validator::Max(most) => match value.number() {
            None => Some("Value must be non-null".to_owned()),
            Some(number) => (number > *most).then(|| format!("Value must be no more than {most}")),
        },
        Validator::NonEmptyList => match value {
            ConfigValue::List(items) if !items.is_empty() => None,
            _ => Some("Empty list".to_owned()),
        },
        Validator::NonEmpty => text.is_some_and(|text| text.is_empty()).then(|| "String must be non-empty".to_owned()),
        Validator::OneOf(words) => {
            let found = text.is_some_and(|text| words.contains(&text.as_str()));
            (!found).then(|| format!("String must be one of: {}", words.join(", ")))
        }
        Validator::OneOfIgnoringCase(words) => {
            let found = text.is_some_and(|text| words.iter().any(|word| word.eq_ignore_ascii_case(&text)));
            (!found).then(|| format!("String must be one of (case insensitive): {}", words.join(", ")))
        }
        Validator::Regex => None,
    }
}

/// The keys of a plugin, in the order they are shown.
#[derive(Debug, Clone, Default, PartialEq)]
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
        let originals: BTreeMap<String, String> =
            set.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let mut values = BTreeMap::new();
        for key in &self.keys {
            let text = originals.get(&key.name).or(key.default.as_ref());
            let value = match text {
                Some(text) => key.parse(text)?,
                None if key.required => {
                    let name = &key.name;
                    let text = format!("Missing required configuration \"{name}\" which has no default value.");
                    return Err(Error::config(text));
                }
                None => ConfigValue::Null,
            };
            key.check(&value)?;
            values.insert(key.name.clone(), value);
        }
        Ok(Config::new(originals, values))
    }
}
