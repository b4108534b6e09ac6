//! Values as `toString` writes them in Java.

use crate::codec::values::{self, Reader};
use crate::data::encoded::{Encoded, View};
use crate::data::java_calendar::civil;
use crate::data::java_float::{push_double, push_float};
use crate::data::logical::MILLIS_PER_DAY;
use crate::data::schema::{Schema, Type};
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
        Value::Encoded(encoded) => return push_encoded(text, encoded),
    }
    Ok(())
}

/// A sink writes every record this way, so containers are read straight from their bytes. Only a value with a schema of its own,
/// which is rare, takes the way through a [`View`].
fn push_encoded(text: &mut String, encoded: &Encoded<'_>) -> Result<(), Error> {
    let mut reader = Reader::new(encoded.span());
    if reader.major() != Some(6) {
        return push_item(text, &mut reader, encoded.schema(), encoded.table());
    }
    match encoded.view()? {
        View::Array(items) => push_list(text, items),
        View::Map(entries) => push_map(text, entries),
        View::Struct(schema, items) => {
            let fields = schema.fields().iter().zip(items);
            push_struct(text, fields.map(|(field, item)| Ok((field.name.as_str(), item?))))
        }
        View::Scalar(value) => push_java_text(text, &value),
    }
}

/// The next item of a span.
fn push_item<'b>(text: &mut String, reader: &mut Reader<'b>, schema: Option<&Schema>, table: &'b [Schema]) -> Result<(), Error> {
    match reader.major() {
        Some(0 | 1) => push_integer(text, reader.i64()?),
        Some(3) => text.push_str(reader.text()?),
        Some(4) => return push_items(text, reader, schema, table),
        Some(5) => return push_entries(text, reader, schema, table),
        _ => return push_java_text(text, &values::read(reader, schema, table)?),
    }
    Ok(())
}

fn push_items<'b>(text: &mut String, reader: &mut Reader<'b>, schema: Option<&Schema>, table: &'b [Schema]) -> Result<(), Error> {
    let count = reader.array()?;
    if let Some(schema) = schema.filter(|schema| schema.type_() == Type::Struct) {
        return push_fields(text, reader, count, schema, table);
    }
    let inner = schema.and_then(Schema::value_schema);
    text.push('[');
    for index in 0..count {
        if index > 0 {
            text.push_str(", ");
        }
        push_item(text, reader, inner, table)?;
    }
    text.push(']');
    Ok(())
}

fn push_entries<'b>(
    text: &mut String,
    reader: &mut Reader<'b>,
    schema: Option<&Schema>,
    table: &'b [Schema],
) -> Result<(), Error> {
    let count = reader.map()?;
    let (keys, values) = (schema.and_then(Schema::key_schema), schema.and_then(Schema::value_schema));
    text.push('{');
    for index in 0..count {
        if index > 0 {
            text.push_str(", ");
        }
        push_item(text, reader, keys, table)?;
        text.push('=');
        push_item(text, reader, values, table)?;
    }
    text.push('}');
    Ok(())
}

/// As `push_struct`.
fn push_fields<'b>(
    text: &mut String,
    reader: &mut Reader<'b>,
    count: usize,
    schema: &Schema,
    table: &'b [Schema],
) -> Result<(), Error> {
    values::check_fields(count, schema)?;
    text.push_str("Struct{");
    let mut first = true;
    for field in schema.fields() {
        if reader.null() {
            continue;
        }
        if !first {
            text.push(',');
        }
        first = false;
        text.push_str(&field.name);
        text.push('=');
        push_item(text, reader, Some(&field.schema), table)?;
    }
    text.push('}');
    Ok(())
}

/// `String.valueOf(value)`; see [`push_java_text`].
pub fn java_text(value: &Value<'_>) -> Result<String, Error> {
    let mut text = String::new();
    push_java_text(&mut text, value)?;
    Ok(text)
}

fn push_integer(text: &mut String, number: i64) {
    text.push_str(itoa::Buffer::new().format(number));
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

/// `Fri Jan 02 00:00:00 UTC 1970`, as `java.util.Date.toString` in UTC. Years before the common era are told without it.
fn push_date(text: &mut String, millis: i64) {
    use std::fmt::Write;
    let days = millis.div_euclid(MILLIS_PER_DAY);
    let (year, month, day) = civil(days);
    let name = |names: &[&'static str], index: i64| names.get(index as usize).copied().unwrap_or_default();
    let (weekday, month) = (name(&WEEKDAYS, days.rem_euclid(7)), name(&MONTHS, month - 1));
    let seconds = millis.rem_euclid(MILLIS_PER_DAY) / 1000;
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let of_era = if year > 0 { year } else { 1 - year };
    // Writing to a String cannot fail.
    let _ = write!(text, "{weekday} {month} {day:02} {hour:02}:{minute:02}:{second:02} UTC {of_era}");
}

/// From the first day of 1970 on.
const WEEKDAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use crate::batches::{encode_batch, with_records};
    use crate::data::record::{Datum, Record};
    use crate::data::schema_builder::SchemaBuilder;
    use crate::data::struct_::Struct;

    #[test]
    fn encoded_structs_are_written_under_their_schema() {
        let inner = SchemaBuilder::structure().field("x", Schema::int64()).build().unwrap();
        let numbers = SchemaBuilder::array(Schema::int32()).build().unwrap();
        let schema = SchemaBuilder::structure().field("in", inner.clone()).field("n", numbers).build().unwrap();
        let x = Struct::from_values(inner, vec![Value::Int64(-7)]).unwrap();
        let numbers = Value::Array(vec![Value::Int32(1), Value::Int32(2)]);
        let value = Struct::from_values(schema.clone(), vec![Value::Struct(x), numbers]).unwrap();
        let record = Record::new("t").with_value(Datum::new(schema, value));
        let read = with_records(&encode_batch(&[record]).unwrap(), |record| java_text(&record.value.value));
        assert_eq!(read, Ok(vec![Ok("Struct{in=Struct{x=-7},n=[1, 2]}".to_owned())]));
    }

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
            (Value::Date(-62_135_596_800_000), "Mon Jan 03 00:00:00 UTC 1"),
            (Value::Date(-62_135_769_600_001), "Fri Dec 31 23:59:59 UTC 1"),
            (Value::Date(253_402_300_800_000), "Sat Jan 01 00:00:00 UTC 10000"),
            (Value::Date(i64::MAX), "Sun Aug 17 07:12:55 UTC 292278994"),
            (Value::Date(i64::MIN), "Sun Dec 02 16:47:04 UTC 292269055"),
        ];
        for (value, text) in cases {
            assert_eq!(java_text(&value).as_deref(), Ok(text));
            // The same from the bytes, where nothing has been decoded; in an array, since scalars always are.
            let items = Value::Array(vec![value.clone(), value]);
            let record = Record::new("t").with_value(Datum::schemaless(items));
            let read = with_records(&encode_batch(&[record]).unwrap(), |record| java_text(&record.value.value));
            assert_eq!(read, Ok(vec![Ok(format!("[{text}, {text}]"))]));
        }
    }
}
