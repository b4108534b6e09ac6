//! Base64 as Jackson's default variant (`MIME_NO_LINEFEEDS`) reads it.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireCanonical),
);

/// The bytes; none for text that is no base64. White space may stand between groups of four, and any group may be padded.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    if let Ok(bytes) = LENIENT.decode(text) {
        return Some(bytes);
    }
    let mut bytes = Vec::new();
    let mut rest = text.trim_start_matches(|c| c <= ' ');
    while !rest.is_empty() {
        let group = rest.get(..4)?;
        LENIENT.decode_vec(group, &mut bytes).ok()?;
        rest = rest.get(4..)?.trim_start_matches(|c| c <= ' ');
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_jackson_accepts() {
        for (text, bytes) in
            [("", &b""[..]), ("aGk=", b"hi"), ("aGl=", b"hi"), (" aGkh\n aGkh", b"hi!hi!"), ("aGk=aGkh", b"hihi!")]
        {
            assert_eq!(decode(text).as_deref(), Some(bytes), "{text:?}");
        }
        for text in ["###", "aGk", "a", "a Gk="] {
            assert_eq!(decode(text), None, "{text:?}");
        }
    }
}
