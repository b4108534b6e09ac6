//! JSON text as Jackson 2 writes it to bytes.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use caisson_sdk::data::java_float::{push_double, push_float};
use caisson_sdk::data::logical::{self, from_logical};
use caisson_sdk::{Error, Field, Schema, Type, Value};

use super::scan::skip_plain;

/// Appends a scalar of that type; none: of any. False: it is none, and nothing was appended.
pub fn push_scalar(out: &mut Vec<u8>, type_: Option<Type>, value: &Value<'_>) -> bool {
    let is = |own: Type| type_.is_none_or(|type_| type_ == own);
    match value {
        Value::Int8(number) if is(Type::Int8) => push_integer(out, i64::from(*number)),
        Value::Int16(number) if is(Type::Int16) => push_integer(out, i64::from(*number)),
        Value::Int32(number) if is(Type::Int32) => push_integer(out, i64::from(*number)),
        Value::Int64(number) if is(Type::Int64) => push_integer(out, *number),
        Value::Float32(number) if is(Type::Float32) => push_float32(out, *number),
        Value::Float64(number) if is(Type::Float64) => push_float64(out, *number),
        Value::Boolean(held) if is(Type::Boolean) => push_boolean(out, *held),
        Value::String(text) if is(Type::String) => push_string(out, text),
        Value::Bytes(bytes) if is(Type::Bytes) => push_base64(out, bytes),
        _ => return false,
    }
    true
}

/// Appends a Decimal, Date, Time or Timestamp, by the name of its schema (`LogicalTypeConverter.toJson`). `numeric`: decimals are
/// numbers, not the bytes of their digits. `DataException` for a value of another type.
pub fn push_logical(out: &mut Vec<u8>, schema: &Schema, name: &str, value: &Value<'_>, numeric: bool) -> Result<(), Error> {
    let pushed = match (name, value) {
        (logical::DECIMAL, Value::Decimal(number)) if numeric => {
            out.extend_from_slice(number.to_string().as_bytes());
            true
        }
        (logical::DECIMAL, Value::Decimal(_)) | (logical::DATE | logical::TIME | logical::TIMESTAMP, Value::Date(_)) => {
            push_scalar(out, None, &from_logical(schema, value.clone())?)
        }
        _ => false,
    };
    if pushed {
        return Ok(());
    }
    let kind = name.rsplit('.').next().unwrap_or_default();
    let expected = if name == logical::DECIMAL { "BigDecimal" } else { "Date" };
    let class = value.java_class();
    Err(Error::data(format!("Invalid type for {kind}, expected {expected} but was class {class}")))
}

/// Appends an array, whose items `push` appends.
pub fn push_array<V>(
    out: &mut Vec<u8>,
    items: impl Iterator<Item = Result<V, Error>>,
    mut push: impl FnMut(&mut Vec<u8>, V) -> Result<(), Error>,
) -> Result<(), Error> {
    out.push(b'[');
    for (index, item) in items.enumerate() {
        if index > 0 {
            out.push(b',');
        }
        push(out, item?)?;
    }
    out.push(b']');
    Ok(())
}

/// Appends an object of a struct's fields, whose values `push` appends.
pub fn push_fields<V>(
    out: &mut Vec<u8>,
    fields: &[Field],
    values: impl Iterator<Item = Result<V, Error>>,
    mut push: impl FnMut(&mut Vec<u8>, &Field, V) -> Result<(), Error>,
) -> Result<(), Error> {
    out.push(b'{');
    for (index, (field, value)) in fields.iter().zip(values).enumerate() {
        if index > 0 {
            out.push(b',');
        }
        push_string(out, &field.name);
        out.push(b':');
        push(out, field, value?)?;
    }
    out.push(b'}');
    Ok(())
}

/// Appends a quoted string. Only quotes, backslashes, control characters and, as Jackson does in UTF-8, characters beyond the
/// basic plane are escaped.
pub fn push_string(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    let bytes = text.as_bytes();
    let mut plain = 0;
    let mut at = skip_plain(bytes, 0, true);
    while let Some(&byte) = bytes.get(at) {
        let length = match byte {
            b'"' | b'\\' | 0..=0x1f => 1,
            // The first byte of four.
            0xf0.. => 4,
            _ => {
                at = skip_plain(bytes, at + 1, true);
                continue;
            }
        };
        out.extend_from_slice(bytes.get(plain..at).unwrap_or_default());
        push_escape(out, text.get(at..at + length).unwrap_or_default());
        plain = at + length;
        at = skip_plain(bytes, plain, true);
    }
    out.extend_from_slice(bytes.get(plain..).unwrap_or_default());
    out.push(b'"');
}

fn push_escape(out: &mut Vec<u8>, character: &str) {
    let mut units = [0; 2];
    for character in character.chars() {
        match character {
            '"' => out.extend_from_slice(b"\\\""),
            '\\' => out.extend_from_slice(b"\\\\"),
            '\u{8}' => out.extend_from_slice(b"\\b"),
            '\t' => out.extend_from_slice(b"\\t"),
            '\n' => out.extend_from_slice(b"\\n"),
            '\u{c}' => out.extend_from_slice(b"\\f"),
            '\r' => out.extend_from_slice(b"\\r"),
            other => {
                for unit in other.encode_utf16(&mut units) {
                    out.extend_from_slice(format!("\\u{unit:04X}").as_bytes());
                }
            }
        }
    }
}

/// Appends a whole number.
pub fn push_integer(out: &mut Vec<u8>, value: i64) {
    let mut digits = [0; 20];
    let mut at = digits.len();
    let mut rest = value.unsigned_abs();
    loop {
        at -= 1;
        if let Some(slot) = digits.get_mut(at) {
            *slot = b'0' + (rest % 10) as u8;
        }
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if value < 0 {
        out.push(b'-');
    }
    out.extend_from_slice(digits.get(at..).unwrap_or_default());
}

/// Appends a double; what is no number is quoted.
pub fn push_float64(out: &mut Vec<u8>, value: f64) {
    push_quoted_unless(out, value.is_finite(), |out| push_double(out, value));
}

/// Appends a float; what is no number is quoted.
pub fn push_float32(out: &mut Vec<u8>, value: f32) {
    push_quoted_unless(out, value.is_finite(), |out| push_float(out, value));
}

/// What is pushed has nothing to escape.
fn push_quoted_unless(out: &mut Vec<u8>, plain: bool, push: impl FnOnce(&mut Vec<u8>)) {
    if plain {
        return push(out);
    }
    out.push(b'"');
    push(out);
    out.push(b'"');
}

/// Appends bytes as a base64 string.
pub fn push_base64(out: &mut Vec<u8>, bytes: &[u8]) {
    out.push(b'"');
    let start = out.len();
    out.resize(start + bytes.len().div_ceil(3) * 4, b'=');
    if let Some(place) = out.get_mut(start..) {
        // The place is as long as the encoding, so this cannot fail.
        let _ = STANDARD.encode_slice(bytes, place);
    }
    out.push(b'"');
}

/// Appends `true` or `false`.
pub fn push_boolean(out: &mut Vec<u8>, value: bool) {
    out.extend_from_slice(if value { b"true" } else { b"false" });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(push: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        push(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn strings_are_escaped_as_jackson_does() {
        let text = "a\"\\\u{8}\t\n\u{c}\r\u{1}\u{1f}/é\u{7f}\u{2028}\u{1f600}z";
        let json = "\"a\\\"\\\\\\b\\t\\n\\f\\r\\u0001\\u001F/é\u{7f}\u{2028}\\uD83D\\uDE00z\"";
        assert_eq!(written(|out| push_string(out, text)), json);
    }

    #[test]
    fn numbers_and_bytes() {
        for value in [0, 7, -1, i64::MAX, i64::MIN] {
            assert_eq!(written(|out| push_integer(out, value)), value.to_string());
        }
        assert_eq!(written(|out| push_float64(out, 1e10)), "1.0E10");
        assert_eq!(written(|out| push_float64(out, f64::NAN)), "\"NaN\"");
        assert_eq!(written(|out| push_float32(out, f32::NEG_INFINITY)), "\"-Infinity\"");
        assert_eq!(written(|out| push_base64(out, b"hello")), "\"aGVsbG8=\"");
        assert_eq!(written(|out| push_base64(out, b"")), "\"\"");
    }
}
