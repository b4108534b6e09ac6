//! Payloads as Connect values (`AvroData.toConnectData`).

use caisson_sdk::{Error, Struct, Value};

use super::payload::{Payload, malformed};
use super::plan::{Branch, Field, Plan, Step};
use crate::schema::anything::{MEMBERS, Member};

/// How deep values without a schema may lie in one another: they alone are as deep as a payload wants.
const DEPTH: usize = 200;

/// The option of an error that names a record which contains itself deeper than the schema goes that it is read by.
pub const DEEPER: &str = "deeper";

/// The next value of a payload. `DataException` for a value that Connect does not allow, `SerializationException` for malformed bytes.
pub fn read<'b>(payload: &mut Payload<'b>, plan: &Plan) -> Result<Value<'b>, Error> {
    let value = match &plan.step {
        Step::Null => Value::Null,
        Step::Boolean => Value::Boolean(payload.boolean()?),
        Step::Int8 => Value::Int8(payload.int()? as i8),
        Step::Int16 => Value::Int16(payload.int()? as i16),
        Step::Int32 => Value::Int32(payload.int()?),
        Step::Int64 => Value::Int64(payload.long()?),
        Step::Float32 => Value::Float32(payload.float()?),
        Step::Float64 => Value::Float64(payload.double()?),
        Step::Bytes => Value::bytes(payload.bytes()?),
        Step::Fixed(size) => Value::bytes(payload.take(*size)?),
        Step::String => Value::String(payload.text()?),
        Step::Enum(symbols) => Value::from(symbol(payload, symbols)?.to_owned()),
        Step::Array(plan) => {
            let mut items = Vec::new();
            payload.blocks(|payload| {
                items.push(read(payload, plan)?);
                Ok(())
            })?;
            Value::Array(items)
        }
        Step::Map(plan) => {
            let mut entries = Vec::new();
            payload.blocks(|payload| {
                let key = Value::String(payload.text()?);
                entries.push((key, read(payload, plan)?));
                Ok(())
            })?;
            Value::Map(last_of_each(entries))
        }
        Step::Entries(plans) => {
            let (keys, values) = plans.as_ref();
            let mut entries = Vec::new();
            payload.blocks(|payload| {
                let key = read(payload, keys)?;
                entries.push((key, read(payload, values)?));
                Ok(())
            })?;
            Value::Map(last_of_each(entries))
        }
        Step::Struct(plans) => {
            let mut values = Vec::with_capacity(plans.len());
            for plan in plans {
                values.push(read(payload, plan)?);
            }
            structure(plan, values)?
        }
        Step::Cut(name) => {
            let text = format!("{name} contains itself deeper than it is followed");
            return Err(Error::data(text).with_option(DEEPER, name));
        }
        Step::Optional { null, plan } => match payload.branch(2)? == *null {
            true => Value::Null,
            false => read(payload, plan)?,
        },
        Step::Union(branches) => union(payload, plan, branches)?,
        Step::Anything => anything(payload, 0)?,
    };
    match (plan.logical, &plan.schema) {
        (Some(logical), Some(schema)) => logical.to_logical(schema, value),
        _ => Ok(value),
    }
}

/// The symbol that an enum's number stands for.
pub fn symbol<'p>(payload: &mut Payload<'_>, symbols: &'p [String]) -> Result<&'p str, Error> {
    let index = usize::try_from(payload.int()?).ok();
    index.and_then(|index| symbols.get(index)).map(String::as_str).ok_or_else(|| malformed("an unknown symbol of an enum"))
}

fn structure<'b>(plan: &Plan, values: Vec<Value<'b>>) -> Result<Value<'b>, Error> {
    let schema = plan.schema.clone().ok_or_else(|| Error::data("a struct without schema"))?;
    Ok(Value::Struct(Struct::from_values(schema, values)?))
}

fn union<'b>(payload: &mut Payload<'b>, plan: &Plan, branches: &[Branch]) -> Result<Value<'b>, Error> {
    let branch = branches.get(payload.branch(branches.len())?);
    let Some(Branch::Member { plan: member, field }) = branch else { return Ok(Value::Null) };
    let value = read(payload, member)?;
    let schema = plan.schema.clone().ok_or_else(|| Error::data("a union without schema"))?;
    let mut structure = Struct::new(schema)?;
    let index = place(field, &value)?;
    if let Some(slot) = structure.values_mut().get_mut(index) {
        *slot = value;
    }
    Ok(Value::Struct(structure))
}

/// Where a union's value goes. `DataException` when it goes nowhere.
pub fn place(field: &Field, value: &Value<'_>) -> Result<usize, Error> {
    match field {
        Field::At(index) => Ok(*index),
        Field::ByLength(fields) => {
            let length = value.as_bytes().map(<[u8]>::len);
            let fitting = fields.iter().find(|(_, size)| size.is_none() || *size == length);
            let missing = || Error::data("Did not find matching union field for data");
            fitting.map(|(index, _)| *index).ok_or_else(missing)
        }
        Field::Missing(error) => Err(error.clone()),
    }
}

/// The first of the record's fields that is not null.
fn anything<'b>(payload: &mut Payload<'b>, depth: usize) -> Result<Value<'b>, Error> {
    if depth > DEPTH {
        return Err(malformed("values lie too deep in one another"));
    }
    let mut found = Value::Null;
    for member in MEMBERS {
        if payload.branch(2)? == 0 {
            continue;
        }
        let value = any_member(payload, member, depth)?;
        if found.is_null() {
            found = value;
        }
    }
    Ok(found)
}

fn any_member<'b>(payload: &mut Payload<'b>, member: Member, depth: usize) -> Result<Value<'b>, Error> {
    Ok(match member {
        Member::Boolean => Value::Boolean(payload.boolean()?),
        Member::Bytes => Value::bytes(payload.bytes()?),
        Member::Double => Value::Float64(payload.double()?),
        Member::Float => Value::Float32(payload.float()?),
        Member::Int => Value::Int32(payload.int()?),
        Member::Long => Value::Int64(payload.long()?),
        Member::String => Value::String(payload.text()?),
        Member::Array => {
            let mut items = Vec::new();
            payload.blocks(|payload| {
                items.push(anything(payload, depth + 1)?);
                Ok(())
            })?;
            Value::Array(items)
        }
        Member::Map => {
            let mut entries = Vec::new();
            payload.blocks(|payload| {
                let key = anything(payload, depth + 1)?;
                entries.push((key, anything(payload, depth + 1)?));
                Ok(())
            })?;
            Value::Map(last_of_each(entries))
        }
    })
}

/// Of entries with one key the last one, at the place of the first. Long maps of texts are looked through once.
fn last_of_each<'b>(entries: Vec<(Value<'b>, Value<'b>)>) -> Vec<(Value<'b>, Value<'b>)> {
    if !has_twice(&entries) {
        return entries;
    }
    let mut kept: Vec<(Value<'b>, Value<'b>)> = Vec::with_capacity(entries.len());
    for (key, value) in entries {
        match kept.iter_mut().find(|(other, _)| *other == key) {
            Some((_, old)) => *old = value,
            None => kept.push((key, value)),
        }
    }
    kept
}

fn has_twice(entries: &[(Value<'_>, Value<'_>)]) -> bool {
    if entries.len() < 2 {
        return false;
    }
    let mut texts = std::collections::HashSet::with_capacity(entries.len());
    entries.iter().any(|(key, _)| key.as_str().is_none_or(|text| !texts.insert(text)))
}
