//! JSON text read token by token, in place: strings without escapes and all numbers are borrowed.
//!
//! It reads what Jackson 2 reads as Kafka's `JsonDeserializer` sets it up: RFC 8259 and numbers with leading zeros. A crate
//! is not used because none that keeps a number's digits reads those, and because the records of a sink go through here.

use std::borrow::Cow;
use std::ops::Range;

use super::scan::{is_same, skip_plain};

/// Jackson's `StreamReadConstraints.DEFAULT_MAX_DEPTH`.
const MAX_DEPTH: u32 = 1000;
/// Jackson's `StreamReadConstraints.DEFAULT_MAX_NUM_LEN`.
const MAX_NUMBER: usize = 1000;

/// The text is no JSON. Which way it is not, Kafka does not say either.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed;

/// What comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `{`
    Object,
    /// `[`
    Array,
    /// A string.
    Text,
    /// A number.
    Number,
    /// `true`
    True,
    /// `false`
    False,
    /// `null`
    Null,
    /// Nothing but white space up to the end.
    End,
}

/// The digits of a number, checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Number<'b> {
    /// As it was written.
    pub text: &'b str,
    /// Neither fraction nor exponent.
    pub integral: bool,
    /// Its digits as one whole number; none with an exponent, or beyond [`MAX_DIGITS`].
    pub digits: Option<u64>,
    /// How many of the digits stand behind the point.
    pub decimals: usize,
}

/// As many digits as surely fit 63 bits.
pub const MAX_DIGITS: usize = 18;

/// A position in JSON text.
#[derive(Debug, Clone)]
pub struct Reader<'b> {
    text: &'b str,
    at: usize,
    depth: u32,
}

impl<'b> Reader<'b> {
    /// At the beginning of a text.
    pub fn new(text: &'b str) -> Self {
        Self { text, at: 0, depth: 0 }
    }

    /// How far it has read.
    pub fn position(&self) -> usize {
        self.at
    }

    /// The text from there to here.
    pub fn since(&self, start: usize) -> &'b str {
        self.text.get(start..self.at).unwrap_or("")
    }

    #[inline(always)]
    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    #[inline(always)]
    fn skip_space(&mut self) {
        while matches!(self.byte(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    /// Looks at the next value without reading it.
    #[inline]
    pub fn peek(&mut self) -> Result<Kind, Malformed> {
        self.skip_space();
        match self.byte() {
            Some(b'"') => Ok(Kind::Text),
            Some(b'{') => Ok(Kind::Object),
            Some(b'[') => Ok(Kind::Array),
            Some(b'-' | b'0'..=b'9') => Ok(Kind::Number),
            Some(b't') => Ok(Kind::True),
            Some(b'f') => Ok(Kind::False),
            Some(b'n') => Ok(Kind::Null),
            None => Ok(Kind::End),
            Some(_) => Err(Malformed),
        }
    }

    /// Reads `true`, `false` or `null`, as peeked.
    pub fn word(&mut self, word: &str) -> Result<(), Malformed> {
        if !self.text.as_bytes().get(self.at..).is_some_and(|rest| rest.starts_with(word.as_bytes())) {
            return Err(Malformed);
        }
        self.at += word.len();
        match self.text.get(self.at..).and_then(|rest| rest.chars().next()) {
            Some(next) if next.is_alphanumeric() || next == '_' || next == '$' => Err(Malformed),
            _ => Ok(()),
        }
    }

    /// Reads a string, as peeked.
    #[inline]
    pub fn string(&mut self) -> Result<Cow<'b, str>, Malformed> {
        match self.plain_string()? {
            Some(range) => self.text.get(range).map(Cow::Borrowed).ok_or(Malformed),
            None => self.escaped_string().map(Cow::Owned),
        }
    }

    /// Reads a string, as peeked, unless it has an escape: where it stands in the text.
    #[inline(always)]
    pub fn plain_string(&mut self) -> Result<Option<Range<usize>>, Malformed> {
        let bytes = self.text.as_bytes();
        let start = self.at + 1;
        let mut at = start;
        loop {
            at = skip_plain(bytes, at, false);
            match bytes.get(at) {
                Some(b'"') => {
                    self.at = at + 1;
                    return Ok(Some(start..at));
                }
                Some(b'\\') => return Ok(None),
                Some(0..=0x1f) | None => return Err(Malformed),
                Some(_) => at += 1,
            }
        }
    }

    /// A string with an escape.
    #[cold]
    fn escaped_string(&mut self) -> Result<String, Malformed> {
        self.at += 1;
        let mut out = String::new();
        loop {
            let plain = self.at;
            while !matches!(self.byte(), Some(b'"' | b'\\' | 0..=0x1f) | None) {
                self.at += 1;
            }
            out.push_str(self.since(plain));
            match self.byte() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(out);
                }
                Some(b'\\') => {
                    self.at += 1;
                    let escape = self.escape()?;
                    out.push(escape);
                }
                _ => return Err(Malformed),
            }
        }
    }

    /// What stands after a backslash. Half of a surrogate pair, which no UTF-8 has, becomes U+FFFD.
    fn escape(&mut self) -> Result<char, Malformed> {
        let escaped = match self.byte().ok_or(Malformed)? {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode_escape(),
            _ => return Err(Malformed),
        };
        self.at += 1;
        Ok(escaped)
    }

    fn unicode_escape(&mut self) -> Result<char, Malformed> {
        let first = self.hex_digits(self.at + 1)?;
        self.at += 5;
        if (0xd800..0xdc00).contains(&first) && self.text.as_bytes().get(self.at..self.at + 2) == Some(b"\\u") {
            let second = self.hex_digits(self.at + 2)?;
            if (0xdc00..0xe000).contains(&second) {
                self.at += 6;
                let pair = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                return Ok(char::from_u32(pair).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
        }
        Ok(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn hex_digits(&self, at: usize) -> Result<u32, Malformed> {
        let digits = self.text.get(at..at + 4).ok_or(Malformed)?;
        if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(Malformed);
        }
        u32::from_str_radix(digits, 16).map_err(|_| Malformed)
    }

    /// Reads a number, as peeked.
    #[inline]
    pub fn number(&mut self) -> Result<Number<'b>, Malformed> {
        let start = self.at;
        if self.byte() == Some(b'-') {
            self.at += 1;
        }
        let mut value = 0;
        let mut count = self.digits(&mut value)?;
        let mut decimals = 0;
        let mut integral = true;
        if self.byte() == Some(b'.') {
            integral = false;
            self.at += 1;
            decimals = self.digits(&mut value)?;
            count += decimals;
        }
        let mut digits = (count <= MAX_DIGITS).then_some(value);
        if matches!(self.byte(), Some(b'e' | b'E')) {
            integral = false;
            digits = None;
            self.at += 1;
            if matches!(self.byte(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits(&mut 0)?;
        }
        if self.at - start > MAX_NUMBER {
            return Err(Malformed);
        }
        // Between the values of a container a comma or bracket must follow anyway.
        if self.depth == 0 && !matches!(self.byte(), None | Some(b' ' | b'\n' | b'\r' | b'\t')) {
            return Err(Malformed);
        }
        Ok(Number { text: self.since(start), integral, digits, decimals })
    }

    /// Reads digits, how many there are, and appends them to `value`, which wraps.
    #[inline(always)]
    fn digits(&mut self, value: &mut u64) -> Result<usize, Malformed> {
        let start = self.at;
        while let Some(byte @ b'0'..=b'9') = self.byte() {
            *value = value.wrapping_mul(10).wrapping_add(u64::from(byte - b'0'));
            self.at += 1;
        }
        if self.at == start { Err(Malformed) } else { Ok(self.at - start) }
    }

    /// Reads the bracket that opens an object or array, as peeked.
    #[inline]
    pub fn open(&mut self) -> Result<(), Malformed> {
        self.at += 1;
        self.depth += 1;
        if self.depth > MAX_DEPTH { Err(Malformed) } else { Ok(()) }
    }

    /// Before each item of an array: whether there is one. Reads the comma before it, or the closing bracket.
    pub fn next_item(&mut self, first: bool) -> Result<bool, Malformed> {
        self.next_part(first, b']')
    }

    /// Before each member of an object: its name, if there is one. Reads up to the value.
    #[inline]
    pub fn next_member(&mut self, first: bool) -> Result<Option<Cow<'b, str>>, Malformed> {
        if !self.next_name(first)? {
            return Ok(None);
        }
        let name = self.string()?;
        self.colon()?;
        Ok(Some(name))
    }

    /// Before each member of an object: whether there is one. Reads up to its name, a string.
    #[inline]
    pub fn next_name(&mut self, first: bool) -> Result<bool, Malformed> {
        if !self.next_part(first, b'}')? {
            return Ok(false);
        }
        if self.byte() == Some(b'"') { Ok(true) } else { Err(Malformed) }
    }

    /// Reads what stands between a name and its value.
    #[inline]
    pub fn colon(&mut self) -> Result<(), Malformed> {
        self.skip_space();
        if self.byte() != Some(b':') {
            return Err(Malformed);
        }
        self.at += 1;
        Ok(())
    }

    #[inline]
    fn next_part(&mut self, first: bool, close: u8) -> Result<bool, Malformed> {
        self.skip_space();
        let byte = self.byte().ok_or(Malformed)?;
        if byte == close {
            self.at += 1;
            self.depth -= 1;
            return Ok(false);
        }
        if !first {
            if byte != b',' {
                return Err(Malformed);
            }
            self.at += 1;
            self.skip_space();
            // A comma before the closing bracket is no value: `peek` and the caller of this refuse it.
        }
        Ok(true)
    }

    /// Reads over a value if it is this object, as it was once checked.
    pub fn skip_known(&mut self, object: &str) -> bool {
        let next = self.text.as_bytes().get(self.at..).and_then(|rest| rest.get(..object.len()));
        // An object ends where its last bracket is, whatever follows.
        let is_it = object.starts_with('{') && next.is_some_and(|next| is_same(next, object.as_bytes()));
        if is_it {
            self.at += object.len();
        }
        is_it
    }

    /// Reads over a value, checking it.
    pub fn skip(&mut self) -> Result<(), Malformed> {
        match self.peek()? {
            Kind::Object => {
                self.open()?;
                let mut first = true;
                while self.next_member(first)?.is_some() {
                    self.skip()?;
                    first = false;
                }
                Ok(())
            }
            Kind::Array => {
                self.open()?;
                let mut first = true;
                while self.next_item(first)? {
                    self.skip()?;
                    first = false;
                }
                Ok(())
            }
            Kind::Text => self.string().map(|_| ()),
            Kind::Number => self.number().map(|_| ()),
            Kind::True => self.word("true"),
            Kind::False => self.word("false"),
            Kind::Null => self.word("null"),
            Kind::End => Err(Malformed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn skips(text: &str) -> bool {
        Reader::new(text).skip().is_ok()
    }

    #[test]
    fn values_of_the_grammar_are_read() {
        for text in ["null", " [1, -2.5e+3, {\"a\": [ ], \"b\":{}}]", "\"\\u00e9\\n\"", "007", "{} trailing"] {
            assert!(skips(text), "{text}");
        }
    }

    #[test]
    fn what_jackson_refuses_is_refused() {
        for text in [
            "nul",
            "nulls",
            "[1,]",
            "{\"a\":}",
            "{a:1}",
            "{'a':1}",
            "{\"a\":1,}",
            ".5",
            "+1",
            "1.",
            "1e",
            "1x",
            "NaN",
            "\"\\x\"",
            "\"\n\"",
            "\"a",
            "[",
            "",
        ] {
            assert!(!skips(text), "{text}");
        }
        assert!(!skips(&"[".repeat(1001)));
        assert!(!skips(&"1".repeat(1001)));
    }

    #[test]
    fn a_known_object_is_passed_over() {
        let mut reader = Reader::new("{\"a\":1},2");
        assert!(!reader.skip_known("") && !reader.skip_known("{\"a\":2}") && !reader.skip_known("{\"a\":1},2 and more"));
        assert!(reader.skip_known("{\"a\":1}"));
        assert_eq!(reader.position(), 7);
    }

    #[test]
    fn strings_are_borrowed_until_they_hold_an_escape() {
        assert!(matches!(Reader::new("\"plain\"").string(), Ok(Cow::Borrowed("plain"))));
        assert_eq!(Reader::new("\"a\\ud83d\\ude00\\tb\"").string(), Ok(Cow::Owned("a\u{1f600}\tb".to_owned())));
        assert_eq!(Reader::new("\"\\ud83d!\"").string(), Ok(Cow::Owned("\u{fffd}!".to_owned())));
    }
}
