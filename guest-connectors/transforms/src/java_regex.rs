//! Java's regular expressions, by translating what the syntaxes do not share.

use caisson_sdk::{ConfigValue, Error};
use fancy_regex::Regex;

/// A compiled pattern that must match a whole text.
#[derive(Debug, Clone)]
pub struct JavaRegex {
    regex: Regex,
}

impl JavaRegex {
    /// Compiles a Java pattern. The error says what is wrong and where, as `PatternSyntaxException` does for the usual mistakes.
    pub fn new(pattern: &str) -> Result<Self, String> {
        if let Some(mistake) = usual_mistake(pattern) {
            return Err(mistake);
        }
        let whole = format!(r"\A(?:{})\z", translate(pattern));
        Regex::new(&whole).map(|regex| Self { regex }).map_err(|error| format!("{error} in\n{pattern}"))
    }

    /// Whether the pattern matches all of the text (`Matcher.matches`). No, where matching takes too many steps.
    pub fn matches(&self, text: &str) -> bool {
        self.regex.is_match(text).unwrap_or(false)
    }
}

/// Refuses a value that is no pattern, in the words of Kafka's `RegexValidator` and the JVM. For [`caisson_sdk::Validator::Check`].
pub fn check(name: &str, value: &ConfigValue) -> Result<(), Error> {
    let ConfigValue::String(pattern) = value else {
        let why = "Invalid regex: Cannot invoke \"String.isEmpty()\" because \"this.pattern\" is null";
        return Err(Error::invalid_value(name, None, why));
    };
    let refused = |mistake| Error::invalid_value(name, Some(pattern), &format!("Invalid regex: {mistake}"));
    JavaRegex::new(pattern).map(|_| ()).map_err(refused)
}

/// Mistakes in the words of Java: they reach users through the validation of configurations.
fn usual_mistake(pattern: &str) -> Option<String> {
    if let Some(first @ ('*' | '+' | '?')) = pattern.chars().next() {
        return Some(format!("Dangling meta character '{first}' near index 0\n{pattern}\n^"));
    }
    let mut scan = Scan::default();
    for c in pattern.chars() {
        scan.next(c);
    }
    let last = pattern.chars().count().saturating_sub(1);
    if scan.in_class > 0 {
        return Some(format!("Unclosed character class near index {last}\n{pattern}\n{}^", " ".repeat(last)));
    }
    if scan.open_groups > 0 {
        return Some(format!("Unclosed group near index {}\n{pattern}", last + 1));
    }
    None
}

/// Where in a pattern a character stands.
#[derive(Debug, Default)]
struct Scan {
    escaped: bool,
    in_class: u32,
    open_groups: i32,
    quoted: bool,
}

impl Scan {
    fn next(&mut self, c: char) {
        if self.escaped {
            self.escaped = false;
            match c {
                'Q' if !self.quoted => self.quoted = true,
                'E' => self.quoted = false,
                _ => {}
            }
            return;
        }
        match c {
            '\\' => self.escaped = true,
            _ if self.quoted => {}
            '[' => self.in_class += 1,
            ']' if self.in_class > 0 => self.in_class -= 1,
            '(' if self.in_class == 0 => self.open_groups += 1,
            ')' if self.in_class == 0 => self.open_groups -= 1,
            _ => {}
        }
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
