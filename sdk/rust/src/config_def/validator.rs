//! Checks on parsed values, in the words of the validators of Kafka's `ConfigDef`.

use crate::config::ConfigValue;
use crate::config_def::KeyType;
use crate::data::java_float::double_to_string;
use crate::error::Error;

/// A check in code of the key's name and parsed value: null for a key that is not set, and for a text that could not be parsed.
/// A `ConfigException` says what is wrong.
pub type Check = fn(&str, &ConfigValue) -> Result<(), Error>;

/// A check of a key's value. All but [`Validator::Check`] are data, so that the worker makes them without the plugin.
#[derive(Debug, Clone)]
pub enum Validator {
    /// At least that number (`Range`).
    Min(f64),
    /// At most that number (`Range`).
    Max(f64),
    /// One of these texts (`ValidString`). Of a list, every item is one of them (`ValidList`).
    OneOf(Vec<&'static str>),
    /// One of these texts, in any case (`CaseInsensitiveValidString`).
    OneOfIgnoringCase(Vec<&'static str>),
    /// Not null. A list has no empty item either, and none twice (`ValidList`).
    NonNull,
    /// Not an empty text. A list has items, none of them empty or there twice.
    NonEmpty,
    /// A list with items, in the words of those transformations that came before Kafka checked every list (KIP-1030).
    NonEmptyList,
    /// A list that may be null has no empty item and none twice.
    Distinct,
    /// Neither empty nor with control characters.
    WithoutControlCharacters,
    /// A list of at most so many items (`ListSize`).
    AtMostItems(usize),
    /// A regular expression; checked by the worker alone.
    Regex,
    /// What no data can say (`LambdaValidator`). The worker asks the plugin.
    Check(Check),
}

impl Validator {
    /// Whether it is one of the parts of a `ValidList`, when the key is a list.
    fn is_of_items(&self) -> bool {
        matches!(self, Self::OneOf(_) | Self::NonNull | Self::NonEmpty | Self::Distinct)
    }
}

/// Makes the checks of a key in order; the first that fails ends them.
pub(super) fn check(validators: &[Validator], name: &str, type_: KeyType, value: &ConfigValue) -> Result<(), Error> {
    let mut items_are_checked = false;
    for validator in validators {
        if type_ == KeyType::List && validator.is_of_items() {
            if !items_are_checked {
                check_items(validators, name, value)?;
            }
            items_are_checked = true;
        } else if let Validator::Check(check) = validator {
            check(name, value)?;
        } else if let Some(why) = violation(validator, type_, value) {
            return Err(Error::invalid_value(name, value.shown().as_deref(), &why));
        }
    }
    Ok(())
}

/// A list that may hold no item twice, without those that are there already: Kafka warns of them where it parses, and refuses them
/// where it validates (KIP-1030).
pub(super) fn distinct(validators: &[Validator], type_: KeyType, value: ConfigValue) -> ConfigValue {
    match value {
        ConfigValue::List(items) if type_ == KeyType::List && validators.iter().any(Validator::is_of_items) => {
            let mut kept: Vec<String> = Vec::with_capacity(items.len());
            for item in items {
                if !kept.contains(&item) {
                    kept.push(item);
                }
            }
            ConfigValue::List(kept)
        }
        other => other,
    }
}

/// Kafka's `ConfigDef.ValidList` (KIP-1030).
fn check_items(validators: &[Validator], name: &str, value: &ConfigValue) -> Result<(), Error> {
    let may_be_null = validators.iter().filter(|part| part.is_of_items()).all(|part| matches!(part, Validator::Distinct));
    let may_be_empty = !validators.iter().any(|part| matches!(part, Validator::NonEmpty));
    let among = validators.iter().find_map(|part| match part {
        Validator::OneOf(words) => Some(words),
        _ => None,
    });
    let ConfigValue::List(items) = value else {
        let refused = Error::config(format!("Configuration '{name}' values must not be null."));
        return if may_be_null { Ok(()) } else { Err(refused) };
    };
    if items.is_empty() && !may_be_empty {
        let valid = among.map_or("any non-empty value".to_owned(), |words| format!("[{}]", words.join(", ")));
        return Err(Error::config(format!("Configuration '{name}' must not be empty. Valid values include: {valid}")));
    }
    if items.iter().enumerate().any(|(index, item)| items.iter().skip(index + 1).any(|other| item == other)) {
        return Err(Error::config(format!("Configuration '{name}' values must not be duplicated.")));
    }
    for item in items {
        if item.is_empty() {
            return Err(Error::config(format!("Configuration '{name}' values must not be empty.")));
        }
        if let Some(words) = among.filter(|words| !words.contains(&item.as_str())) {
            return Err(Error::invalid_value(name, Some(item), &format!("String must be one of: {}", words.join(", "))));
        }
    }
    Ok(())
}

/// What is wrong with a value.
fn violation(validator: &Validator, type_: KeyType, value: &ConfigValue) -> Option<String> {
    let text = value.shown();
    match validator {
        Validator::NonNull => text.is_none().then(|| "entry must be non null".to_owned()),
        Validator::Min(least) => match value.number() {
            None => Some("Value must be non-null".to_owned()),
            Some(number) => (number < *least).then(|| format!("Value must be at least {}", bound(*least, type_))),
        },
        Validator::Max(most) => match value.number() {
            None => Some("Value must be non-null".to_owned()),
            Some(number) => (number > *most).then(|| format!("Value must be no more than {}", bound(*most, type_))),
        },
        Validator::NonEmpty => text.is_some_and(|text| text.is_empty()).then(|| "String must be non-empty".to_owned()),
        Validator::NonEmptyList => match value {
            ConfigValue::List(items) if !items.is_empty() => None,
            _ => Some("Empty list".to_owned()),
        },
        Validator::OneOf(words) => {
            let found = text.is_some_and(|text| words.contains(&text.as_str()));
            (!found).then(|| format!("String must be one of: {}", words.join(", ")))
        }
        Validator::OneOfIgnoringCase(words) => {
            let found = text.is_some_and(|text| words.iter().any(|word| word.eq_ignore_ascii_case(&text)));
            (!found).then(|| format!("String must be one of (case insensitive): {}", words.join(", ").to_uppercase()))
        }
        Validator::WithoutControlCharacters => control_characters(&text?),
        Validator::AtMostItems(most) => match value {
            ConfigValue::List(items) if items.len() > *most => Some(format!("exceeds maximum list size of [{most}].")),
            _ => None,
        },
        Validator::Distinct | Validator::Regex | Validator::Check(_) => None,
    }
}

/// A bound as Java shows a number of the key's type.
fn bound(number: f64, type_: KeyType) -> String {
    if type_ == KeyType::Double { double_to_string(number) } else { number.to_string() }
}

fn control_characters(text: &str) -> Option<String> {
    if text.is_empty() {
        return Some("String may not be empty".to_owned());
    }
    let found: Vec<String> = text.chars().filter(|c| c.is_control()).map(|c| u32::from(c).to_string()).collect();
    let found = Some(found.join(", ")).filter(|found| !found.is_empty())?;
    Some(format!("String may not contain control sequences but had the following ASCII chars: {found}"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
mod tests {
    use super::*;

    fn told(validators: &[Validator], type_: KeyType, value: &ConfigValue) -> String {
        check(validators, "k", type_, value).map_or_else(|error| error.message().to_owned(), |()| String::new())
    }

    fn list(items: &[&str]) -> ConfigValue {
        ConfigValue::List(items.iter().map(|item| (*item).to_owned()).collect())
    }

    #[test]
    fn lists_are_checked_as_by_valid_list() {
        let told = |validators: &[Validator], value: &ConfigValue| told(validators, KeyType::List, value);
        let among = Validator::OneOf(vec!["x", "y"]);
        assert_eq!(told(&[Validator::Distinct], &ConfigValue::Null), "");
        assert_eq!(told(&[Validator::NonNull], &ConfigValue::Null), "Configuration 'k' values must not be null.");
        assert_eq!(told(&[Validator::NonNull], &list(&["", ""])), "Configuration 'k' values must not be duplicated.");
        assert_eq!(told(&[Validator::NonNull], &list(&["a", ""])), "Configuration 'k' values must not be empty.");
        assert_eq!(
            told(&[Validator::NonEmpty, among.clone()], &list(&[])),
            "Configuration 'k' must not be empty. Valid values include: [x, y]"
        );
        assert_eq!(told(&[among], &list(&["z"])), "Invalid value z for configuration k: String must be one of: x, y");
        assert_eq!(
            told(&[Validator::AtMostItems(1)], &list(&["a", "b"])),
            "Invalid value [a, b] for configuration k: exceeds maximum list size of [1]."
        );
    }

    #[test]
    fn other_values_are_checked_in_kafkas_words() {
        let text = |text: &str| ConfigValue::String(text.to_owned());
        let range = [Validator::Min(0.5), Validator::Max(1.0)];
        let cases = [
            (
                told(&range, KeyType::Double, &ConfigValue::Double(2.0)),
                "Invalid value 2.0 for configuration k: Value must be no more than 1.0",
            ),
            (
                told(&[Validator::Min(1.0)], KeyType::Int, &ConfigValue::Int(0)),
                "Invalid value 0 for configuration k: Value must be at least 1",
            ),
            (
                told(&[Validator::NonNull], KeyType::String, &ConfigValue::Null),
                "Invalid value null for configuration k: entry must be non null",
            ),
            (
                told(&[Validator::OneOfIgnoringCase(vec!["a", "B"])], KeyType::String, &text("c")),
                "Invalid value c for configuration k: String must be one of (case insensitive): A, B",
            ),
            (
                told(&[Validator::WithoutControlCharacters], KeyType::String, &text("a\u{1}b\u{85}")),
                "Invalid value a\u{1}b\u{85} for configuration k: String may not contain control sequences but had the following \
                 ASCII chars: 1, 133",
            ),
            (told(&[Validator::WithoutControlCharacters], KeyType::String, &ConfigValue::Null), ""),
        ];
        for (told, expected) in cases {
            assert_eq!(told, expected);
        }
    }
}
