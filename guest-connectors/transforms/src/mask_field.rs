//! `MaskField`: replaces fields by a null value of their type, or by a given one (KIP-66, KIP-437).

use std::marker::PhantomData;

use caisson_sdk::data::value::Value;
use caisson_sdk::{
    Config, ConfigDef, ConfigKey, Datum, Decimal, Error, Importance, KeyType, PluginInfo, Record, Transformation, Validator,
};
use num_bigint::BigInt;

use crate::number_text;
use crate::requirements::{
    REPLACE_NULL_WITH_DEFAULT, fill_null, for_good, put, replace_null_with_default, require_map, require_struct,
};
use crate::side::{Side, class};

const PURPOSE: &str = "mask fields";
const FIELDS: &str = "fields";
const REPLACEMENT: &str = "replacement";

/// Masks fields.
#[derive(Debug)]
pub struct MaskField<S> {
    fields: Vec<&'static str>,
    replacement: Option<&'static str>,
    replace_null_with_default: bool,
    side: PhantomData<S>,
}

impl<S: Side> MaskField<S> {
    fn mask_fields<'b>(&self, datum: Datum<'b>) -> Result<Datum<'b>, Error> {
        if datum.schema.is_none() {
            let mut entries = require_map(datum.value, PURPOSE)?;
            for &field in &self.fields {
                match entries.iter_mut().find(|(key, _)| key.as_str() == Some(field)) {
                    Some((_, held)) => *held = self.masked(held)?,
                    // As Java puts what it got, which is null.
                    None => put(&mut entries, field, Value::Null),
                }
            }
            return Ok(Datum { schema: None, value: Value::Map(entries) });
        }
        let mut structure = require_struct(datum.value, PURPOSE)?;
        let schema = structure.schema().clone();
        for (field, value) in schema.fields().iter().zip(structure.values_mut()) {
            fill_null(field, value, self.replace_null_with_default)?;
            if !value.is_null() && self.fields.contains(&field.name.as_str()) {
                *value = self.masked(value)?;
            }
        }
        Ok(Datum { schema: datum.schema, value: Value::Struct(structure) })
    }

    fn masked(&self, value: &Value<'_>) -> Result<Value<'static>, Error> {
        match self.replacement {
            _ if value.is_null() => Ok(Value::Null),
            None => null_value(value),
            Some(replacement) => replaced(value, replacement),
        }
    }
}

/// The null value of the value's type.
fn null_value(value: &Value<'_>) -> Result<Value<'static>, Error> {
    Ok(match value {
        Value::Boolean(_) => Value::Boolean(false),
        Value::Int8(_) => Value::Int8(0),
        Value::Int16(_) => Value::Int16(0),
        Value::Int32(_) => Value::Int32(0),
        Value::Int64(_) => Value::Int64(0),
        Value::Float32(_) => Value::Float32(0.0),
        Value::Float64(_) => Value::Float64(0.0),
        Value::BigInteger(_) => Value::BigInteger(BigInt::ZERO),
        Value::Decimal(_) => Value::Decimal(Decimal::new(0, 0)),
        Value::Date(_) => Value::Date(0),
        Value::String(_) => Value::from(""),
        Value::Array(_) => Value::Array(Vec::new()),
        Value::Map(_) => Value::Map(Vec::new()),
        Value::Encoded(encoded) => return null_value(&encoded.decode()?),
        Value::Null | Value::Bytes(_) | Value::Struct(_) => {
            return Err(Error::data(format!("Cannot mask value of type: class {}", value.java_class())));
        }
    })
}

/// The replacement as a value of the value's type.
fn replaced(value: &Value<'_>, text: &'static str) -> Result<Value<'static>, Error> {
    let number = |kind: &str| Error::data(format!("Unable to convert {text} (class java.lang.String) to {kind}"));
    let long = || number_text::long(text).ok_or_else(|| number("a number"));
    Ok(match value {
        Value::Int8(_) => Value::Int8(long()? as i8),
        Value::Int16(_) => Value::Int16(long()? as i16),
        Value::Int32(_) => Value::Int32(long()? as i32),
        Value::Int64(_) => Value::Int64(long()?),
        Value::Float32(_) => Value::Float32(number_text::float(text).ok_or_else(|| number("a number"))?),
        Value::Float64(_) => Value::Float64(number_text::double(text).ok_or_else(|| number("a number"))?),
        Value::String(_) => Value::from(text),
        Value::Decimal(_) => Value::Decimal(text.parse().map_err(|_| number("number"))?),
        Value::BigInteger(_) => Value::BigInteger(text.parse().map_err(|_| number("number"))?),
        _ => {
            let class = value.java_class();
            return Err(Error::data(format!("Cannot mask value of type class {class} with custom replacement.")));
        }
    })
}

impl<S: Side> Transformation for MaskField<S> {
    fn plugin() -> PluginInfo {
        let fields = ConfigKey::new(FIELDS, KeyType::List, Importance::High, "Names of fields to mask.");
        let replacement = ConfigKey::new(
            REPLACEMENT,
            KeyType::String,
            Importance::Low,
            "Custom value replacement, that will be applied to all 'fields' values (numeric or non-empty string values only).",
        );
        PluginInfo::new(
            class::<S>("MaskField"),
            "Mask specified fields with a valid null value for the field type (i.e. 0, false, empty string, and so on).",
            ConfigDef::new()
                .key(fields.validator(Validator::NonEmpty))
                .key(replacement.optional().validator(Validator::NonEmpty))
                .key(replace_null_with_default()),
        )
    }

    fn configure(config: &Config) -> Result<Self, Error> {
        Ok(Self {
            fields: config.list(FIELDS)?.iter().map(|field| for_good(field)).collect(),
            replacement: config.optional_string(REPLACEMENT)?.map(for_good),
            replace_null_with_default: config.boolean(REPLACE_NULL_WITH_DEFAULT)?,
            side: PhantomData,
        })
    }

    fn apply<'b>(&mut self, mut record: Record<'b>) -> Result<Option<Record<'b>>, Error> {
        Ok(self.apply_in_place(&mut record)?.then_some(record))
    }

    fn apply_in_place(&mut self, record: &mut Record<'_>) -> Result<bool, Error> {
        let datum = S::datum(record);
        if let (Some(fields), None) = (datum.value.fields_mut(), &datum.schema) {
            for &field in &self.fields {
                let masked = fields.get(field)?.map_or(Ok(Value::Null), |held| self.masked(&held))?;
                fields.put(field, &masked)?;
            }
            return Ok(true);
        }
        *S::datum(record) = self.mask_fields(S::take(record))?;
        Ok(true)
    }

    fn edits_fields(&self) -> bool {
        true
    }
}
