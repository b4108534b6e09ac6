//! Cases of `ConnectSchema`, `Struct` and the logical types.

use anyhow::{Context, Result, ensure};
use caisson_sdk::data::java_text::java_text;
use caisson_sdk::data::logical::LogicalType;
use caisson_sdk::data::validate::validate_value;
use caisson_sdk::{Datum, Error, Schema, Type, Value};
use serde_json::{Value as Json, json};

use super::case::Case;
use super::run::shown_error;
use super::{read, show};

/// The Java class of schemas.
pub const SCHEMA: &str = "org.apache.kafka.connect.data.ConnectSchema";
/// The Java class of structs.
pub const STRUCT: &str = "org.apache.kafka.connect.data.Struct";
/// Stands for the classes of logical types.
pub const LOGICAL: &str = "org.apache.kafka.connect.data.LogicalTypes";

/// What the SDK makes of a case; none for a method that it does not have.
pub fn run(case: &Case) -> Result<Option<Json>> {
    let Datum { schema, value } = read::datum(&case.input, "schema", "value")?;
    let schema = schema.context("no schema")?;
    let answer = match (case.class.as_str(), case.op.as_deref().unwrap_or_default()) {
        (SCHEMA, "validateValue") => validate_value(None, &schema, &value).map(|()| json!({ "valid": true })),
        (STRUCT, "validate") => of_struct(&value)?.map(|()| json!({ "valid": true })),
        (STRUCT, "toString") => java_text(&value).map(|text| json!({ "string": text })),
        (LOGICAL, "fromLogical") => shown(&schema, class(&schema)?.from_logical(&schema, value))?,
        (LOGICAL, "toLogical") => shown(&schema, class(&schema)?.to_logical(&schema, value))?,
        _ => return Ok(None),
    };
    Ok(Some(answer.unwrap_or_else(|error| shown_error("apply", &error))))
}

fn of_struct(value: &Value<'_>) -> Result<Result<(), Error>> {
    let Value::Struct(structure) = value else { anyhow::bail!("no struct") };
    Ok(structure.validate())
}

/// The class whose method is called: the schema's own, or one that does not fit a schema without name.
fn class(schema: &Schema) -> Result<LogicalType> {
    if let Some(own) = LogicalType::of(schema) {
        return Ok(own);
    }
    ensure!(matches!(schema.type_(), Type::Int32 | Type::Int64), "no class converts values of {schema}");
    Ok(if schema.type_() == Type::Int32 { LogicalType::Date } else { LogicalType::Timestamp })
}

fn shown(schema: &Schema, converted: Result<Value<'_>, Error>) -> Result<Result<Json, Error>> {
    Ok(match converted {
        Ok(value) => Ok(json!({ "value": show::value(Some(schema), &value)? })),
        Err(error) => Err(error),
    })
}
