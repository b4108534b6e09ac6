//! Connect values as payloads, written as they are read from the batch (`AvroData.fromConnectData`).

use caisson_sdk::data::encoded::View;
use caisson_sdk::data::logical::LogicalType;
use caisson_sdk::{Error, Schema, Value};

use super::plan::{Part, Plan, Step};
use crate::options::Options;
use crate::schema::anything::{MEMBERS, Member};

/// A whole number, in zigzag order, seven bits a byte.
#[inline]
pub fn long(out: &mut Vec<u8>, number: i64) {
    let mut rest = ((number << 1) ^ (number >> 63)) as u64;
    while rest >= 0x80 {
        out.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    out.push(rest as u8);
}

/// Bytes behind their length.
#[inline]
pub fn bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    length(out, bytes.len());
    out.extend_from_slice(bytes);
}

fn length(out: &mut Vec<u8>, length: usize) {
    long(out, i64::try_from(length).unwrap_or(i64::MAX));
}

/// Begins the only block of an array or map; an empty one has none.
pub fn count(out: &mut Vec<u8>, items: usize) {
    if items > 0 {
        length(out, items);
    }
}

/// Ends an array or map.
pub fn end(out: &mut Vec<u8>) {
    out.push(0);
}

/// Appends a value. `DataException` for one that is none of its schema.
pub fn write(out: &mut Vec<u8>, plan: &Plan, value: &Value<'_>, options: Options) -> Result<(), Error> {
    let Some(schema) = &plan.schema else { return anything(out, value) };
    if value.is_null() {
        if !schema.is_optional() {
            return Err(Error::data("Found null value for non-optional schema"));
        }
        return match plan.union {
            Some((Some(null), _)) => {
                length(out, null);
                Ok(())
            }
            _ => Err(Error::data(format!("null is no value of the Avro schema for {schema}"))),
        };
    }
    if let Step::Union(plans) = &plan.step {
        return union(out, plan, plans, value, options);
    }
    if let Some((_, index)) = plan.union {
        length(out, index);
    }
    match plan.logical {
        Some(logical) => {
            let stored = stored(logical, schema, value)?;
            step(out, plan, schema, &stored, options)
        }
        None => step(out, plan, schema, value, options),
    }
}

/// What a logical type stores.
fn stored<'v>(logical: LogicalType, schema: &Schema, value: &Value<'v>) -> Result<Value<'v>, Error> {
    let (word, wanted) = match logical {
        LogicalType::Decimal => ("Decimal", "BigDecimal"),
        LogicalType::Date => ("Date", "Date"),
        LogicalType::Time => ("Time", "Date"),
        LogicalType::Timestamp => ("Timestamp", "Date"),
    };
    let right = match logical {
        LogicalType::Decimal => matches!(value, Value::Decimal(_)),
        _ => matches!(value, Value::Date(_)),
    };
    if !right {
        let class = value.java_class();
        return Err(Error::data(format!("Invalid type for {word}, expected {wanted} but was class {class}")));
    }
    logical.from_logical(schema, value.clone())
}

fn step(out: &mut Vec<u8>, plan: &Plan, schema: &Schema, value: &Value<'_>, options: Options) -> Result<(), Error> {
    match (&plan.step, value) {
        (Step::Refused(error), _) => return Err(error.clone()),
        (Step::Boolean, Value::Boolean(held)) => out.push(u8::from(*held)),
        (Step::Whole, _) => long(out, whole(schema, value)?),
        (Step::Float, Value::Float32(number)) => out.extend_from_slice(&number.to_le_bytes()),
        (Step::Double, Value::Float64(number)) => out.extend_from_slice(&number.to_le_bytes()),
        (Step::Double, Value::Float32(number)) => out.extend_from_slice(&f64::from(*number).to_le_bytes()),
        (Step::Bytes, Value::Bytes(held)) => bytes(out, held),
        (Step::Fixed(size), Value::Bytes(held)) => match held.len() == *size {
            true => out.extend_from_slice(held),
            false => return Err(Error::data(format!("{} bytes are no value of a fixed of {size}", held.len()))),
        },
        (Step::String, Value::String(text)) => bytes(out, text.as_bytes()),
        (Step::Enum(symbols), Value::String(text)) => match symbols.iter().position(|symbol| symbol == text) {
            Some(index) => length(out, index),
            None => {
                return Err(
                    Error::data(format!("{text} is no symbol of the enum")).with_class("org.apache.avro.AvroTypeException")
                );
            }
        },
        (Step::Array(plan), Value::Array(list)) => items(out, plan, list.iter().map(Ok), options)?,
        (Step::Map(plan), Value::Map(held)) => map(out, plan, held.iter().map(|(key, value)| Ok((key, value))), options)?,
        (Step::Entries(plans), Value::Map(held)) => {
            entries(out, plans, held.iter().map(|(key, value)| Ok((key, value))), options)?;
        }
        (Step::Record(parts), Value::Struct(structure)) => {
            matching(schema, structure.schema())?;
            let values: Vec<&Value<'_>> = structure.values().iter().collect();
            record(out, parts, schema, &values, options)?;
        }
        (_, Value::Encoded(encoded)) => match (&plan.step, encoded.view()?) {
            (Step::Array(plan), View::Array(list)) => items(out, plan, list, options)?,
            (Step::Map(plan), View::Map(held)) => map(out, plan, held, options)?,
            (Step::Entries(plans), View::Map(held)) => entries(out, plans, held, options)?,
            (Step::Record(parts), View::Struct(own, fields)) => {
                matching(schema, &own)?;
                encoded_record(out, parts, schema, fields, options)?;
            }
            (_, View::Scalar(scalar)) => return step(out, plan, schema, &scalar, options),
            _ => return Err(mismatch(schema, value)),
        },
        _ => return Err(mismatch(schema, value)),
    }
    Ok(())
}

/// As Java's casts have it: an int8 is no int16.
fn whole(schema: &Schema, value: &Value<'_>) -> Result<i64, Error> {
    use caisson_sdk::Type;
    match (schema.type_(), value) {
        (Type::Int8, Value::Int8(number)) => Ok((*number).into()),
        (Type::Int16, Value::Int16(number)) => Ok((*number).into()),
        (Type::Int32, Value::Int32(number)) => Ok((*number).into()),
        (Type::Int64, Value::Int64(number)) => Ok(*number),
        _ => Err(mismatch(schema, value)),
    }
}

fn mismatch(schema: &Schema, value: &Value<'_>) -> Error {
    Error::data(format!("Invalid type for {}: class {}", schema.type_(), value.java_class()))
}

fn matching(schema: &Schema, own: &Schema) -> Result<(), Error> {
    match own == schema {
        true => Ok(()),
        false => Err(Error::data("Mismatching struct schema")),
    }
}

fn items<'v, V: std::borrow::Borrow<Value<'v>>>(
    out: &mut Vec<u8>,
    plan: &Plan,
    items: impl ExactSizeIterator<Item = Result<V, Error>>,
    options: Options,
) -> Result<(), Error> {
    let length = items.len();
    count(out, length);
    for item in items {
        write(out, plan, item?.borrow(), options)?;
    }
    end(out);
    Ok(())
}

fn map<'v, V: std::borrow::Borrow<Value<'v>>>(
    out: &mut Vec<u8>,
    plan: &Plan,
    entries: impl ExactSizeIterator<Item = Result<(V, V), Error>>,
    options: Options,
) -> Result<(), Error> {
    let length = entries.len();
    count(out, length);
    for entry in entries {
        let (key, value) = entry?;
        match key.borrow() {
            Value::String(text) => bytes(out, text.as_bytes()),
            other => return Err(Error::data(format!("Invalid type for MAP: class {}", other.java_class()))),
        }
        write(out, plan, value.borrow(), options)?;
    }
    end(out);
    Ok(())
}

fn entries<'v, V: std::borrow::Borrow<Value<'v>>>(
    out: &mut Vec<u8>,
    plans: &(Plan, Plan),
    entries: impl ExactSizeIterator<Item = Result<(V, V), Error>>,
    options: Options,
) -> Result<(), Error> {
    let length = entries.len();
    count(out, length);
    for entry in entries {
        let (key, value) = entry?;
        write(out, &plans.0, key.borrow(), options)?;
        write(out, &plans.1, value.borrow(), options)?;
    }
    end(out);
    Ok(())
}

/// The value of a field, or its default where it is null and nulls are not kept.
fn or_default<'a, 'v>(schema: &'a Schema, index: usize, value: &'a Value<'v>, options: Options) -> &'a Value<'v> {
    if !value.is_null() || options.ignore_default_for_nullables {
        return value;
    }
    schema.fields().get(index).and_then(|field| field.schema.default_value()).unwrap_or(value)
}

fn record(out: &mut Vec<u8>, parts: &[Part], schema: &Schema, values: &[&Value<'_>], options: Options) -> Result<(), Error> {
    for part in parts {
        match part {
            Part::Field { index, plan } => {
                let value = values.get(*index).copied().unwrap_or(&Value::Null);
                write(out, plan, or_default(schema, *index, value, options), options)?;
            }
            Part::Default(bytes) => out.extend_from_slice(bytes),
        }
    }
    Ok(())
}

/// Fields in the order of the record's, which they usually are in, are written as they are read.
fn encoded_record<'v>(
    out: &mut Vec<u8>,
    parts: &[Part],
    schema: &Schema,
    fields: impl ExactSizeIterator<Item = Result<Value<'v>, Error>>,
    options: Options,
) -> Result<(), Error> {
    let in_order = parts.len() == fields.len()
        && parts.iter().enumerate().all(|(place, part)| matches!(part, Part::Field { index, .. } if *index == place));
    if !in_order {
        let values = fields.collect::<Result<Vec<_>, _>>()?;
        return record(out, parts, schema, &values.iter().collect::<Vec<_>>(), options);
    }
    for (part, value) in parts.iter().zip(fields) {
        if let Part::Field { index, plan } = part {
            let value = value?;
            write(out, plan, or_default(schema, *index, &value, options), options)?;
        }
    }
    Ok(())
}

/// The first field that is not null says of which type the value is.
fn union(out: &mut Vec<u8>, plan: &Plan, plans: &[Plan], value: &Value<'_>, options: Options) -> Result<(), Error> {
    let Some(schema) = &plan.schema else { return Err(Error::data("a union without schema")) };
    let decoded = value.clone().decoded()?;
    let Value::Struct(structure) = &decoded else { return Err(mismatch(schema, value)) };
    matching(schema, structure.schema())?;
    for (index, (member, value)) in plans.iter().zip(structure.values()).enumerate() {
        let value = or_default(schema, index, value, options);
        if !value.is_null() {
            return write(out, member, value, options);
        }
    }
    write(out, plan, &Value::Null, options)
}

/// A value without a schema: the one member of the record that is not null.
fn anything(out: &mut Vec<u8>, value: &Value<'_>) -> Result<(), Error> {
    let decoded;
    let value = match value {
        Value::Encoded(_) => {
            decoded = value.clone().decoded()?;
            &decoded
        }
        other => other,
    };
    let member = match value {
        Value::Null => None,
        Value::Int8(_) | Value::Int16(_) | Value::Int32(_) => Some(Member::Int),
        Value::Int64(_) => Some(Member::Long),
        Value::Float32(_) => Some(Member::Float),
        Value::Float64(_) => Some(Member::Double),
        Value::Boolean(_) => Some(Member::Boolean),
        Value::String(_) => Some(Member::String),
        Value::Array(_) => Some(Member::Array),
        Value::Map(_) => Some(Member::Map),
        other => return Err(Error::data(format!("Unknown Java type for schemaless data: class {}", other.java_class()))),
    };
    for own in MEMBERS {
        if Some(own) == member {
            out.push(2);
            any_member(out, value)?;
        } else {
            out.push(0);
        }
    }
    Ok(())
}

fn any_member(out: &mut Vec<u8>, value: &Value<'_>) -> Result<(), Error> {
    match value {
        Value::Int8(number) => long(out, (*number).into()),
        Value::Int16(number) => long(out, (*number).into()),
        Value::Int32(number) => long(out, (*number).into()),
        Value::Int64(number) => long(out, *number),
        Value::Float32(number) => out.extend_from_slice(&number.to_le_bytes()),
        Value::Float64(number) => out.extend_from_slice(&number.to_le_bytes()),
        Value::Boolean(held) => out.push(u8::from(*held)),
        Value::String(text) => bytes(out, text.as_bytes()),
        Value::Array(items) => {
            count(out, items.len());
            items.iter().try_for_each(|item| anything(out, item))?;
            end(out);
        }
        Value::Map(entries) => {
            count(out, entries.len());
            for (key, value) in entries {
                anything(out, key)?;
                anything(out, value)?;
            }
            end(out);
        }
        _ => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::to_connect::payload::Payload;

    #[test]
    fn numbers_are_read_as_they_were_written() {
        for number in [0, -1, 1, 63, 64, -64, -65, 1 << 40, i64::MAX, i64::MIN] {
            let mut out = Vec::new();
            long(&mut out, number);
            assert_eq!(Payload::new(&out).long().unwrap(), number);
        }
    }
}
