//! Values of one schema as values of another (`org.apache.kafka.connect.data.SchemaProjector`).

use crate::data::schema::{Field, Schema, Type};
use crate::data::struct_::Struct;
use crate::data::value::Value;
use crate::error::{Error, ErrorKind};

const EXCEPTION: &str = "org.apache.kafka.connect.errors.SchemaProjectorException";

/// A value of schema `source` as one of `target`: numbers grow wider, fields that the target lacks are left out, required ones that the
/// source lacks get their default. `SchemaProjectorException` for schemas that do not fit.
pub fn project<'b>(source: &Schema, value: Value<'b>, target: &Schema) -> Result<Value<'b>, Error> {
    check_compatible(source, target)?;
    if source.is_optional() && !target.is_optional() {
        let text = "Writer schema is optional, however, target schema does not provide a default value.";
        let default = target.default_value().ok_or_else(|| refused(text))?;
        if value.is_null() {
            return Ok(default.clone());
        }
    }
    match value.decoded()? {
        Value::Null => Ok(Value::Null),
        Value::Struct(structure) => project_struct(source, &structure, target).map(Value::Struct),
        Value::Array(items) => project_array(source, items, target),
        Value::Map(entries) => project_map(source, entries, target),
        scalar => Ok(promoted(source, scalar, target)),
    }
}

fn refused(message: impl Into<String>) -> Error {
    Error::of(ErrorKind::Data, EXCEPTION, message)
}

fn check_compatible(source: &Schema, target: &Schema) -> Result<(), Error> {
    let (from, to) = (source.type_(), target.type_());
    if from != to && !is_promotable(from, to) {
        return Err(refused(format!("Schema type mismatch. source type: {from} and target type: {to}")));
    }
    if source.name() != target.name() {
        let (from, to) = (source.name().unwrap_or("null"), target.name().unwrap_or("null"));
        return Err(refused(format!("Schema name mismatch. source name: {from} and target name: {to}")));
    }
    if !source.definition().same_parameters(target.definition()) {
        let (from, to) = (parameters(source), parameters(target));
        return Err(refused(format!("Schema parameters not equal. source parameters: {from} and target parameters: {to}")));
    }
    Ok(())
}

/// As Java shows the map; one without entries is none.
fn parameters(schema: &Schema) -> String {
    if schema.parameters().is_empty() {
        return "null".to_owned();
    }
    let shown: Vec<String> = schema.parameters().iter().map(|(name, value)| format!("{name}={value}")).collect();
    format!("{{{}}}", shown.join(", "))
}

/// Numbers, from the narrow to the wide.
const NUMBERS: [Type; 6] = [Type::Int8, Type::Int16, Type::Int32, Type::Int64, Type::Float32, Type::Float64];

fn is_promotable(from: Type, to: Type) -> bool {
    let width = |type_| NUMBERS.iter().position(|number| *number == type_);
    matches!((width(from), width(to)), (Some(from), Some(to)) if from <= to)
}

fn project_struct<'b>(source: &Schema, structure: &Struct<'b>, target: &Schema) -> Result<Struct<'b>, Error> {
    let mut projected = Struct::new(target.clone())?;
    for field in target.fields() {
        if let Some((_, from)) = source.field(&field.name) {
            projected.put(&field.name, project_field(from, structure.get(&field.name)?.clone(), field)?)?;
        } else if field.schema.is_optional() {
            // Null it stays, whatever its default.
            continue;
        } else if let Some(default) = field.schema.default_value() {
            projected.put(&field.name, default.clone())?;
        } else {
            return Err(refused(format!("Required field `{}` is missing from source schema: {source}", field.name)));
        }
    }
    Ok(projected)
}

fn project_field<'b>(from: &Field, value: Value<'b>, to: &Field) -> Result<Value<'b>, Error> {
    project(&from.schema, value, &to.schema).map_err(|error| match error.class() {
        EXCEPTION => refused(format!("Error projecting {}", to.name)),
        _ => error,
    })
}

fn project_array<'b>(source: &Schema, items: Vec<Value<'b>>, target: &Schema) -> Result<Value<'b>, Error> {
    let (Some(from), Some(to)) = (source.value_schema(), target.value_schema()) else { return Ok(Value::Array(items)) };
    let mut projected = Vec::with_capacity(items.len());
    for item in items {
        projected.push(project(from, item, to)?);
    }
    Ok(Value::Array(projected))
}

fn project_map<'b>(source: &Schema, entries: Vec<(Value<'b>, Value<'b>)>, target: &Schema) -> Result<Value<'b>, Error> {
    let parts = |schema: &Schema| Some((schema.key_schema()?.clone(), schema.value_schema()?.clone()));
    let (Some((from_keys, from_values)), Some((to_keys, to_values))) = (parts(source), parts(target)) else {
        return Ok(Value::Map(entries));
    };
    let mut projected: Vec<(Value<'b>, Value<'b>)> = Vec::with_capacity(entries.len());
    for (key, value) in entries {
        let key = project(&from_keys, key, &to_keys)?;
        let value = project(&from_values, value, &to_values)?;
        // Wide numbers run together as floats.
        match projected.iter_mut().find(|(other, _)| *other == key) {
            Some((_, held)) => *held = value,
            None => projected.push((key, value)),
        }
    }
    Ok(Value::Map(projected))
}

/// A number in the target's width; any other value as it is.
fn promoted<'b>(source: &Schema, value: Value<'b>, target: &Schema) -> Value<'b> {
    if !is_promotable(source.type_(), target.type_()) {
        return value;
    }
    let (whole, float) = match &value {
        Value::Int8(number) => (i64::from(*number), f64::from(*number)),
        Value::Int16(number) => (i64::from(*number), f64::from(*number)),
        Value::Int32(number) => (i64::from(*number), f64::from(*number)),
        Value::Int64(number) => (*number, *number as f64),
        Value::Float32(number) => (*number as i64, f64::from(*number)),
        Value::Float64(number) => (*number as i64, *number),
        // A date under a logical type is no number.
        _ => return value,
    };
    match target.type_() {
        Type::Int8 => Value::Int8(whole as i8),
        Type::Int16 => Value::Int16(whole as i16),
        Type::Int32 => Value::Int32(whole as i32),
        Type::Int64 => Value::Int64(whole),
        Type::Float32 => Value::Float32(match &value {
            Value::Float32(number) => *number,
            Value::Float64(number) => *number as f32,
            _ => whole as f32,
        }),
        _ => Value::Float64(float),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use crate::data::schema_builder::SchemaBuilder;

    fn structure(name: &str, field: Schema) -> Schema {
        SchemaBuilder::structure().field(name, field).build().unwrap()
    }

    #[test]
    fn only_a_required_field_gets_its_default() {
        let source = structure("a", Schema::int32());
        let of = |target: &Schema| {
            let value = Struct::from_values(source.clone(), vec![Value::Int32(1)]).unwrap();
            match project(&source, Value::Struct(value), target) {
                Ok(Value::Struct(projected)) => Ok(projected.values().to_vec()),
                Ok(other) => panic!("{other:?}"),
                Err(error) => Err(error.message().to_owned()),
            }
        };
        let with_default = || SchemaBuilder::new(Type::Int64).default_value(Value::Int64(7));
        assert_eq!(of(&structure("a", Schema::int64())), Ok(vec![Value::Int64(1)]));
        assert_eq!(of(&structure("b", with_default().build().unwrap())), Ok(vec![Value::Int64(7)]));
        assert_eq!(of(&structure("b", with_default().optional().build().unwrap())), Ok(vec![Value::Null]));
        let missing = "Required field `b` is missing from source schema: Schema{STRUCT}";
        assert_eq!(of(&structure("b", Schema::int64())), Err(missing.to_owned()));
        assert_eq!(of(&structure("a", structure("z", Schema::int32()))), Err("Error projecting a".to_owned()));
    }

    #[test]
    fn wide_numbers_may_become_one_key() {
        let map = |keys| SchemaBuilder::map(keys, Schema::int32()).build().unwrap();
        let entries = vec![(Value::Int64(16_777_217), Value::Int32(1)), (Value::Int64(16_777_216), Value::Int32(2))];
        let projected = project(&map(Schema::int64()), Value::Map(entries), &map(Schema::primitive(Type::Float32)));
        assert_eq!(projected, Ok(Value::Map(vec![(Value::Float32(16_777_216.0), Value::Int32(2))])));
    }
}
