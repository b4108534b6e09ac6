//! Whether a value is one of a schema, as `ConnectSchema.validateValue` of Kafka says it, in its words.

use crate::data::encoded::View;
use crate::data::logical;
use crate::data::schema::{Schema, Type};
use crate::data::value::Value;
use crate::error::Error;

/// Checks a value against a schema; `field` is the struct field it stands in. `DataException` when it is none.
pub fn validate_value(field: Option<&str>, schema: &Schema, value: &Value<'_>) -> Result<(), Error> {
    check(schema, value, &Place::Top(field))
}

/// Where in the value the check is: turned into words only for a message.
enum Place<'a> {
    Top(Option<&'a str>),
    In(&'static str, &'a Place<'a>),
}

impl Place<'_> {
    fn words(&self) -> String {
        match self {
            Self::Top(None) => "value".into(),
            Self::Top(Some(field)) => format!("field: \"{field}\""),
            Self::In(part, outer) => format!("{part} {}", outer.words()),
        }
    }
}

fn check(schema: &Schema, value: &Value<'_>, place: &Place<'_>) -> Result<(), Error> {
    if value.is_null() {
        if schema.is_optional() {
            return Ok(());
        }
        let text = format!("Invalid value: null used for required {}, schema type: {}", place.words(), schema.type_());
        return Err(Error::data(text));
    }
    if let Value::Encoded(encoded) = value {
        // A span read under this very schema was written under it.
        if encoded.schema().is_some_and(|own| own.is_same(schema)) {
            return Ok(());
        }
        return check(schema, &encoded.decode()?, place);
    }
    if !is_expected(schema, value) {
        return Err(Error::data(mismatch(schema, value, place)));
    }
    check_parts(schema, value, place)
}

fn mismatch(schema: &Schema, value: &Value<'_>, place: &Place<'_>) -> String {
    let name = schema.name().map(|name| format!(" \"{name}\"")).unwrap_or_default();
    let (type_, class) = (schema.type_(), value.java_class());
    format!("Invalid Java object for schema{name} with type {type_}: class {class} for {}", place.words())
}

fn check_parts(schema: &Schema, value: &Value<'_>, place: &Place<'_>) -> Result<(), Error> {
    match value {
        Value::Struct(structure) => {
            if structure.schema() != schema {
                return Err(Error::data("Struct schemas do not match."));
            }
            structure.validate()
        }
        Value::Array(items) => {
            let Some(inner) = schema.value_schema() else {
                return Ok(());
            };
            items.iter().try_for_each(|item| check(inner, item, &Place::In("element of array", place)))
        }
        Value::Map(entries) => {
            let (Some(keys), Some(values)) = (schema.key_schema(), schema.value_schema()) else {
                return Ok(());
            };
            for (key, value) in entries {
                check(keys, key, &Place::In("key of map", place))?;
                check(values, value, &Place::In("value of map", place))?;
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Whether the value's Java class is one that the schema's logical type, or else its type, expects.
pub(crate) fn is_expected(schema: &Schema, value: &Value<'_>) -> bool {
    if let Some(name) = schema.name() {
        match name {
            logical::DECIMAL => return matches!(value, Value::Decimal(_)),
            logical::DATE | logical::TIME | logical::TIMESTAMP => {
                return matches!(value, Value::Date(_));
            }
            _ => {}
        }
    }
    let type_ = schema.type_();
    match value {
        Value::Int8(_) => type_ == Type::Int8,
        Value::Int16(_) => type_ == Type::Int16,
        Value::Int32(_) => type_ == Type::Int32,
        Value::Int64(_) => type_ == Type::Int64,
        Value::Float32(_) => type_ == Type::Float32,
        Value::Float64(_) => type_ == Type::Float64,
        Value::Boolean(_) => type_ == Type::Boolean,
        Value::String(_) => type_ == Type::String,
        Value::Bytes(_) => type_ == Type::Bytes,
        Value::Array(_) => type_ == Type::Array,
        Value::Map(_) => type_ == Type::Map,
        Value::Struct(_) => type_ == Type::Struct,
        Value::Encoded(encoded) => match encoded.view() {
            Ok(View::Array(_)) => type_ == Type::Array,
            Ok(View::Map(_)) => type_ == Type::Map,
            Ok(View::Struct(..)) => type_ == Type::Struct,
            Ok(View::Scalar(value)) => is_expected(schema, &value),
            Err(_) => false,
        },
        Value::Null | Value::Decimal(_) | Value::BigInteger(_) | Value::Date(_) => false,
    }
}
