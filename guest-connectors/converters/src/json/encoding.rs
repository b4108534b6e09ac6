//! Which encoding JSON bytes are in, as Jackson's `ByteSourceJsonBootstrapper` finds out from the first four.

use std::borrow::Cow;

/// What is shorter is UTF-8, or UTF-16 without a mark.
const SHORTEST_MARKED: usize = 4;

/// The text, without its byte order mark; none when the bytes are not of their encoding.
pub fn detect(bytes: &[u8]) -> Option<Cow<'_, str>> {
    if bytes.len() >= SHORTEST_MARKED
        && let Some(marked) = bytes.strip_prefix(b"\xef\xbb\xbf")
    {
        return utf8(marked);
    }
    match bytes {
        [0, 0, 0xfe, 0xff, rest @ ..] => utf32(rest, u32::from_be_bytes),
        [0xff, 0xfe, 0, 0, rest @ ..] => utf32(rest, u32::from_le_bytes),
        [0xfe, 0xff, rest @ ..] if bytes.len() >= SHORTEST_MARKED => utf16(rest, u16::from_be_bytes),
        [0xff, 0xfe, rest @ ..] if bytes.len() >= SHORTEST_MARKED => utf16(rest, u16::from_le_bytes),
        [0, 0, 0, _, ..] => utf32(bytes, u32::from_be_bytes),
        [_, 0, 0, 0, ..] => utf32(bytes, u32::from_le_bytes),
        [0, _, ..] => utf16(bytes, u16::from_be_bytes),
        [_, 0, ..] => utf16(bytes, u16::from_le_bytes),
        _ => utf8(bytes),
    }
}

fn utf8(bytes: &[u8]) -> Option<Cow<'_, str>> {
    simdutf8::basic::from_utf8(bytes).ok().map(Cow::Borrowed)
}

fn utf16(bytes: &[u8], read: fn([u8; 2]) -> u16) -> Option<Cow<'_, str>> {
    let (units, []) = bytes.as_chunks::<2>() else { return None };
    let text: Result<String, _> = char::decode_utf16(units.iter().map(|unit| read(*unit))).collect();
    text.ok().map(Cow::Owned)
}

fn utf32(bytes: &[u8], read: fn([u8; 4]) -> u32) -> Option<Cow<'_, str>> {
    let (units, []) = bytes.as_chunks::<4>() else { return None };
    let text: Option<String> = units.iter().map(|unit| char::from_u32(read(*unit))).collect();
    text.map(Cow::Owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_encoding_of_one_text_is_found() {
        let encodings: [&[u8]; 7] = [
            b"[1]",
            b"\xef\xbb\xbf[1]",
            b"\0[\x001\0]",
            b"[\x001\0]\0",
            b"\xfe\xff\0[\x001\0]",
            b"\xff\xfe[\x001\0]\0",
            b"\0\0\0[\0\0\x001\0\0\0]",
        ];
        for bytes in encodings {
            assert_eq!(detect(bytes).as_deref(), Some("[1]"), "{bytes:?}");
        }
        assert_eq!(detect(b"\"\xff\""), None);
    }
}
