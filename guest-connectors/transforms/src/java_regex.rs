//! Java's regular expressions, by translating what the syntaxes do not share.

use caisson_sdk::{ConfigValue, Error};
use fancy_regex::Regex;

use crate::java_pattern_mistake;
use crate::java_replacement::{self, Mistake};

/// A compiled pattern.
#[derive(Debug, Clone)]
pub struct JavaRegex {
    /// Matches a whole text.
    whole: Regex,
    /// Finds the pattern in a text.
    part: Regex,
}

/// Refuses a value that is no pattern, in the words of Kafka's `RegexValidator` and the JVM. For [`caisson_sdk::Validator::Check`].
pub fn check(name: &str, value: &ConfigValue) -> Result<(), Error> {
    match value {
        ConfigValue::String(pattern) => JavaRegex::of(name, pattern).map(|_| ()),
        _ => {
            let why = "Invalid regex: Cannot invoke \"String.isEmpty()\" because \"this.pattern\" is null";
            Err(Error::invalid_value(name, None, why))
        }
    }
}

impl JavaRegex {
    /// Compiles a Java pattern. The error says what is wrong and where, as `PatternSyntaxException` does for the usual mistakes.
    pub fn new(pattern: &str) -> Result<Self, String> {
        if let Some(mistake) = java_pattern_mistake::find(pattern) {
            return Err(mistake);
        }
        let translated = translate(pattern);
        let compile = |pattern: &str, text: &str| Regex::new(text).map_err(|error| format!("{error} in\n{pattern}"));
        Ok(Self { whole: compile(pattern, &format!(r"\A(?:{translated})\z"))?, part: compile(pattern, &translated)? })
    }

    /// The pattern that a key of a configuration holds. `ConfigException` for a bad one.
    pub fn of(key: &str, pattern: &str) -> Result<Self, Error> {
        Self::new(pattern).map_err(|mistake| Error::invalid_value(key, Some(pattern), &format!("Invalid regex: {mistake}")))
    }

    /// Whether the pattern matches all of the text (`Matcher.matches`). No, where matching takes too many steps.
    pub fn matches(&self, text: &str) -> bool {
        self.whole.is_match(text).unwrap_or(false)
    }

    /// The text with the first place where the pattern is found replaced (`Matcher.replaceFirst`), which may be a smaller one than the
    /// whole that it matches; none where it is not found.
    pub fn replace_first(&self, text: &str, replacement: &str) -> Result<Option<String>, Mistake> {
        let Ok(Some(groups)) = self.part.captures(text) else { return Ok(None) };
        let Some(found) = groups.get(0) else { return Ok(None) };
        let mut replaced = text.get(..found.start()).unwrap_or_default().to_owned();
        java_replacement::expand(&mut replaced, replacement, &groups, &self.part)?;
        replaced.push_str(text.get(found.end()..).unwrap_or_default());
        Ok(Some(replaced))
    }
}

/// Quotations become escapes, and the classes that are ASCII in Java are written out.
fn translate(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() + 16);
    let mut rest = pattern;
    let mut in_class = false;
    while let Some(c) = rest.chars().next() {
        let (head, tail) = rest.split_at(c.len_utf8());
        if c != '\\' {
            in_class = (in_class || c == '[') && c != ']';
            out.push_str(head);
            rest = tail;
            continue;
        }
        if let Some(quoted) = tail.strip_prefix('Q') {
            let (literal, after) = quoted.split_once("\\E").unwrap_or((quoted, ""));
            out.push_str(&fancy_regex::escape(literal));
            rest = after;
            continue;
        }
        rest = push_escape(&mut out, tail, in_class);
    }
    out
}

/// Writes what stands after a backslash; gives the rest.
fn push_escape<'p>(out: &mut String, after: &'p str, in_class: bool) -> &'p str {
    let Some(c) = after.chars().next() else {
        out.push('\\');
        return after;
    };
    let rest = after.get(c.len_utf8()..).unwrap_or_default();
    let ascii = match c {
        'w' => "a-zA-Z_0-9",
        'd' => "0-9",
        's' => r" \t\n\x0B\f\r",
        'W' if !in_class => "^a-zA-Z_0-9",
        'D' if !in_class => "^0-9",
        'S' if !in_class => r"^ \t\n\x0B\f\r",
        'p' | 'P' => {
            out.push('\\');
            out.push(c);
            // `\p{IsAlphabetic}` is `\p{Alphabetic}`.
            if let Some(name) = rest.strip_prefix("{Is") {
                out.push('{');
                return name;
            }
            return rest;
        }
        other => {
            out.push('\\');
            out.push(other);
            return rest;
        }
    };
    if in_class {
        out.push_str(ascii);
    } else {
        out.push('[');
        out.push_str(ascii);
        out.push(']');
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, text: &str) -> bool {
        JavaRegex::new(pattern).unwrap().matches(text)
    }

    #[test]
    fn the_whole_text_must_match() {
        assert!(matches("a|orders", "orders"));
        assert!(!matches("order", "orders"));
        assert!(!matches("^or", "orders"));
        assert!(matches("(.*?)(s?)", "orders"));
    }

    #[test]
    fn java_syntax_is_understood() {
        assert!(matches("(.)\\1+", "aaa"));
        assert!(matches("(?=o)orders", "orders"));
        assert!(!matches("a*+a", "aaa"));
        assert!(matches("\\Qa.b\\E[\\d]", "a.b1"));
        assert!(!matches("\\Qa.b\\E", "axb"));
        assert!(matches("[a-z&&[^b]]+", "acd"));
        assert!(!matches("\\w+", "caf\u{e9}"));
        assert!(matches("\\p{IsAlphabetic}+", "caf\u{e9}"));
        assert!(matches("(?i)ORDERS", "orders"));
    }

    #[test]
    fn mistakes_are_told_as_java_tells_them() {
        let message = |pattern: &str| JavaRegex::new(pattern).unwrap_err();
        assert_eq!(message("["), "Unclosed character class near index 0\n[\n^");
        assert_eq!(message("*"), "Dangling meta character '*' near index 0\n*\n^");
        assert_eq!(message("("), "Unclosed group near index 1\n(");
        assert!(JavaRegex::new("a)").is_err());
    }
}
