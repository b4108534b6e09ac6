//! Values as `toString` writes them in Java.

use crate::codec::skip::{MAX_DEPTH, too_deep};
use crate::codec::values::{self, Reader};
use crate::data::encoded::{Encoded, View};
use crate::data::java_calendar::civil;
use crate::data::java_float::{push_double, push_float};
use crate::data::logical::MILLIS_PER_DAY;
use crate::data::schema::{Schema, Type};
use crate::data::value::Value;
use crate::error::Error;

/// Appends `String.valueOf(value)` in UTF-8: `null`, `1.0E10`, `Struct{a=1,b=x}`, `{k=v, l=w}`, `[1, 2]`. Spans are read in
/// passing, no tree is built. `byte[]`, which Java writes as its address, comes as a `ByteBuffer`; dates are in UTC.
/// `DataException` for malformed bytes.
pub fn push_java_text(text: &mut Vec<u8>, value: &Value<'_>) -> Result<(), Error> {
    match value {
        Value::Encoded(encoded) => {
            let start = text.len();
            push_encoded(text, encoded)?;
            // The texts of a span are copied unchecked: one look at all of it costs a sink a tenth less than one at each.
            let written = text.get(start..).unwrap_or_default();
            if simdutf8::basic::from_utf8(written).is_ok() { Ok(()) } else { Err(no_text()) }
        }
        decoded => push_value(text, decoded),
    }
}

/// `String.valueOf(value)`; see [`push_java_text`].
pub fn java_text(value: &Value<'_>) -> Result<String, Error> {
    let mut text = Vec::new();
    push_java_text(&mut text, value)?;
    String::from_utf8(text).map_err(|_| no_text())
}

#[cold]
fn no_text() -> Error {
    Error::data("malformed batch: a text is no UTF-8")
}

fn push_value(text: &mut Vec<u8>, value: &Value<'_>) -> Result<(), Error> {
    match value {
        Value::Null => text.extend_from_slice(b"null"),
        Value::Int8(number) => push_integer(text, (*number).into()),
        Value::Int16(number) => push_integer(text, (*number).into()),
        Value::Int32(number) => push_integer(text, (*number).into()),
        Value::Int64(number) => push_integer(text, *number),
        Value::Float32(number) => push_float(text, *number),
        Value::Float64(number) => push_double(text, *number),
        Value::Boolean(held) => text.extend_from_slice(if *held { b"true" } else { b"false" }),
        Value::String(held) => text.extend_from_slice(held.as_bytes()),
        Value::Bytes(held) => {
            let length = held.len();
            text.extend_from_slice(format!("java.nio.HeapByteBuffer[pos=0 lim={length} cap={length}]").as_bytes());
        }
        Value::Decimal(number) => text.extend_from_slice(number.to_string().as_bytes()),
        Value::BigInteger(number) => text.extend_from_slice(number.to_string().as_bytes()),
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
fn push_encoded(text: &mut Vec<u8>, encoded: &Encoded<'_>) -> Result<(), Error> {
    if let Some((span, schema, table)) = encoded.span() {
        let mut reader = Reader::new(span);
        if reader.major() != Some(6) {
            return push_item(text, &mut reader, schema, table, 0);
        }
    }
    match encoded.view()? {
        View::Array(items) => push_list(text, items),
        View::Map(entries) => push_map(text, entries),
        View::Struct(schema, items) => {
            let fields = schema.fields().iter().zip(items);
            push_struct(text, fields.map(|(field, item)| Ok((field.name.as_str(), item?))))
        }
        View::Scalar(value) => push_value(text, &value),
    }
}

/// The next item of a span, so many levels below its top.
fn push_item<'b>(
    text: &mut Vec<u8>,
    reader: &mut Reader<'b>,
    schema: Option<&Schema>,
    table: &'b [Schema],
    depth: usize,
) -> Result<(), Error> {
    if depth > MAX_DEPTH {
        return Err(too_deep());
    }
    match reader.major() {
        Some(0 | 1) => push_integer(text, reader.i64()?),
        Some(3) => reader.copy_text(text)?,
        Some(4) => return push_items(text, reader, schema, table, depth + 1),
        Some(5) => return push_entries(text, reader, schema, table, depth + 1),
        _ => return push_value(text, &values::read(reader, schema, table)?),
    }
    Ok(())
}

/// As `push_item`, which for a text, the most frequent, costs no call.
#[inline(always)]
fn push_part<'b>(
    text: &mut Vec<u8>,
    reader: &mut Reader<'b>,
    schema: Option<&Schema>,
    table: &'b [Schema],
    depth: usize,
) -> Result<(), Error> {
    if reader.major() == Some(3) { reader.copy_text(text) } else { push_item(text, reader, schema, table, depth) }
}

fn push_items<'b>(
    text: &mut Vec<u8>,
    reader: &mut Reader<'b>,
    schema: Option<&Schema>,
    table: &'b [Schema],
    depth: usize,
) -> Result<(), Error> {
    let count = reader.array()?;
    if let Some(schema) = schema.filter(|schema| schema.type_() == Type::Struct) {
        return push_fields(text, (reader, count), schema, table, depth);
    }
    let inner = schema.and_then(Schema::value_schema);
    text.push(b'[');
    for index in 0..count {
        if index > 0 {
            text.extend_from_slice(b", ");
        }
        push_item(text, reader, inner, table, depth)?;
    }
    text.push(b']');
    Ok(())
}

fn push_entries<'b>(
    text: &mut Vec<u8>,
    reader: &mut Reader<'b>,
    schema: Option<&Schema>,
    table: &'b [Schema],
    depth: usize,
) -> Result<(), Error> {
    let count = reader.map()?;
    let (keys, values) = (schema.and_then(Schema::key_schema), schema.and_then(Schema::value_schema));
    text.push(b'{');
    for index in 0..count {
        if index > 0 {
            text.extend_from_slice(b", ");
        }
        push_part(text, reader, keys, table, depth)?;
        text.push(b'=');
        push_part(text, reader, values, table, depth)?;
    }
    text.push(b'}');
    Ok(())
}

/// As `push_struct`; the values and how many they are.
fn push_fields<'b>(
    text: &mut Vec<u8>,
    (reader, count): (&mut Reader<'b>, usize),
    schema: &Schema,
    table: &'b [Schema],
    depth: usize,
) -> Result<(), Error> {
    values::check_fields(count, schema)?;
    text.extend_from_slice(b"Struct{");
    let mut first = true;
    for field in schema.fields() {
        if reader.null() {
            continue;
        }
        if !first {
            text.push(b',');
        }
        first = false;
        text.extend_from_slice(field.name.as_bytes());
        text.push(b'=');
        push_item(text, reader, Some(&field.schema), table, depth)?;
    }
    text.push(b'}');
    Ok(())
}

fn push_integer(text: &mut Vec<u8>, number: i64) {
    match i32::try_from(number) {
        // Divisions of 64 bits cost more, and most numbers are small.
        Ok(small) => text.extend_from_slice(itoa::Buffer::new().format(small).as_bytes()),
        Err(_) => text.extend_from_slice(itoa::Buffer::new().format(number).as_bytes()),
    }
}

/// A value owned or borrowed.
trait Shown {
    fn push(&self, text: &mut Vec<u8>) -> Result<(), Error>;
    fn is_absent(&self) -> bool;
}

impl Shown for Value<'_> {
    fn push(&self, text: &mut Vec<u8>) -> Result<(), Error> {
        push_value(text, self)
    }

    fn is_absent(&self) -> bool {
        self.is_null()
    }
}

impl Shown for &Value<'_> {
    fn push(&self, text: &mut Vec<u8>) -> Result<(), Error> {
        push_value(text, self)
    }

    fn is_absent(&self) -> bool {
        self.is_null()
    }
}

fn push_list<V: Shown>(text: &mut Vec<u8>, items: impl Iterator<Item = Result<V, Error>>) -> Result<(), Error> {
    text.push(b'[');
    for (index, item) in items.enumerate() {
        if index > 0 {
            text.extend_from_slice(b", ");
        }
        item?.push(text)?;
    }
    text.push(b']');
    Ok(())
}

fn push_map<V: Shown>(text: &mut Vec<u8>, entries: impl Iterator<Item = Result<(V, V), Error>>) -> Result<(), Error> {
    text.push(b'{');
    for (index, entry) in entries.enumerate() {
        let (key, value) = entry?;
        if index > 0 {
            text.extend_from_slice(b", ");
        }
        key.push(text)?;
        text.push(b'=');
        value.push(text)?;
    }
    text.push(b'}');
    Ok(())
}

/// As `Struct.toString`: fields that are null are left out.
fn push_struct<'f, V: Shown>(text: &mut Vec<u8>, fields: impl Iterator<Item = Result<(&'f str, V), Error>>) -> Result<(), Error> {
    text.extend_from_slice(b"Struct{");
    let mut first = true;
    for field in fields {
        let (name, value) = field?;
        if value.is_absent() {
            continue;
        }
        if !first {
            text.push(b',');
        }
        first = false;
        text.extend_from_slice(name.as_bytes());
        text.push(b'=');
        value.push(text)?;
    }
    text.push(b'}');
    Ok(())
}

/// `Fri Jan 02 00:00:00 UTC 1970`, as `java.util.Date.toString` in UTC. Years before the common era are told without it.
fn push_date(text: &mut Vec<u8>, millis: i64) {
    use std::io::Write;
    let days = millis.div_euclid(MILLIS_PER_DAY);
    let (year, month, day) = civil(days);
    let name = |names: &[&'static str], index: i64| names.get(index as usize).copied().unwrap_or_default();
    let (weekday, month) = (name(&WEEKDAYS, days.rem_euclid(7)), name(&MONTHS, month - 1));
    let seconds = millis.rem_euclid(MILLIS_PER_DAY) / 1000;
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let of_era = if year > 0 { year } else { 1 - year };
    // Writing to a Vec cannot fail.
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
    fn texts_are_checked_to_be_utf8_however_long() {
        for length in [1, 15, 16, 31, 32, 40, 70] {
            let plain = Value::from("x".repeat(length) + "é");
            let record = Record::new("t").with_value(Datum::schemaless(Value::Array(vec![plain])));
            let mut batch = encode_batch(&[record]).unwrap();
            let shown = |batch: &[u8]| with_records(batch, |record| java_text(&record.value.value)).unwrap().remove(0);
            assert_eq!(shown(&batch), Ok(format!("[{}é]", "x".repeat(length))));
            let cut = batch.iter().position(|byte| *byte == 0xa9).unwrap();
            batch[cut] = b'!';
            assert_eq!(shown(&batch), Err(no_text()));
        }
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
