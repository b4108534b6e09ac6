//! A configuration value: parsed from text as `org.apache.kafka.common.config.ConfigDef.parseType` does, and back.

use std::fmt;

use serde::{Serialize, Serializer};

use super::definition::Type;

/// A setting is missing or cannot be used. The text is that of Kafka's `ConfigException`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(pub String);

impl ConfigError {
    /// `Invalid value <value> for configuration <name>: <why>`.
    pub fn invalid(name: &str, value: impl fmt::Display, why: impl fmt::Display) -> Self {
        Self(format!("Invalid value {value} for configuration {name}: {why}"))
    }

    /// A required key that is not there.
    pub fn missing(name: &str) -> Self {
        Self(format!("Missing required configuration \"{name}\" which has no default value."))
    }
}

/// A parsed setting.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// No value: the key's default is null, it was given as null, or its text could not be parsed.
    Null,
    /// BOOLEAN.
    Boolean(bool),
    /// INT, SHORT and LONG; the definition's type bounds it.
    Integer(i64),
    /// DOUBLE.
    Double(f64),
    /// STRING.
    String(String),
    /// LIST.
    List(Vec<String>),
    /// CLASS: the full class name.
    Class(String),
    /// PASSWORD; never shown.
    Password(String),
}

impl Value {
    /// Parses `text` (trimmed first) as `type_`. `name` is for the error. Classes are taken as they are.
    pub fn parse(name: &str, text: &str, type_: Type) -> Result<Self, ConfigError> {
        let trimmed = trim(text);
        match type_ {
            Type::Boolean if trimmed.eq_ignore_ascii_case("true") => Ok(Self::Boolean(true)),
            Type::Boolean if trimmed.eq_ignore_ascii_case("false") => Ok(Self::Boolean(false)),
            Type::Boolean => Err(ConfigError::invalid(name, text, "Expected value to be either true or false")),
            Type::String => Ok(Self::String(trimmed.to_owned())),
            Type::Int => integer(name, text, type_, i64::from(i32::MIN), i64::from(i32::MAX)),
            Type::Short => integer(name, text, type_, i64::from(i16::MIN), i64::from(i16::MAX)),
            Type::Long => integer(name, text, type_, i64::MIN, i64::MAX),
            Type::Double => double(trimmed).map(Self::Double).ok_or_else(|| not_a_number(name, text, type_)),
            Type::List if trimmed.is_empty() => Ok(Self::List(Vec::new())),
            Type::List => Ok(Self::List(trimmed.split(',').map(|item| item.trim_matches(is_white).to_owned()).collect())),
            Type::Class => Ok(Self::Class(trimmed.to_owned())),
            Type::Password => Ok(Self::Password(trimmed.to_owned())),
        }
    }

    /// The text that REST shows, as `ConfigDef.convertToString`; none for null. A password is `[hidden]`.
    pub fn text(&self) -> Option<String> {
        match self {
            Self::Null => None,
            Self::Boolean(value) => Some(value.to_string()),
            Self::Integer(value) => Some(value.to_string()),
            Self::Double(value) => Some(java_double(*value)),
            Self::String(value) | Self::Class(value) => Some(value.clone()),
            Self::List(items) => Some(items.join(",")),
            Self::Password(_) => Some("[hidden]".to_owned()),
        }
    }

    /// The text of a STRING, CLASS or PASSWORD, none for the others.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(value) | Self::Class(value) | Self::Password(value) => Some(value),
            _ => None,
        }
    }

    /// The number of an INT, SHORT or LONG, none for the others.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Integer(value) => Some(*value),
            _ => None,
        }
    }

    /// A BOOLEAN, none for the others.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Boolean(value) => Some(*value),
            _ => None,
        }
    }

    /// The items of a LIST; none of them for the others.
    pub fn as_list(&self) -> &[String] {
        match self {
            Self::List(items) => items,
            _ => &[],
        }
    }
}

/// The text that REST shows, or null.
impl Serialize for Value {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.text().serialize(to)
    }
}

/// As Java's `String.valueOf`, which is what error texts hold.
impl fmt::Display for Value {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => out.write_str("null"),
            Self::List(items) => write!(out, "[{}]", items.join(", ")),
            Self::Class(class) => write!(out, "class {class}"),
            other => out.write_str(&other.text().unwrap_or_default()),
        }
    }
}

/// As `String.trim`: everything up to the space is white.
fn trim(text: &str) -> &str {
    text.trim_matches(|c| c <= ' ')
}

/// What Java's patterns call white space.
fn is_white(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\u{b}' | '\u{c}' | '\r')
}

fn not_a_number(name: &str, text: &str, type_: Type) -> ConfigError {
    ConfigError::invalid(name, text, format!("Not a number of type {type_}"))
}

/// `Integer.parseInt` and its kin: an optional sign, then decimal digits.
fn integer(name: &str, text: &str, type_: Type, min: i64, max: i64) -> Result<Value, ConfigError> {
    match trim(text).parse::<i64>() {
        Ok(number) if (min..=max).contains(&number) => Ok(Value::Integer(number)),
        _ => Err(not_a_number(name, text, type_)),
    }
}

/// `Double.parseDouble`: decimal forms with an optional suffix `d` or `f`, `NaN` and `Infinity` in exactly this case.
fn double(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let sign = if text.starts_with('-') { -1.0 } else { 1.0 };
    match unsigned {
        "NaN" => return Some(f64::NAN),
        "Infinity" => return Some(sign * f64::INFINITY),
        _ => {}
    }
    let digits = unsigned.strip_suffix(['d', 'D', 'f', 'F']).unwrap_or(unsigned);
    let plain = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    if !plain || digits.contains(|c: char| c.is_ascii_alphabetic() && !matches!(c, 'e' | 'E')) {
        return None;
    }
    digits.parse::<f64>().ok().map(|number| sign * number)
}

/// `Double.toString`: plain between 10⁻³ and 10⁷, else computerised scientific notation (`1.0E10`).
fn java_double(value: f64) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    let magnitude = value.abs();
    if magnitude == 0.0 || (1e-3..1e7).contains(&magnitude) {
        return format!("{value:?}");
    }
    let scientific = format!("{value:e}");
    match scientific.split_once('e') {
        Some((mantissa, exponent)) if mantissa.contains('.') => format!("{mantissa}E{exponent}"),
        Some((mantissa, exponent)) => format!("{mantissa}.0E{exponent}"),
        None => scientific,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(type_: Type, text: &str) -> Result<Option<String>, String> {
        Value::parse("k", text, type_).map(|value| value.text()).map_err(|error| error.0)
    }

    #[test]
    fn numbers_are_javas() {
        assert_eq!(text(Type::Int, " +7 "), Ok(Some("7".into())));
        assert_eq!(
            text(Type::Int, "2147483648"),
            Err("Invalid value 2147483648 for configuration k: Not a number of type INT".into())
        );
        assert_eq!(text(Type::Long, "1h"), Err("Invalid value 1h for configuration k: Not a number of type LONG".into()));
        assert_eq!(text(Type::Double, "1d"), Ok(Some("1.0".into())));
        assert_eq!(text(Type::Double, "1e10"), Ok(Some("1.0E10".into())));
        assert_eq!(text(Type::Double, "-1.25e-7"), Ok(Some("-1.25E-7".into())));
        assert!(text(Type::Double, "inf").is_err());
    }

    #[test]
    fn lists_keep_empty_items() {
        assert_eq!(Value::parse("k", " a , ,b", Type::List), Ok(Value::List(vec!["a".into(), String::new(), "b".into()])));
        assert_eq!(Value::parse("k", "  ", Type::List), Ok(Value::List(Vec::new())));
    }

    #[test]
    fn passwords_are_never_shown() {
        assert_eq!(text(Type::Password, "secret"), Ok(Some("[hidden]".into())));
        assert_eq!(Value::Password("secret".into()).to_string(), "[hidden]");
    }
}
