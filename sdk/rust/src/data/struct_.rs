//! Structs: named fields under a schema.

use crate::data::schema::{Field, Schema, Type};
use crate::data::validate::validate_value;
use crate::data::value::Value;
use crate::error::Error;

/// The values of a struct schema's fields. A field that was never set is null.
#[derive(Debug, Clone)]
pub struct Struct<'b> {
    schema: Schema,
    values: Vec<Value<'b>>,
}

impl<'b> Struct<'b> {
    /// With every field unset. `DataException` when the schema is no struct.
    pub fn new(schema: Schema) -> Result<Self, Error> {
        if schema.type_() != Type::Struct {
            return Err(Error::data(format!("Not a struct schema: {schema}")));
        }
        let values = vec![Value::Null; schema.fields().len()];
        Ok(Self { schema, values })
    }

    /// With these values, one a field, in the schema's order, unchecked: [`Struct::validate`] checks. `DataException` when
    /// the schema is no struct or their number is not that of its fields.
    pub fn from_values(schema: Schema, values: Vec<Value<'b>>) -> Result<Self, Error> {
        if schema.type_() != Type::Struct || schema.fields().len() != values.len() {
            let fields = schema.fields().len();
            return Err(Error::data(format!("{} values for {schema} of {fields} fields", values.len())));
        }
        Ok(Self { schema, values })
    }

    /// Its schema.
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// The values in the schema's order, defaults not applied.
    pub fn values(&self) -> &[Value<'b>] {
        &self.values
    }

    /// The values in the schema's order, to be changed without a check.
    pub fn values_mut(&mut self) -> &mut [Value<'b>] {
        &mut self.values
    }

    /// The schema and the values, defaults not applied.
    pub fn into_parts(self) -> (Schema, Vec<Value<'b>>) {
        (self.schema, self.values)
    }

    /// Every field with its value, defaults not applied.
    pub fn iter(&self) -> impl Iterator<Item = (&Field, &Value<'b>)> {
        self.schema.fields().iter().zip(&self.values)
    }

    /// The field's value, or its default where it is null. `DataException` for an unknown field.
    pub fn get(&self, name: &str) -> Result<&Value<'b>, Error> {
        let (index, field) = self.field(name)?;
        Ok(match self.values.get(index) {
            Some(value) if !value.is_null() => value,
            _ => field.schema.default_value().unwrap_or(&Value::Null),
        })
    }

    /// The value at that position, or its default where it is null; null beyond the last field.
    pub fn get_at(&self, index: usize) -> &Value<'b> {
        match self.values.get(index) {
            Some(Value::Null) => {
                self.schema.fields().get(index).and_then(|field| field.schema.default_value()).unwrap_or(&Value::Null)
            }
            Some(value) => value,
            None => &Value::Null,
        }
    }

    /// The field's value as it was set, null if it was not. `DataException` for an unknown field.
    pub fn get_without_default(&self, name: &str) -> Result<&Value<'b>, Error> {
        let (index, _) = self.field(name)?;
        Ok(self.values.get(index).unwrap_or(&Value::Null))
    }

    /// Sets a field. `DataException` for an unknown field and for a value that its schema does not allow.
    pub fn put(&mut self, name: &str, value: Value<'b>) -> Result<&mut Self, Error> {
        let (index, field) = self.field(name)?;
        validate_value(Some(name), &field.schema, &value)?;
        if let Some(slot) = self.values.get_mut(index) {
            *slot = value;
        }
        Ok(self)
    }

    /// Checks every field, as `Struct.validate`: a null is right where the field is optional or has a default.
    pub fn validate(&self) -> Result<(), Error> {
        for (field, value) in self.iter() {
            let allowed = field.schema.is_optional() || field.schema.default_value().is_some();
            if value.is_null() && allowed {
                continue;
            }
            validate_value(Some(&field.name), &field.schema, value)?;
        }
        Ok(())
    }

    pub(crate) fn into_owned(self) -> Result<Struct<'static>, Error> {
        let values = self.values.into_iter().map(Value::into_owned).collect::<Result<_, _>>()?;
        Ok(Struct { schema: self.schema, values })
    }

    fn field(&self, name: &str) -> Result<(usize, &Field), Error> {
        self.schema.field(name).ok_or_else(|| Error::data(format!("{name} is not a valid field name")))
    }
}

impl PartialEq for Struct<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.schema == other.schema && self.values == other.values
    }
}
