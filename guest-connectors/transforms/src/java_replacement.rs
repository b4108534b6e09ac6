//! The replacement text of Java's `Matcher`: `$1`, `${name}` and escapes.

use fancy_regex::{Captures, Regex};

const ILLEGAL_ARGUMENT: &str = "java.lang.IllegalArgumentException";
const OUT_OF_BOUNDS: &str = "java.lang.IndexOutOfBoundsException";

/// What is wrong with a replacement; it shows when a match is replaced, as in Java.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mistake {
    /// A backslash at the end.
    NothingEscaped,
    /// A dollar sign at the end.
    NoGroup,
    /// A dollar sign before something else than a digit or a brace.
    BadGroup,
    /// A brace that is not closed.
    OpenName,
    /// A name that starts with a digit.
    DigitFirst(String),
    /// The pattern has no group of that name.
    UnknownName(String),
    /// The pattern has no group of that number.
    UnknownNumber(usize),
}

impl Mistake {
    /// Java's exception class and message.
    pub fn java(&self) -> (&'static str, String) {
        match self {
            Self::NothingEscaped => (ILLEGAL_ARGUMENT, "character to be escaped is missing".to_owned()),
            Self::NoGroup => (ILLEGAL_ARGUMENT, "Illegal group reference: group index is missing".to_owned()),
            Self::BadGroup => (ILLEGAL_ARGUMENT, "Illegal group reference".to_owned()),
            Self::OpenName => (ILLEGAL_ARGUMENT, "named capturing group is missing trailing '}'".to_owned()),
            Self::DigitFirst(name) => (ILLEGAL_ARGUMENT, format!("capturing group name {{{name}}} starts with digit character")),
            Self::UnknownName(name) => (ILLEGAL_ARGUMENT, format!("No group with name {{{name}}}")),
            Self::UnknownNumber(number) => (OUT_OF_BOUNDS, format!("No group {number}")),
        }
    }
}

/// Appends the replacement of a match to `out`.
pub fn expand(out: &mut String, replacement: &str, groups: &Captures<'_, str>, regex: &Regex) -> Result<(), Mistake> {
    let mut rest = replacement;
    while let Some(at) = rest.find(['\\', '$']) {
        let (plain, special) = rest.split_at(at);
        out.push_str(plain);
        let after = special.get(1..).unwrap_or_default();
        if special.starts_with('\\') {
            let escaped = after.chars().next().ok_or(Mistake::NothingEscaped)?;
            out.push(escaped);
            rest = after.get(escaped.len_utf8()..).unwrap_or_default();
            continue;
        }
        let (number, after) = reference(after, groups.len() - 1, regex)?;
        if number >= groups.len() {
            return Err(Mistake::UnknownNumber(number));
        }
        out.push_str(groups.get(number).map_or("", |group| group.as_str()));
        rest = after;
    }
    out.push_str(rest);
    Ok(())
}

/// The group that stands after a dollar sign, and what follows. `most` is the number of the last group.
fn reference<'r>(text: &'r str, most: usize, regex: &Regex) -> Result<(usize, &'r str), Mistake> {
    let first = text.chars().next().ok_or(Mistake::NoGroup)?;
    if first == '{' {
        return named(text.get(1..).unwrap_or_default(), regex);
    }
    let digit = |c: char| c.to_digit(10).map(|digit| digit as usize);
    let mut number = digit(first).ok_or(Mistake::BadGroup)?;
    let mut rest = text.get(1..).unwrap_or_default();
    // As many digits as still make the number of a group.
    while let Some(next) = rest.chars().next().and_then(digit) {
        let longer = number * 10 + next;
        if longer > most {
            break;
        }
        number = longer;
        rest = rest.get(1..).unwrap_or_default();
    }
    Ok((number, rest))
}

fn named<'r>(text: &'r str, regex: &Regex) -> Result<(usize, &'r str), Mistake> {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    let rest = rest.strip_prefix('}').filter(|_| !name.is_empty()).ok_or(Mistake::OpenName)?;
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        return Err(Mistake::DigitFirst(name.to_owned()));
    }
    let number = regex.capture_names().position(|known| known == Some(name));
    Ok((number.ok_or_else(|| Mistake::UnknownName(name.to_owned()))?, rest))
}

#[cfg(test)]
mod tests {
    use crate::java_regex::JavaRegex;

    fn replaced(pattern: &str, text: &str, replacement: &str) -> Result<String, String> {
        let regex = JavaRegex::new(pattern).unwrap();
        regex.replace_first(text, replacement).map(Option::unwrap_or_default).map_err(|mistake| mistake.java().1)
    }

    #[test]
    fn groups_and_escapes_are_replaced() {
        assert_eq!(replaced("(\\w+)\\.(?<second>\\w+)", "a.b", "${second}-$1\\$"), Ok("b-a$".to_owned()));
        assert_eq!(replaced("(a)(b)?", "a", "$10$2"), Ok("a0".to_owned()));
        assert_eq!(replaced("(.*?)(s?)", "orders", "x"), Ok("xorders".to_owned()));
    }

    #[test]
    fn mistakes_are_told_as_java_tells_them() {
        for (replacement, message) in [
            ("\\", "character to be escaped is missing"),
            ("$", "Illegal group reference: group index is missing"),
            ("$x", "Illegal group reference"),
            ("$2", "No group 2"),
            ("${a", "named capturing group is missing trailing '}'"),
            ("${}", "named capturing group is missing trailing '}'"),
            ("${1a}", "capturing group name {1a} starts with digit character"),
            ("${a}", "No group with name {a}"),
        ] {
            assert_eq!(replaced("(.*)", "t", replacement), Err(message.to_owned()), "{replacement}");
        }
    }
}
