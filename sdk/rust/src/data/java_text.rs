//! Values as `toString` writes them in Java.

use chrono::DateTime;

use crate::data::encoded::View;
use crate::data::java_float::{push_double, push_float};
use crate::data::value::Value;
use crate::error::Error;

/// Appends `String.valueOf(value)`: `null`, `1.0E10`, `Struct{a=1,b=x}`, `{k=v, l=w}`, `[1, 2]`. Spans are read in passing, no
/// tree is built. `byte[]`, which Java writes as its address, comes as a `ByteBuffer`; dates are in UTC. `DataException` for
/// malformed bytes.
pub fn push_java_text(text: &mut String, value: &Value<'_>) -> Result<(), Error> {
    match value {
        Value::Null => text.push_str("null"),
        Value::Int8(number) => push_integer(text, (*number).into()),
        Value::Int16(number) => push_integer(text, (*number).into()),
        Value::Int32(number) => push_integer(text, (*number).into()),
        Value::Int64(number) => push_integer(text, *number),
        Value::Float32(number) => push_float(text, *number),
        Value::Float64(number) => push_double(text, *number),
        Value::Boolean(held) => text.push_str(if *held { "true" } else { "false" }),
        Value::String(held) => text.push_str(held),
        Value::Bytes(held) => {
            let length = held.len();
            text.push_str(&format!("java.nio.HeapByteBuffer[pos=0 lim={length} cap={length}]"));
        }
        Value::Decimal(number) => text.push_str(&number.to_string()),
        Value::BigInteger(number) => text.push_str(&number.to_string()),
        Value::Date(millis) => push_date(text, *millis),
        Value::Array(items) => return push_list(text, items.iter().map(Ok)),
        Value::Map(entries) => {
            return push_map(text, entries.iter().map(|(key, value)| Ok((key, value))));
        }
        Value::Struct(structure) => {
            return push_struct(text, structure.iter().map(|(field, value)| Ok((field.name.as_str(), value))));
        }
        Value::Encoded(encoded) => match encoded.view()? {
            View::Array(items) => return push_list(text, items),
            View::Map(entries) => return push_map(text, entries),
            View::Struct(schema, items) => {
                let fields = schema.fields().iter().zip(items);
                return push_struct(text, fields.map(|(field, item)| Ok((field.name.as_str(), item?))));
            }
            View::Scalar(value) => return push_java_text(text, &value),
        },
    }
    Ok(())
}

/// `String.valueOf(value)`; see [`push_java_text`].
pub fn java_text(value: &Value<'_>) -> Result<String, Error> {
    let mut text = String::new();
    push_java_text(&mut text, value)?;
    Ok(text)
}

fn push_integer(text: &mut String, number: i64) {
    use std::fmt::Write;
    // Writing to a String cannot fail.
    let _ = write!(text, "{number}");
}

/// A value owned or borrowed.
trait Shown {
    fn push(&self, text: &mut String) -> Result<(), Error>;
    fn is_absent(&self) -> bool;
}

impl Shown for Value<'_> {
    fn push(&self, text: &mut String) -> Result<(), Error> {
        push_java_text(text, self)
    }

    fn is_absent(&self) -> bool {
        self.is_null()
    }
}

impl Shown for &Value<'_> {
    fn push(&self, text: &mut String) -> Result<(), Error> {
        push_java_text(text, self)
    }

    fn is_absent(&self) -> bool {
        self.is_null()
    }
}

fn push_list<V: Shown>(text: &mut String, items: impl Iterator<Item = Result<V, Error>>) -> Result<(), Error> {
    text.push('[');
    for (index, item) in items.enumerate() {
        if index > 0 {
            text.push_str(", ");
        }
        item?.push(text)?;
    }
    text.push(']');
    Ok(())
}

fn push_map<V: Shown>(text: &mut String, entries: impl Iterator<Item = Result<(V, V), Error>>) -> Result<(), Error> {
    text.push('{');
    for (index, entry) in entries.enumerate() {
        let (key, value) = entry?;
        if index > 0 {
            text.push_str(", ");
        }
        key.push(text)?;
        text.push('=');
        value.push(text)?;
    }
    text.push('}');
    Ok(())
}

/// As `Struct.toString`: fields that are null are left out.
fn push_struct<'f, V: Shown>(text: &mut String, fields: impl Iterator<Item = Result<(&'f str, V), Error>>) -> Result<(), Error> {
    text.push_str("Struct{");
    let mut first = true;
    for field in fields {
        let (name, value) = field?;
        if value.is_absent() {
            continue;
        }
        if !first {
            text.push(',');
        }
        first = false;
        text.push_str(name);
        text.push('=');
        value.push(text)?;
    }
    text.push('}');
    Ok(())
}

/// `Fri Jan 02 00:00:00 UTC 1970`, as `java.util.Date.toString` in UTC; beyond the calendar of the date library, the milliseconds.
fn push_date(text: &mut String, millis: i64) {
    use std::fmt::Write;
    // Writing to a String cannot fail.
    let _ = match DateTime::from_timestamp_millis(millis) {
        Some(date) if millis < GREGORIAN_START => {
            let (year, month, day) = julian(millis.div_euclid(MILLIS_PER_DAY));
            write!(text, "{} {month} {day:02} {} {year}", date.format("%a"), date.format("%H:%M:%S UTC"))
        }
        Some(date) => write!(text, "{}", date.format("%a %b %d %H:%M:%S UTC %Y")),
        None => write!(text, "{millis}"),
    };
}

const MILLIS_PER_DAY: i64 = 86_400_000;
/// 1582-10-15: Java's dates before it are Julian.
const GREGORIAN_START: i64 = -12_219_292_800_000;
/// From March on, so that the leap day comes last.
const MONTHS: [&str; 12] = ["Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec", "Jan", "Feb"];

/// Year, month and day in the Julian calendar of a day since the epoch.
fn julian(days: i64) -> (i64, &'static str, i64) {
    let shifted = days + 719_470;
    let year = (4 * shifted + 3).div_euclid(1461);
    let of_year = shifted - (1461 * year).div_euclid(4);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let name = MONTHS.get(month as usize).copied().unwrap_or_default();
    (year + i64::from(month >= 10), name, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::schema::Schema;
    use crate::data::schema_builder::SchemaBuilder;
    use crate::data::struct_::Struct;

    #[test]
    fn values_are_written_as_java_does() {
        let schema = SchemaBuilder::structure()
            .field("a", Schema::int32())
            .field("b", Schema::optional_string())
            .field("c", Schema::string())
            .build()
            .unwrap();
        let values = vec![Value::Int32(1), Value::Null, Value::from("x")];
        let structure = Struct::from_values(schema, values).unwrap();
        let map = Value::Map(vec![(Value::from("k"), Value::Null), (Value::Int32(2), Value::Float64(1e10))]);
        let cases = [
            (Value::Struct(structure), "Struct{a=1,c=x}"),
            (map, "{k=null, 2=1.0E10}"),
            (Value::Array(vec![Value::Boolean(true), Value::Int8(-1)]), "[true, -1]"),
            (Value::Null, "null"),
            (Value::Date(86_400_000), "Fri Jan 02 00:00:00 UTC 1970"),
            (Value::Date(951_782_400_000), "Tue Feb 29 00:00:00 UTC 2000"),
            (Value::Date(-1), "Wed Dec 31 23:59:59 UTC 1969"),
        ];
        for (value, text) in cases {
            assert_eq!(java_text(&value).as_deref(), Ok(text));
        }
    }
}
