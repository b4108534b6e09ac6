//! Checks on parsed values, with the error texts of Kafka's `ConfigDef` validators.

use regex::Regex;

use super::definition::Type;
use super::value::{ConfigError, Value};

/// A check on a parsed value. It also sees values that could not be parsed, as null.
#[derive(Debug, Clone)]
pub enum Validator {
    /// A number within bounds, both inclusive; null is refused.
    Range(Option<f64>, Option<f64>),
    /// One of these texts. For a LIST, each item.
    OneOf(Vec<String>),
    /// One of these texts in any case.
    OneOfIgnoringCase(Vec<String>),
    /// Any value but null.
    NonNull,
    /// Any text but the empty one.
    NonEmpty,
    /// A LIST with items, in the words of transformations older than `Items`.
    NonEmptyList,
    /// A regular expression.
    Regex,
    /// A LIST that is not null and without empty items; if false, the list itself must not be empty either.
    Items {
        /// Whether the list may be empty.
        may_be_empty: bool,
    },
    /// A check in code. It is given the key's name and returns the whole error.
    Check(fn(&str, &Value) -> Result<(), ConfigError>),
}

impl Validator {
    /// The check that a plugin's manifest names (`record config-key` of `wit/manifest.wit`); none for names of a later contract.
    /// `known` holds the key's checks so far: bounds and choices come as several.
    pub fn from_manifest(known: &mut Vec<Self>, type_: Type, name: &str, argument: &str) {
        let text = argument.to_owned();
        let number = argument.parse().ok();
        match (name, known.last_mut()) {
            ("range-min", Some(Self::Range(min @ None, _))) => *min = number,
            ("range-max", Some(Self::Range(_, max @ None))) => *max = number,
            ("range-min", _) => known.push(Self::Range(number, None)),
            ("range-max", _) => known.push(Self::Range(None, number)),
            ("one-of", Some(Self::OneOf(values))) => values.push(text),
            ("one-of", _) => known.push(Self::OneOf(vec![text])),
            ("one-of-ignoring-case", Some(Self::OneOfIgnoringCase(values))) => values.push(text),
            ("one-of-ignoring-case", _) => known.push(Self::OneOfIgnoringCase(vec![text])),
            ("non-empty", Some(Self::Items { may_be_empty })) => *may_be_empty = false,
            ("non-null", _) if type_ == Type::List => known.push(Self::Items { may_be_empty: true }),
            ("non-empty", _) if type_ == Type::List => known.push(Self::Items { may_be_empty: false }),
            ("non-null", _) => known.push(Self::NonNull),
            ("non-empty", _) => known.push(Self::NonEmpty),
            ("non-empty-list", _) => known.push(Self::NonEmptyList),
            ("regex", _) => known.push(Self::Regex),
            _ => {}
        }
    }

    /// Checks the value of the key `name`.
    pub fn check(&self, name: &str, value: &Value) -> Result<(), ConfigError> {
        match self {
            Self::Range(min, max) => range(name, value, *min, *max),
            Self::OneOf(allowed) => one_of(name, value, allowed),
            Self::OneOfIgnoringCase(allowed) => one_of_ignoring_case(name, value, allowed),
            Self::NonNull if *value == Value::Null => Err(ConfigError::invalid(name, value, "entry must be non null")),
            Self::NonEmpty if value.as_str() == Some("") => Err(ConfigError::invalid(name, value, "String must be non-empty")),
            Self::NonNull | Self::NonEmpty => Ok(()),
            Self::NonEmptyList => match value {
                Value::List(items) if !items.is_empty() => Ok(()),
                _ => Err(ConfigError::invalid(name, value, "Empty list")),
            },
            Self::Regex => regex(name, value),
            Self::Items { may_be_empty } => items(name, value, *may_be_empty),
            Self::Check(check) => check(name, value),
        }
    }
}

fn range(name: &str, value: &Value, min: Option<f64>, max: Option<f64>) -> Result<(), ConfigError> {
    let number = match value {
        // Bounds are far below 2^53, so rounding cannot move a number across one.
        Value::Integer(number) => *number as f64,
        Value::Double(number) => *number,
        _ => return Err(ConfigError::invalid(name, value, "Value must be non-null")),
    };
    match (min, max) {
        (Some(min), _) if number < min => Err(ConfigError::invalid(name, value, format!("Value must be at least {min}"))),
        (_, Some(max)) if number > max => Err(ConfigError::invalid(name, value, format!("Value must be no more than {max}"))),
        _ => Ok(()),
    }
}

fn regex(name: &str, value: &Value) -> Result<(), ConfigError> {
    match value.as_str().map(Regex::new) {
        Some(Ok(_)) => Ok(()),
        Some(Err(error)) => Err(ConfigError::invalid(name, value, format!("Invalid regex: {error}"))),
        None => Err(ConfigError::invalid(name, value, "Invalid regex: null")),
    }
}

/// Kafka's `ConfigDef.ValidList`.
fn items(name: &str, value: &Value, may_be_empty: bool) -> Result<(), ConfigError> {
    match value {
        Value::List(items) if items.is_empty() && !may_be_empty => {
            Err(ConfigError(format!("Configuration '{name}' must not be empty. Valid values include: any non-empty value")))
        }
        Value::List(items) if items.iter().any(String::is_empty) => {
            Err(ConfigError(format!("Configuration '{name}' values must not be empty.")))
        }
        Value::List(_) => Ok(()),
        _ => Err(ConfigError(format!("Configuration '{name}' values must not be null."))),
    }
}

fn one_of(name: &str, value: &Value, allowed: &[String]) -> Result<(), ConfigError> {
    let refused = |item: &dyn std::fmt::Display| {
        Err(ConfigError::invalid(name, item, format!("String must be one of: {}", allowed.join(", "))))
    };
    match value {
        Value::List(items) => match items.iter().find(|item| !allowed.contains(item)) {
            Some(item) => refused(item),
            None => Ok(()),
        },
        other => match other.as_str() {
            Some(text) if allowed.iter().any(|known| known == text) => Ok(()),
            _ => refused(other),
        },
    }
}

fn one_of_ignoring_case(name: &str, value: &Value, allowed: &[String]) -> Result<(), ConfigError> {
    match value.as_str() {
        Some(text) if allowed.iter().any(|known| known.eq_ignore_ascii_case(text)) => Ok(()),
        _ => Err(ConfigError::invalid(name, value, format!("String must be one of (case insensitive): {}", allowed.join(", ")))),
    }
}
