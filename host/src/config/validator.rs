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
    /// A LIST without empty items and without an item that is there twice.
    Items(Items),
    /// Neither the empty text nor one with control characters; null is let through.
    WithoutControlCharacters,
    /// A LIST of at most so many items.
    AtMostItems(usize),
    /// A check in code. It is given the key's name and returns the whole error.
    Check(fn(&str, &Value) -> Result<(), ConfigError>),
}

/// What else a LIST has to be.
#[derive(Debug, Clone, Default)]
pub struct Items {
    /// Whether it may be null.
    pub may_be_null: bool,
    /// Whether it may have no items.
    pub may_be_empty: bool,
    /// The only items there may be; any if this is empty.
    pub among: Vec<String>,
}

impl Validator {
    /// A LIST that is not null, and empty only if it may be.
    pub fn items(may_be_empty: bool) -> Self {
        Self::Items(Items { may_be_empty, ..Items::default() })
    }

    /// The check that a plugin's manifest names (`record config-key` of `wit/manifest.wit`); none for names of a later contract.
    /// `known` holds the key's checks so far: bounds and choices come as several.
    pub fn from_manifest(known: &mut Vec<Self>, type_: Type, name: &str, argument: &str) {
        if type_ == Type::List && matches!(name, "non-null" | "non-empty" | "one-of" | "distinct") {
            return add_to_items(known, name, argument);
        }
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
            ("non-null", _) => known.push(Self::NonNull),
            ("non-empty", _) => known.push(Self::NonEmpty),
            ("no-control-characters", _) => known.push(Self::WithoutControlCharacters),
            ("max-items", _) => known.extend(argument.parse().ok().map(Self::AtMostItems)),
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
            Self::Items(wanted) => items(name, value, wanted),
            Self::WithoutControlCharacters => without_control_characters(name, value),
            Self::AtMostItems(most) if value.as_list().len() > *most => {
                Err(ConfigError::invalid(name, value, format!("exceeds maximum list size of [{most}].")))
            }
            Self::AtMostItems(_) => Ok(()),
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
        (Some(min), _) if number < min => {
            Err(ConfigError::invalid(name, value, format!("Value must be at least {}", bound(min, value))))
        }
        (_, Some(max)) if number > max => {
            Err(ConfigError::invalid(name, value, format!("Value must be no more than {}", bound(max, value))))
        }
        _ => Ok(()),
    }
}

/// A bound as Java shows a number of the value's type.
fn bound(number: f64, value: &Value) -> String {
    match value {
        Value::Double(_) => Value::Double(number).to_string(),
        _ => number.to_string(),
    }
}

fn without_control_characters(name: &str, value: &Value) -> Result<(), ConfigError> {
    let Some(text) = value.as_str() else { return Ok(()) };
    if text.is_empty() {
        return Err(ConfigError::invalid(name, value, "String may not be empty"));
    }
    let found: Vec<String> = text.chars().filter(|c| c.is_control()).map(|c| u32::from(c).to_string()).collect();
    if found.is_empty() {
        return Ok(());
    }
    let why = format!("String may not contain control sequences but had the following ASCII chars: {}", found.join(", "));
    Err(ConfigError::invalid(name, value, why))
}

fn regex(name: &str, value: &Value) -> Result<(), ConfigError> {
    match value.as_str().map(Regex::new) {
        Some(Ok(_)) => Ok(()),
        Some(Err(error)) => Err(ConfigError::invalid(name, value, format!("Invalid regex: {error}"))),
        // What the JVM says of a null.
        None => {
            let why = "Invalid regex: Cannot invoke \"String.isEmpty()\" because \"this.pattern\" is null";
            Err(ConfigError::invalid(name, value, why))
        }
    }
}

/// Adds to the one check of a LIST's items. Null is let through if nothing but `distinct` is asked.
fn add_to_items(known: &mut Vec<Validator>, name: &str, argument: &str) {
    if !known.iter().any(|validator| matches!(validator, Validator::Items(_))) {
        known.push(Validator::Items(Items { may_be_null: true, may_be_empty: true, among: Vec::new() }));
    }
    for validator in known {
        let Validator::Items(items) = validator else { continue };
        items.may_be_null &= name == "distinct";
        items.may_be_empty &= name != "non-empty";
        if name == "one-of" {
            items.among.push(argument.to_owned());
        }
    }
}

/// Kafka's `ConfigDef.ValidList` (KIP-1030).
fn items(name: &str, value: &Value, wanted: &Items) -> Result<(), ConfigError> {
    let Value::List(items) = value else {
        let refused = ConfigError(format!("Configuration '{name}' values must not be null."));
        return if wanted.may_be_null { Ok(()) } else { Err(refused) };
    };
    if items.is_empty() && !wanted.may_be_empty {
        let valid = match wanted.among.as_slice() {
            [] => "any non-empty value".to_owned(),
            among => format!("[{}]", among.join(", ")),
        };
        return Err(ConfigError(format!("Configuration '{name}' must not be empty. Valid values include: {valid}")));
    }
    if items.iter().enumerate().any(|(index, item)| items.iter().take(index).any(|other| other == item)) {
        return Err(ConfigError(format!("Configuration '{name}' values must not be duplicated.")));
    }
    for item in items {
        if item.is_empty() {
            return Err(ConfigError(format!("Configuration '{name}' values must not be empty.")));
        }
        if !wanted.among.is_empty() {
            one_of(name, &Value::String(item.clone()), &wanted.among)?;
        }
    }
    Ok(())
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
            format!("String must be one of (case insensitive): {}", allowed.join(", ").to_uppercase()),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(manifest: &[(&str, &str)], type_: Type, value: &Value) -> String {
        let mut validators = Vec::new();
        for (name, argument) in manifest {
            Validator::from_manifest(&mut validators, type_, name, argument);
        }
        let told = validators.iter().try_for_each(|validator| validator.check("k", value));
        told.map_or_else(|error| error.0, |()| String::new())
    }

    fn list(items: &[&str]) -> Value {
        Value::List(items.iter().map(|item| (*item).to_owned()).collect())
    }

    #[test]
    fn lists_are_checked_as_by_valid_list() {
        let told = |manifest: &[(&str, &str)], value: &Value| told(manifest, Type::List, value);
        let among = [("non-empty", ""), ("one-of", "x"), ("one-of", "y")];
        assert_eq!(told(&[("distinct", "")], &Value::Null), "");
        assert_eq!(told(&[("distinct", ""), ("non-null", "")], &Value::Null), "Configuration 'k' values must not be null.");
        assert_eq!(told(&[("non-null", "")], &list(&["", ""])), "Configuration 'k' values must not be duplicated.");
        assert_eq!(told(&among, &list(&[])), "Configuration 'k' must not be empty. Valid values include: [x, y]");
        assert_eq!(told(&among, &list(&["z", ""])), "Invalid value z for configuration k: String must be one of: x, y");
        assert_eq!(
            told(&[("max-items", "1")], &list(&["a", "b"])),
            "Invalid value [a, b] for configuration k: exceeds maximum list size of [1]."
        );
    }

    #[test]
    fn bounds_are_shown_in_the_keys_type() {
        let bounds = [("range-min", "0"), ("range-max", "1")];
        let told = |type_, value| told(&bounds, type_, &value);
        assert_eq!(
            told(Type::Double, Value::Double(2.0)),
            "Invalid value 2.0 for configuration k: Value must be no more than 1.0"
        );
        assert_eq!(told(Type::Int, Value::Integer(-1)), "Invalid value -1 for configuration k: Value must be at least 0");
    }
}
