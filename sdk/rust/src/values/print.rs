//! A value as text (`Values.convertToString`).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::data::java_float::{double_to_string, float_to_string};
use crate::data::value::Value;
use crate::error::Error;

use super::temporal;

/// The text; a string inside another value is quoted. `DataException` for malformed bytes.
pub fn convert_to_string(value: &Value<'_>) -> Result<String, Error> {
    let mut text = String::new();
    push(&mut text, value, false)?;
    Ok(text)
}

fn push(text: &mut String, value: &Value<'_>, embedded: bool) -> Result<(), Error> {
    match value {
        Value::Null => text.push_str("null"),
        Value::Int8(number) => text.push_str(&number.to_string()),
        Value::Int16(number) => text.push_str(&number.to_string()),
        Value::Int32(number) => text.push_str(&number.to_string()),
        Value::Int64(number) => text.push_str(&number.to_string()),
        Value::Float32(number) => text.push_str(&float_to_string(*number)),
        Value::Float64(number) => text.push_str(&double_to_string(*number)),
        Value::Boolean(held) => text.push_str(if *held { "true" } else { "false" }),
        Value::String(held) if embedded => push_quoted(text, &held.replace('\\', "\\\\").replace('"', "\\\"")),
        Value::String(held) => text.push_str(held),
        Value::Bytes(bytes) if embedded => push_quoted(text, &STANDARD.encode(bytes)),
        Value::Bytes(bytes) => text.push_str(&STANDARD.encode(bytes)),
        Value::Decimal(number) => text.push_str(&number.to_string()),
        Value::BigInteger(number) => text.push_str(&number.to_string()),
        Value::Date(millis) => temporal::push(text, *millis),
        Value::Array(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                push_comma(text, index);
                push(text, item, true)?;
            }
            text.push(']');
        }
        Value::Map(entries) => {
            text.push('{');
            for (index, (key, value)) in entries.iter().enumerate() {
                push_comma(text, index);
                push(text, key, true)?;
                text.push(':');
                push(text, value, true)?;
            }
            text.push('}');
        }
        Value::Struct(structure) => {
            text.push('{');
            for (index, field) in structure.schema().fields().iter().enumerate() {
                push_comma(text, index);
                push(text, &Value::from(field.name.as_str()), true)?;
                text.push(':');
                push(text, structure.get_at(index), true)?;
            }
            text.push('}');
        }
        Value::Encoded(encoded) => return push(text, &encoded.decode()?, embedded),
    }
    Ok(())
}

fn push_quoted(text: &mut String, content: &str) {
    text.push('"');
    text.push_str(content);
    text.push('"');
}

fn push_comma(text: &mut String, index: usize) {
    if index > 0 {
        text.push(',');
    }
}
