//! Java's standard character sets, which every JVM has (`java.nio.charset.StandardCharsets`).

use std::borrow::Cow;

/// A character set of `converter.encoding`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Charset {
    Utf8,
    Latin1,
    Ascii,
    /// Big-endian with a mark when written; when read, the mark says, and without one it is big-endian.
    Utf16,
    Utf16Be,
    Utf16Le,
}

impl Charset {
    /// By its name or one of its aliases, in any case.
    pub fn named(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "utf-8" | "utf8" | "unicode-1-1-utf-8" => Some(Self::Utf8),
            "iso-8859-1" | "iso8859_1" | "iso8859-1" | "latin1" | "l1" | "cp819" | "ibm819" | "819" | "iso_8859-1" => {
                Some(Self::Latin1)
            }
            "us-ascii" | "ascii" | "iso646-us" | "646" | "cp367" | "ascii7" | "us" => Some(Self::Ascii),
            "utf-16" | "utf16" | "utf_16" | "unicode" | "unicodebig" => Some(Self::Utf16),
            "utf-16be" | "utf_16be" | "x-utf-16be" | "unicodebigunmarked" => Some(Self::Utf16Be),
            "utf-16le" | "utf_16le" | "x-utf-16le" | "unicodelittleunmarked" => Some(Self::Utf16Le),
            _ => None,
        }
    }

    /// As `String.getBytes`: what the set does not have becomes a question mark.
    pub fn encode(self, text: Cow<'_, str>) -> Cow<'_, [u8]> {
        match self {
            Self::Utf8 => match text {
                Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
                Cow::Owned(text) => Cow::Owned(text.into_bytes()),
            },
            Self::Latin1 => text.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect(),
            Self::Ascii => text.chars().map(|c| if c.is_ascii() { c as u8 } else { b'?' }).collect(),
            Self::Utf16 if text.is_empty() => Cow::Borrowed(&[]),
            Self::Utf16 => Cow::Owned([&[0xfe, 0xff][..], &units(&text, u16::to_be_bytes)].concat()),
            Self::Utf16Be => Cow::Owned(units(&text, u16::to_be_bytes)),
            Self::Utf16Le => Cow::Owned(units(&text, u16::to_le_bytes)),
        }
    }

    /// As `new String`: malformed bytes become U+FFFD.
    pub fn decode(self, bytes: &[u8]) -> Cow<'_, str> {
        match self {
            // Good text is told faster than bad text is mended.
            Self::Utf8 => std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed),
            Self::Latin1 => Cow::Owned(bytes.iter().map(|byte| char::from(*byte)).collect()),
            Self::Ascii => {
                let decoded = bytes.iter().map(|byte| if byte.is_ascii() { char::from(*byte) } else { '\u{fffd}' });
                Cow::Owned(decoded.collect())
            }
            Self::Utf16 => match bytes {
                [0xfe, 0xff, rest @ ..] => text(rest, u16::from_be_bytes),
                [0xff, 0xfe, rest @ ..] => text(rest, u16::from_le_bytes),
                _ => text(bytes, u16::from_be_bytes),
            },
            Self::Utf16Be => text(bytes, u16::from_be_bytes),
            Self::Utf16Le => text(bytes, u16::from_le_bytes),
        }
    }
}

fn units(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes).collect()
}

fn text(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Cow<'static, str> {
    let (units, rest) = bytes.as_chunks::<2>();
    let decoded = char::decode_utf16(units.iter().map(|bytes| unit(*bytes)));
    let mut text: String = decoded.map(|unit| unit.unwrap_or('\u{fffd}')).collect();
    if !rest.is_empty() {
        text.push('\u{fffd}');
    }
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_survives_the_sets_that_have_it() {
        for name in ["UTF-8", "utf8", "ISO-8859-1", "UTF-16", "UTF-16BE", "utf-16le"] {
            let charset = Charset::named(name).unwrap();
            let bytes = charset.encode("h\u{e9}llo".into());
            assert_eq!(charset.decode(&bytes), "h\u{e9}llo", "{name}");
        }
        assert_eq!(Charset::Ascii.encode("h\u{e9} \u{4e16}".into()).as_ref(), b"h? ?");
        assert_eq!(Charset::Utf16.encode("a".into()).as_ref(), [0xfe, 0xff, 0, b'a']);
        assert_eq!(Charset::named("nope"), None);
    }
}
