//! Mistakes in Java's regular expressions, in Java's words: they reach users through the validation of configurations.

/// The message of the `PatternSyntaxException` for the first of the usual mistakes; none for a pattern that has none of them.
pub fn find(pattern: &str) -> Option<String> {
    let mut scan = Scan { chars: pattern.chars().collect(), at: 0, groups: 0, names: Vec::new() };
    let (what, index) = scan.pattern().err()?;
    let mut message = what;
    if let Ok(column) = usize::try_from(index) {
        message.push_str(&format!(" near index {index}\n{pattern}"));
        if column < scan.chars.len() {
            message.push_str(&format!("\n{}^", " ".repeat(column)));
        }
    } else {
        message.push_str(&format!("\n{pattern}"));
    }
    Some(message)
}

/// What is wrong, and where; -1 where Java tells no place.
type Checked = Result<(), (String, i64)>;

struct Scan {
    chars: Vec<char>,
    at: usize,
    /// Groups that are open.
    groups: usize,
    names: Vec<String>,
}

impl Scan {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn take(&mut self, expected: char) -> bool {
        let found = self.peek() == Some(expected);
        self.at += usize::from(found);
        found
    }

    /// A mistake so many characters behind the present one.
    fn wrong(&self, what: impl Into<String>, back: usize) -> (String, i64) {
        (what.into(), self.at as i64 - back as i64)
    }

    fn pattern(&mut self) -> Checked {
        while let Some(c) = self.peek() {
            self.at += 1;
            match c {
                '*' | '+' | '?' => return Err(self.wrong(format!("Dangling meta character '{c}'"), 1)),
                '{' => return Err(self.wrong("Illegal repetition", 0)),
                '|' => continue,
                '(' => {
                    self.groups += 1;
                    self.group()?;
                    continue;
                }
                ')' if self.groups == 0 => return Err(self.wrong("Unmatched closing ')'", 2)),
                ')' => self.groups -= 1,
                '[' => self.class()?,
                // What is quoted takes no quantifier of its own.
                '\\' if self.escape()? => continue,
                _ => {}
            }
            self.quantifier()?;
        }
        if self.groups > 0 { Err(self.wrong("Unclosed group", 0)) } else { Ok(()) }
    }

    /// What stands after an opening parenthesis, if it says what kind of group it is.
    fn group(&mut self) -> Checked {
        if !self.take('?') {
            return Ok(());
        }
        let kind = self.peek();
        self.at += 1;
        match kind {
            Some(':' | '=' | '!' | '>') => Ok(()),
            Some('<') if matches!(self.peek(), Some('=' | '!')) => {
                self.at += 1;
                Ok(())
            }
            Some('<') => self.name(),
            _ => {
                self.at -= 1;
                self.flags()
            }
        }
    }

    fn name(&mut self) -> Checked {
        if !self.peek().is_some_and(|c| c.is_ascii_alphabetic()) {
            return Err(self.wrong("capturing group name does not start with a Latin letter", 0));
        }
        let mut name = String::new();
        while let Some(c) = self.peek().filter(char::is_ascii_alphanumeric) {
            name.push(c);
            self.at += 1;
        }
        if !self.take('>') {
            return Err(self.wrong("named capturing group is missing trailing '>'", 0));
        }
        if self.names.contains(&name) {
            return Err(self.wrong(format!("Named capturing group <{name}> is already defined"), 1));
        }
        self.names.push(name);
        Ok(())
    }

    fn flags(&mut self) -> Checked {
        while let Some(c) = self.peek().filter(|c| "idmsuxU-".contains(*c)) {
            let _ = c;
            self.at += 1;
        }
        match self.peek() {
            Some(':') => {
                self.at += 1;
                Ok(())
            }
            Some(')') => {
                self.at += 1;
                self.groups -= 1;
                Ok(())
            }
            _ => Err(self.wrong("Unknown inline modifier", 0)),
        }
    }

    /// A class after its opening bracket, with those inside it. A closing bracket comes first only as itself.
    fn class(&mut self) -> Checked {
        self.take('^');
        let mut first = true;
        let mut low = None;
        while let Some(c) = self.peek() {
            self.at += 1;
            match c {
                ']' if !first => return Ok(()),
                '[' => {
                    self.class()?;
                    low = None;
                }
                '&' if self.peek() == Some('&') => low = None,
                '\\' => {
                    self.escape()?;
                    low = None;
                }
                '-' if low.is_some() && !matches!(self.peek(), Some(']' | '[')) => {
                    let high = self.peek();
                    if high != Some('\\') && high < low {
                        return Err(self.wrong("Illegal character range", 0));
                    }
                    self.at += usize::from(high != Some('\\'));
                    low = None;
                }
                other => low = Some(other),
            }
            first = false;
        }
        Err(self.wrong("Unclosed character class", 1))
    }

    /// What stands after a backslash. True for an opening quotation, which is read to its end.
    fn escape(&mut self) -> Result<bool, (String, i64)> {
        let Some(c) = self.peek() else { return Err(self.wrong("Unexpected internal error", 0)) };
        self.at += 1;
        match c {
            'Q' => {
                while self.at < self.chars.len() && !(self.take('\\') && self.take('E')) {
                    self.at += 1;
                }
                return Ok(true);
            }
            'k' => {
                if !self.take('<') {
                    return Err(self.wrong("\\k is not followed by '<' for named capturing group", 0));
                }
                let rest = self.chars.get(self.at..).unwrap_or_default();
                let name: String = rest.iter().take_while(|c| c.is_ascii_alphanumeric()).collect();
                self.at += name.len();
                if !self.names.contains(&name) {
                    return Err(self.wrong(format!("named capturing group <{name}> does not exist"), 0));
                }
                self.at += 1;
            }
            'p' | 'P' if self.take('{') => {
                while self.peek().is_some() && !self.take('}') {
                    self.at += 1;
                }
                if self.chars.get(self.at - 1) != Some(&'}') {
                    return Err(self.wrong("Unclosed character family", 0));
                }
            }
            'a'..='z' | 'A'..='Z' if !"abBcdDefGhHknNpPrRsStuvVwWxXzZAQ".contains(c) => {
                return Err(self.wrong("Illegal/unsupported escape sequence", 1));
            }
            _ => {}
        }
        Ok(false)
    }

    fn quantifier(&mut self) -> Checked {
        match self.peek() {
            Some('*' | '+' | '?') => self.at += 1,
            Some('{') => {
                self.at += 1;
                self.counts()?;
            }
            _ => return Ok(()),
        }
        // Reluctant or possessive.
        if matches!(self.peek(), Some('?' | '+')) {
            self.at += 1;
        } else if self.peek() == Some('{') && self.chars.get(self.at - 1) == Some(&'}') {
            return self.quantifier();
        }
        Ok(())
    }

    /// `{1}`, `{1,}` or `{1,2}` after the brace.
    fn counts(&mut self) -> Checked {
        if !self.peek().is_some_and(|c| c.is_ascii_digit()) {
            return Err(self.wrong("Illegal repetition", 0));
        }
        let least = self.count()?;
        let most = if self.take(',') && self.peek().is_some_and(|c| c.is_ascii_digit()) { self.count()? } else { i32::MAX };
        if self.peek() != Some('}') {
            return Err(self.wrong("Unclosed counted closure", 0));
        }
        if most < least {
            return Err(self.wrong("Illegal repetition range", 0));
        }
        self.at += 1;
        Ok(())
    }

    fn count(&mut self) -> Result<i32, (String, i64)> {
        let mut count: i32 = 0;
        while let Some(digit) = self.peek().and_then(|c| c.to_digit(10)) {
            let next = count.checked_mul(10).and_then(|count| count.checked_add(digit as i32));
            count = next.ok_or_else(|| self.wrong("Illegal repetition range", 0))?;
            self.at += 1;
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `java.util.regex` of Java 17 says, `\n` for a line's end.
    const SAID: &str = include_str!("java_pattern_mistake/java17.txt");

    #[test]
    fn mistakes_are_told_as_java_tells_them() {
        let mut differences = Vec::new();
        for line in SAID.lines() {
            let (pattern, said) = line.split_once(" => ").unwrap();
            let told = find(pattern).unwrap_or("ok".to_owned()).replace('\n', "\\n");
            if told != said {
                differences.push(format!("{pattern}: told {told}, Java said {said}"));
            }
        }
        assert!(differences.is_empty(), "{differences:#?}");
    }
}
