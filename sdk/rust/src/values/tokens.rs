//! Text in tokens: delimiters, and what stands between them (`Values.Parser`).

/// Which characters are tokens of their own.
fn is_delimiter(byte: u8) -> bool {
    matches!(byte, b':' | b',' | b'{' | b'}' | b'[' | b']' | b'"')
}

/// A position in the text, with a token read ahead.
#[derive(Debug)]
pub struct Tokens<'t> {
    text: &'t str,
    at: usize,
    ahead: Option<&'t str>,
}

impl<'t> Tokens<'t> {
    pub fn new(text: &'t str) -> Self {
        Self { text, at: 0, ahead: None }
    }

    /// All of it.
    pub fn original(&self) -> &'t str {
        self.text
    }

    /// Where the next token starts.
    pub fn mark(&self) -> usize {
        self.at - self.ahead.map_or(0, str::len)
    }

    /// Back to a mark.
    pub fn rewind(&mut self, mark: usize) {
        self.at = mark;
        self.ahead = None;
    }

    pub fn has_next(&self) -> bool {
        self.ahead.is_some() || self.at < self.text.len()
    }

    /// The next token, white space included.
    pub fn next(&mut self) -> &'t str {
        match self.ahead.take() {
            Some(token) => token,
            None => self.consume(),
        }
    }

    /// The text of that many tokens; none, and nothing read, when there are fewer.
    pub fn next_many(&mut self, count: usize) -> Option<&'t str> {
        let start = self.mark();
        for _ in 0..count {
            if !self.has_next() {
                self.rewind(start);
                return None;
            }
            self.next();
        }
        self.text.get(start..self.at)
    }

    /// Reads the next token if it is that one; blank tokens before it are skipped either way.
    pub fn take(&mut self, expected: &str) -> bool {
        if self.ahead.is_none() {
            if !self.has_next() {
                return false;
            }
            self.ahead = Some(self.consume());
        }
        while self.ahead.is_some_and(is_blank) && self.at < self.text.len() {
            self.ahead = Some(self.consume());
        }
        let found = self.ahead.is_some_and(|token| trim(token) == expected);
        if found {
            self.ahead = None;
        }
        found
    }

    /// A delimiter, or everything up to the next one that no backslash escapes.
    fn consume(&mut self) -> &'t str {
        let start = self.at;
        let mut escaped = false;
        while let Some(&byte) = self.text.as_bytes().get(self.at) {
            if byte == b'\\' {
                escaped = !escaped;
            } else if is_delimiter(byte) && !escaped {
                if start == self.at {
                    self.at += 1;
                }
                break;
            } else {
                escaped = false;
            }
            self.at += 1;
        }
        self.text.get(start..self.at).unwrap_or_default()
    }
}

/// As `String.trim`: everything up to the space is white.
pub fn trim(text: &str) -> &str {
    text.trim_matches(|c| c <= ' ')
}

/// As `Utils.isBlank`.
pub fn is_blank(text: &str) -> bool {
    trim(text).is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delimiters_are_tokens_unless_escaped() {
        let mut tokens = Tokens::new("[a\\:b: \"c\"");
        let mut read = Vec::new();
        while tokens.has_next() {
            read.push(tokens.next());
        }
        assert_eq!(read, ["[", "a\\:b", ":", " ", "\"", "c", "\""]);
    }

    #[test]
    fn a_token_not_taken_is_still_there() {
        let mut tokens = Tokens::new("  , x");
        assert!(!tokens.take("]"));
        assert!(tokens.take(","));
        assert_eq!(tokens.next(), " x");
        assert!(!tokens.take(","));
    }
}
