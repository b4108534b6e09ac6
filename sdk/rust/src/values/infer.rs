//! The schema of a schemaless value (`Values.inferSchema`).

use crate::data::schema::{Schema, Type};
use crate::data::schema_builder::SchemaBuilder;
use crate::data::value::Value;
use crate::error::Error;

/// The schema that a value's Java class tells; none for null, decimals and dates, an empty container, and one whose parts have
/// no type in common. Of a container in a container only the type is told. `SchemaBuilderException` where all parts are null.
pub fn infer_schema(value: &Value<'_>) -> Result<Option<Schema>, Error> {
    Ok(Some(match value {
        Value::String(_) => Schema::string(),
        Value::Boolean(_) => Schema::boolean(),
        Value::Int8(_) => Schema::primitive(Type::Int8),
        Value::Int16(_) => Schema::primitive(Type::Int16),
        Value::Int32(_) => Schema::int32(),
        Value::Int64(_) => Schema::int64(),
        Value::Float32(_) => Schema::primitive(Type::Float32),
        Value::Float64(_) => Schema::primitive(Type::Float64),
        Value::Bytes(_) => Schema::bytes(),
        Value::Struct(structure) => structure.schema().clone(),
        Value::Array(items) => return of_array(items),
        Value::Map(entries) => return of_map(entries),
        Value::Encoded(encoded) => return infer_schema(&encoded.decode()?),
        Value::Null | Value::Decimal(_) | Value::BigInteger(_) | Value::Date(_) => return Ok(None),
    }))
}

fn of_array(items: &[Value<'_>]) -> Result<Option<Schema>, Error> {
    let mut parts = Parts::default();
    for item in items {
        if !parts.admit(item)? {
            return Ok(None);
        }
    }
    if items.is_empty() {
        return Ok(None);
    }
    SchemaBuilder::array(parts.schema()?).build().map(Some)
}

fn of_map(entries: &[(Value<'_>, Value<'_>)]) -> Result<Option<Schema>, Error> {
    let (mut keys, mut values) = (Parts::default(), Parts::default());
    for (key, value) in entries {
        if !keys.admit(key)? || !values.admit(value)? {
            return Ok(None);
        }
    }
    if entries.is_empty() {
        return Ok(None);
    }
    SchemaBuilder::map(keys.schema()?, values.schema()?).build().map(Some)
}

/// What the parts of a container seen so far have in common.
#[derive(Default)]
struct Parts {
    type_: Option<Type>,
    has_null: bool,
}

impl Parts {
    /// False: the part has no schema, or another type than those before.
    fn admit(&mut self, part: &Value<'_>) -> Result<bool, Error> {
        if part.is_null() {
            self.has_null = true;
            return Ok(true);
        }
        let Some(schema) = infer_schema(part)? else { return Ok(false) };
        Ok(*self.type_.get_or_insert(schema.type_()) == schema.type_())
    }

    fn schema(&self) -> Result<Schema, Error> {
        let type_ = self.type_.ok_or_else(|| Error::schema_builder("type cannot be null"))?;
        SchemaBuilder::new(type_).with_optional(self.has_null).build()
    }
}
