//! Checks on parsed values, with the error texts of Kafka's `ConfigDef` validators.

use regex::Regex;

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
    /// A regular expression.
    Regex,
    /// A check in code. It is given the key's name and returns the whole error.
    Check(fn(&str, &Value) -> Result<(), ConfigError>),
}

impl Validator {
    /// Checks the value of the key `name`.
    pub fn check(&self, name: &str, value: &Value) -> Result<(), ConfigError> {
        match self {
            Self::Range(min, max) => range(name, value, *min, *max),
            Self::OneOf(allowed) => one_of(name, value, allowed),
            Self::OneOfIgnoringCase(allowed) => one_of_ignoring_case(name, value, allowed),
            Self::NonNull if *value == Value::Null => {
                Err(ConfigError::invalid(name, value, "entry must be non null"))
            }
            Self::NonEmpty if value.as_str() == Some("") => {
                Err(ConfigError::invalid(name, value, "String must be non-empty"))
            }
            Self::NonNull | Self::NonEmpty => Ok(()),
            Self::Regex => match value.as_str().map(Regex::new) {
                Some(Err(error)) => Err(ConfigError::invalid(name, value, format!("Invalid regex: {error}"))),
                _ => Ok(()),
            },
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
        (_, Some(max)) if number > max => {
            Err(ConfigError::invalid(name, value, format!("Value must be no more than {max}")))
        }
        _ => Ok(()),
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
        _ => Err(ConfigError::invalid(
            name,
            value,
            format!("String must be one of (case insensitive): {}", allowed.join(", ")),
        )),
    }
}
