//! Writing CBOR items and values to the end of a buffer.

use num_bigint::{BigInt, Sign};

use crate::codec::schemas;
use crate::codec::skip;
use crate::codec::values::tag;
use crate::data::encoded::{Encoded, View};
use crate::data::schema::{Schema, Type};
use crate::data::struct_::Struct;
use crate::data::validate::is_expected;
use crate::data::value::Value;
use crate::error::Error;

// Heads are written here and not by a crate's encoder, whose results have to be built and dropped for every item: with minicbor a
// record of a source costs half as much again.

/// Writes the head of an item in its shortest form.
#[inline(always)]
fn head(out: &mut Vec<u8>, major: u8, argument: u64) {
    if argument < 24 {
        out.push((major << 5) | argument as u8);
    } else if argument < 256 {
        out.extend_from_slice(&[major << 5 | 24, argument as u8]);
    } else {
        long_head(out, major << 5, argument);
    }
}

fn long_head(out: &mut Vec<u8>, major: u8, argument: u64) {
    if let Ok(argument) = u16::try_from(argument) {
        let [a, b] = argument.to_be_bytes();
        out.extend_from_slice(&[major | 25, a, b]);
    } else if let Ok(argument) = u32::try_from(argument) {
        let [a, b, c, d] = argument.to_be_bytes();
        out.extend_from_slice(&[major | 26, a, b, c, d]);
    } else {
        out.push(major | 27);
        out.extend_from_slice(&argument.to_be_bytes());
    }
}

#[inline]
pub(crate) fn null(out: &mut Vec<u8>) {
    out.push(0xf6);
}

#[inline]
pub(crate) fn boolean(out: &mut Vec<u8>, value: bool) {
    out.push(if value { 0xf5 } else { 0xf4 });
}

#[inline]
pub(crate) fn unsigned(out: &mut Vec<u8>, value: u64) {
    head(out, 0, value);
}

/// A negative number n is written as -1 - n.
#[inline]
pub(crate) fn integer(out: &mut Vec<u8>, value: i64) {
    match u64::try_from(value) {
        Ok(value) => head(out, 0, value),
        Err(_) => head(out, 1, !value.cast_unsigned()),
    }
}

#[inline]
pub(crate) fn text(out: &mut Vec<u8>, value: &str) {
    head(out, 3, value.len() as u64);
    out.extend_from_slice(value.as_bytes());
}

/// Writes the head of a text whose bytes follow.
#[inline]
pub(crate) fn text_head(out: &mut Vec<u8>, length: usize) {
    head(out, 3, length as u64);
}

/// Appends the first `length` bytes of `from`, and nothing if they are not there.
///
/// A copy of some bytes more than needed, whose number is known, is a few instructions in a sandbox, one of any length a call out of
/// it; so `WIDE` are copied where they are there, and what was too many is cut off.
#[inline(always)]
pub(crate) fn beginning<const WIDE: usize>(out: &mut Vec<u8>, from: &[u8], length: usize) {
    match from.first_chunk::<WIDE>() {
        Some(wide) if length <= WIDE => {
            let end = out.len() + length;
            out.extend_from_slice(wide);
            out.truncate(end);
        }
        _ => out.extend_from_slice(from.get(..length).unwrap_or_default()),
    }
}

#[inline]
pub(crate) fn float64(out: &mut Vec<u8>, value: f64) {
    let [a, b, c, d, e, f, g, h] = value.to_be_bytes();
    out.extend_from_slice(&[0xfb, a, b, c, d, e, f, g, h]);
}

pub(crate) fn optional_text(out: &mut Vec<u8>, value: Option<&str>) {
    match value {
        Some(value) => text(out, value),
        None => null(out),
    }
}

#[inline]
pub(crate) fn bytes(out: &mut Vec<u8>, value: &[u8]) {
    head(out, 2, value.len() as u64);
    out.extend_from_slice(value);
}

#[inline]
pub(crate) fn array(out: &mut Vec<u8>, items: usize) {
    head(out, 4, items as u64);
}

#[inline]
pub(crate) fn map(out: &mut Vec<u8>, entries: usize) {
    head(out, 5, entries as u64);
}

fn tag_head(out: &mut Vec<u8>, tag: u64) {
    head(out, 6, tag);
}

/// Writes an array or map so that its end is found without looking into it.
#[inline]
pub(crate) fn embedded(out: &mut Vec<u8>, value: &[u8]) {
    embedded_head(out, value.len());
    out.extend_from_slice(value);
}

/// What stands before an array or map of so many bytes that is embedded.
#[inline]
pub(crate) fn embedded_head(out: &mut Vec<u8>, length: usize) {
    tag_head(out, tag::EMBEDDED);
    head(out, 2, length as u64);
}

/// How many bytes the head of an array or map takes.
pub(crate) fn head_length(items: usize) -> usize {
    match items {
        0..24 => 1,
        24..0x100 => 2,
        0x100..0x1_0000 => 3,
        _ => 5,
    }
}

fn tagged(out: &mut Vec<u8>, tag: u64, value: i64) {
    tag_head(out, tag);
    integer(out, value);
}

/// Where the indexes of `typed` values come from.
pub(crate) trait Table {
    /// The schema's index, added to the table if it is not there.
    fn index(&mut self, schema: &Schema) -> Result<u32, Error>;
    /// Whether an index into that table means the same schema in this one, so that spans may be copied; they will be.
    fn admits(&mut self, table: &[Schema]) -> bool;
}

/// For values outside a batch: no value may carry its own schema.
pub(crate) struct NoTable;

impl Table for NoTable {
    fn index(&mut self, schema: &Schema) -> Result<u32, Error> {
        Err(Error::data(format!("a value of {schema} cannot stand here: there is no schema table")))
    }

    fn admits(&mut self, table: &[Schema]) -> bool {
        table.is_empty()
    }
}

/// Writes a value in a place of that schema. `DataException` for an array or map where the schema has no such thing, and for
/// malformed spans.
pub(crate) fn value(out: &mut Vec<u8>, value: &Value<'_>, schema: Option<&Schema>, table: &mut dyn Table) -> Result<(), Error> {
    if schema.is_none() && common(out, value) {
        return Ok(());
    }
    match value {
        Value::Null => null(out),
        Value::Encoded(span) => return encoded(out, span, schema, table),
        Value::Struct(structure) => return of_struct(out, structure, schema, table),
        Value::Array(items) => {
            let inner = part_schema(schema, Type::Array, value)?.and_then(Schema::value_schema);
            array(out, items.len());
            for item in items {
                self::value(out, item, inner, table)?;
            }
        }
        Value::Map(entries) => {
            let schema = part_schema(schema, Type::Map, value)?;
            let (keys, values) = (schema.and_then(Schema::key_schema), schema.and_then(Schema::value_schema));
            map(out, entries.len());
            for (key, held) in entries {
                // Without a schema nearly all take the short way, which costs no call.
                if keys.is_some() || !common(out, key) {
                    self::value(out, key, keys, table)?;
                }
                if values.is_some() || !common(out, held) {
                    self::value(out, held, values, table)?;
                }
            }
        }
        scalar => match schema {
            None => schemaless(out, scalar),
            Some(schema) if is_expected(schema, scalar) => under_schema(out, scalar),
            // A transformation may leave a value that is none of its schema; as in Kafka, the converter tells.
            Some(_) => mistyped(out, scalar, table)?,
        },
    }
    Ok(())
}

/// Writes what a record without schema mostly has: names, texts, numbers. False: it is something else.
#[inline(always)]
fn common(out: &mut Vec<u8>, value: &Value<'_>) -> bool {
    match value {
        Value::String(held) => text(out, held),
        Value::Int64(number) => integer(out, *number),
        Value::Float64(number) => float64(out, *number),
        Value::Boolean(held) => boolean(out, *held),
        _ => return false,
    }
    true
}

fn part_schema<'s>(schema: Option<&'s Schema>, type_: Type, value: &Value<'_>) -> Result<Option<&'s Schema>, Error> {
    match schema {
        Some(schema) if schema.type_() != type_ => Err(Error::data(format!(
            "Invalid Java object for schema with type {}: class {} for value",
            schema.type_(),
            value.java_class()
        ))),
        schema => Ok(schema),
    }
}

fn schemaless(out: &mut Vec<u8>, scalar: &Value<'_>) {
    match scalar {
        Value::Int8(number) => tagged(out, tag::INT8, i64::from(*number)),
        Value::Int16(number) => tagged(out, tag::INT16, i64::from(*number)),
        Value::Int32(number) => tagged(out, tag::INT32, i64::from(*number)),
        other => under_schema(out, other),
    }
}

/// A scalar whose schema tells its width.
pub(crate) fn under_schema(out: &mut Vec<u8>, scalar: &Value<'_>) {
    match scalar {
        Value::Int8(number) => integer(out, i64::from(*number)),
        Value::Int16(number) => integer(out, i64::from(*number)),
        Value::Int32(number) => integer(out, i64::from(*number)),
        Value::Int64(number) => integer(out, *number),
        Value::Float32(number) => {
            out.push(0xfa);
            out.extend_from_slice(&number.to_be_bytes());
        }
        Value::Float64(number) => float64(out, *number),
        Value::Boolean(held) => boolean(out, *held),
        Value::String(held) => text(out, held),
        Value::Bytes(held) => bytes(out, held),
        Value::Date(millis) => tagged(out, tag::DATE, *millis),
        Value::BigInteger(number) => big_integer(out, number),
        Value::Decimal(number) => {
            tag_head(out, tag::DECIMAL);
            array(out, 2);
            integer(out, -i64::from(number.scale()));
            match i64::try_from(number.unscaled()) {
                Ok(unscaled) => integer(out, unscaled),
                Err(_) => big_integer(out, number.unscaled()),
            }
        }
        Value::Null | Value::Array(_) | Value::Map(_) | Value::Struct(_) | Value::Encoded(_) => null(out),
    }
}

fn big_integer(out: &mut Vec<u8>, number: &BigInt) {
    // RFC 8949 §3.4.3: the bytes of a negative number are those of -1 - n.
    let (tag, magnitude) = match number.sign() {
        Sign::Minus => (tag::NEGATIVE, -(number + 1_i32)),
        _ => (tag::POSITIVE, number.clone()),
    };
    tag_head(out, tag);
    let magnitude = magnitude.magnitude().to_bytes_be();
    bytes(out, if magnitude == [0] { &[] } else { &magnitude });
}

/// A scalar in the place of another type carries its own schema; those that have a tag need none.
fn mistyped(out: &mut Vec<u8>, scalar: &Value<'_>, table: &mut dyn Table) -> Result<(), Error> {
    let own = match scalar {
        Value::Int64(_) => Type::Int64,
        Value::Float32(_) => Type::Float32,
        _ => {
            schemaless(out, scalar);
            return Ok(());
        }
    };
    typed(out, &Schema::primitive(own), table)?;
    under_schema(out, scalar);
    Ok(())
}

fn typed(out: &mut Vec<u8>, schema: &Schema, table: &mut dyn Table) -> Result<(), Error> {
    let index = table.index(schema)?;
    tag_head(out, tag::TYPED);
    array(out, 2);
    unsigned(out, index.into());
    Ok(())
}

fn of_struct(out: &mut Vec<u8>, structure: &Struct<'_>, schema: Option<&Schema>, table: &mut dyn Table) -> Result<(), Error> {
    if schema != Some(structure.schema()) {
        typed(out, structure.schema(), table)?;
    }
    fields(out, structure, table)
}

/// The fields of a struct, by position.
pub(crate) fn fields(out: &mut Vec<u8>, structure: &Struct<'_>, table: &mut dyn Table) -> Result<(), Error> {
    array(out, structure.values().len());
    for (field, held) in structure.iter() {
        value(out, held, Some(&field.schema), table)?;
    }
    Ok(())
}

/// The span, if it may be copied to a place of that schema.
pub(crate) fn admitted<'b>(encoded: &Encoded<'b>, schema: Option<&Schema>, table: &mut dyn Table) -> Option<&'b [u8]> {
    let (span, own, own_table) = encoded.span()?;
    let same_place = match (own, schema) {
        (None, None) => true,
        (Some(own), Some(place)) => own == place,
        _ => false,
    };
    (same_place && table.admits(own_table)).then_some(span)
}

fn encoded(out: &mut Vec<u8>, encoded: &Encoded<'_>, schema: Option<&Schema>, table: &mut dyn Table) -> Result<(), Error> {
    if let (Some(fields), None) = (encoded.fields(), schema) {
        fields.write(out);
        return Ok(());
    }
    if let Some(span) = admitted(encoded, schema, table) {
        // It may come from an embedded value, into which nobody has looked; here it has to be one whole item.
        if skip::item_length(span)? != span.len() {
            return Err(Error::data("malformed batch: bytes follow the end of an embedded value"));
        }
        out.extend_from_slice(span);
        return Ok(());
    }
    match encoded.view()? {
        View::Struct(own, items) => {
            if schema != Some(&own) {
                typed(out, &own, table)?;
            }
            array(out, items.len());
            for (field, item) in own.fields().iter().zip(items) {
                value(out, &item?, Some(&field.schema), table)?;
            }
            Ok(())
        }
        View::Array(_) | View::Map(_) | View::Scalar(_) => value(out, &encoded.decode()?, schema, table),
    }
}

/// A schema table under construction: the table of the batch read comes first, so that spans copied from it stay right.
#[derive(Default)]
pub(crate) struct OutTable {
    base: std::sync::Arc<Vec<Schema>>,
    /// Every schema with an index, by identity.
    known: Vec<(Schema, u32)>,
    added: Vec<Schema>,
    used: bool,
}

/// How many schemas are looked up by identity; more of them means that a plugin builds schemas anew for every record.
const MAX_KNOWN: usize = 64;

impl OutTable {
    pub(crate) fn on(base: std::sync::Arc<Vec<Schema>>) -> Self {
        let known = (0..).zip(base.iter()).map(|(index, schema)| (schema.clone(), index)).collect();
        Self { base, known, added: Vec::new(), used: false }
    }

    /// Writes the table: the base as it was read, if anything may refer to it, and what was added.
    pub(crate) fn write(&self, base_section: &[u8], out: &mut Vec<u8>) {
        if !self.used {
            return array(out, 0);
        }
        array(out, self.base.len() + self.added.len());
        let head_length = skip::head(base_section, 0).map_or(0, |(_, _, end)| end);
        out.extend_from_slice(base_section.get(head_length..).unwrap_or_default());
        for schema in &self.added {
            out.extend_from_slice(schemas::encoded(schema));
        }
    }

    /// Forgets what was added, not the base.
    pub(crate) fn clear(&mut self) {
        self.known.clear();
        let base = (0..).zip(self.base.iter()).map(|(index, schema)| (schema.clone(), index));
        self.known.extend(base);
        self.added.clear();
        self.used = false;
    }

    fn find_or_add(&mut self, schema: &Schema) -> Result<u32, Error> {
        let bytes = schemas::encoded(schema);
        let base = self.base.iter().chain(&self.added);
        let equal = (0..).zip(base).find(|(_, other)| schemas::encoded(other) == bytes);
        let index = match equal {
            Some((index, _)) => index,
            None => {
                self.added.push(schema.clone());
                let index = self.base.len() + self.added.len() - 1;
                u32::try_from(index).map_err(|_| Error::data("a batch has more schemas than can be counted"))?
            }
        };
        if self.known.len() >= MAX_KNOWN {
            self.known.truncate(self.base.len().min(MAX_KNOWN / 2));
        }
        self.known.push((schema.clone(), index));
        Ok(index)
    }
}

impl Table for OutTable {
    fn index(&mut self, schema: &Schema) -> Result<u32, Error> {
        self.used = true;
        if let Some((_, index)) = self.known.iter().find(|(known, _)| known.is_same(schema)) {
            return Ok(*index);
        }
        self.find_or_add(schema)
    }

    fn admits(&mut self, table: &[Schema]) -> bool {
        if table.is_empty() {
            return true;
        }
        let is_base = std::ptr::eq(table.as_ptr(), self.base.as_ptr()) && table.len() == self.base.len();
        // The span may hold indexes of the base, so the base has to be written.
        self.used |= is_base;
        is_base
    }
}
