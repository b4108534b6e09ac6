//! How a payload says which schema it was written under: a zero byte, the schema's id in four bytes, big-endian, the payload.

use caisson_sdk::Error;

const MAGIC: u8 = 0;
/// Bytes before the payload.
pub const HEAD: usize = 5;

/// Appends the head of a payload under the schema of that id.
pub fn write_head(out: &mut Vec<u8>, id: i32) {
    out.push(MAGIC);
    out.extend_from_slice(&id.to_be_bytes());
}

/// The id of the schema, and the payload. `SerializationException` for bytes of another format.
pub fn split(bytes: &[u8]) -> Result<(i32, &[u8]), Error> {
    let unknown = || Error::data("Unknown magic byte!").with_class("org.apache.kafka.common.errors.SerializationException");
    match bytes {
        [MAGIC, a, b, c, d, payload @ ..] => Ok((i32::from_be_bytes([*a, *b, *c, *d]), payload)),
        _ => Err(unknown()),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read_as_it_was_written() {
        let mut out = Vec::new();
        write_head(&mut out, 258);
        out.extend_from_slice(b"rest");
        assert_eq!(out.len(), HEAD + 4);
        assert_eq!(split(&out).unwrap(), (258, b"rest".as_slice()));
        for bad in [b"".as_slice(), b"\0\0\0\0", b"\x01\0\0\0\x01x", b"{\"a\":1}"] {
            assert_eq!(split(bad).unwrap_err().message(), "Unknown magic byte!");
        }
    }
}
