//! Text as a value of a type (`ConfigDef.parseType`).

use crate::config::ConfigValue;
use crate::config_def::KeyType;
use crate::data::java_digit;
use crate::error::Error;

/// The value of a text, trimmed. `name` is the key's, for the error: `ConfigException` when the text is not of the type. Classes
/// are taken as they are named.
pub fn parse_type(name: &str, text: &str, type_: KeyType) -> Result<ConfigValue, Error> {
    // As `String.trim`.
    let trimmed = text.trim_matches(|c| c <= ' ');
    let no_number = || Error::invalid_value(name, Some(text), &format!("Not a number of type {}", type_.name()));
    Ok(match type_ {
        KeyType::Boolean if trimmed.eq_ignore_ascii_case("true") => ConfigValue::Boolean(true),
        KeyType::Boolean if trimmed.eq_ignore_ascii_case("false") => ConfigValue::Boolean(false),
        KeyType::Boolean => return Err(Error::invalid_value(name, Some(text), "Expected value to be either true or false")),
        KeyType::String => ConfigValue::String(trimmed.to_owned()),
        KeyType::Class => ConfigValue::Class(trimmed.to_owned()),
        KeyType::Password => ConfigValue::Password(trimmed.to_owned()),
        KeyType::Int => ConfigValue::Int(plain_digits(trimmed).parse().map_err(|_| no_number())?),
        KeyType::Short => ConfigValue::Short(plain_digits(trimmed).parse().map_err(|_| no_number())?),
        KeyType::Long => ConfigValue::Long(plain_digits(trimmed).parse().map_err(|_| no_number())?),
        KeyType::Double => ConfigValue::Double(parse_double(trimmed).ok_or_else(no_number)?),
        KeyType::List if trimmed.is_empty() => ConfigValue::List(Vec::new()),
        KeyType::List => ConfigValue::List(items(trimmed)),
    })
}

/// Whole numbers may be written in the digits of any script.
fn plain_digits(text: &str) -> String {
    text.chars().map(|c| java_digit::ascii(c).unwrap_or(c)).collect()
}

/// What Java's patterns call white space.
fn is_white(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\u{b}' | '\u{c}' | '\r')
}

fn items(text: &str) -> Vec<String> {
    text.split(',').map(|item| item.trim_matches(is_white).to_owned()).collect()
}

/// As `Double.parseDouble`, but for hexadecimal numbers: a type suffix is allowed, std's other words are not.
fn parse_double(text: &str) -> Option<f64> {
    match text.strip_prefix(['+', '-']).unwrap_or(text) {
        "NaN" => return Some(f64::NAN),
        "Infinity" => return Some(if text.starts_with('-') { f64::NEG_INFINITY } else { f64::INFINITY }),
        _ => {}
    }
    let digits = text.strip_suffix(['d', 'D', 'f', 'F']).unwrap_or(text);
    let plain = digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'));
    if plain { digits.parse().ok() } else { None }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
mod tests {
    use super::*;

    fn parsed(text: &str, type_: KeyType) -> Option<ConfigValue> {
        parse_type("k", text, type_).ok()
    }

    #[test]
    fn numbers_are_read_as_java_reads_them() {
        assert_eq!(parsed(" +١٢ ", KeyType::Int), Some(ConfigValue::Int(12)));
        assert_eq!(parsed("32768", KeyType::Short), None);
        for (text, number) in [("+5", 5.0), ("-1.5e1d", -15.0), ("1.", 1.0), (".5f", 0.5), ("1e400", f64::INFINITY)] {
            assert_eq!(parsed(text, KeyType::Double), Some(ConfigValue::Double(number)), "{text}");
        }
        for text in ["--NaN", "inf", "NaNd", "f", "1__0", "+-1", "١.٥", ""] {
            assert_eq!(parsed(text, KeyType::Double), None, "{text}");
        }
    }

    #[test]
    fn only_javas_white_space_is_trimmed() {
        assert_eq!(parsed("\u{1}true", KeyType::Boolean), Some(ConfigValue::Boolean(true)));
        assert_eq!(parsed("\u{a0}true", KeyType::Boolean), None);
        let items = ["a", "\u{85}b", ""].map(str::to_owned).to_vec();
        assert_eq!(parsed(" a\u{b},\u{85}b , ", KeyType::List), Some(ConfigValue::List(items)));
    }
}
