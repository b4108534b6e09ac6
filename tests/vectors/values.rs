//! Cases of `Values`.

use anyhow::{Context, Result};
use caisson_sdk::values::convert::{
    convert_to_boolean, convert_to_byte, convert_to_date, convert_to_decimal, convert_to_double, convert_to_float,
    convert_to_integer, convert_to_list, convert_to_long, convert_to_map, convert_to_short, convert_to_struct, convert_to_time,
    convert_to_timestamp,
};
use caisson_sdk::values::infer::infer_schema;
use caisson_sdk::values::parse::parse_string;
use caisson_sdk::values::print::convert_to_string;
use caisson_sdk::{Datum, Error, Value};
use serde_json::{Value as Json, json};

use super::case::Case;
use super::run::shown_error;
use super::{read, show};

/// The Java class.
pub const CLASS: &str = "org.apache.kafka.connect.data.Values";

/// What the SDK makes of a case; none for a method that it does not have.
pub fn run(case: &Case) -> Result<Option<Json>> {
    let method = case.op.as_deref().unwrap_or_default();
    if method == "parseString" {
        return parse(case).map(Some);
    }
    let datum = read::datum(&case.input, "schema", "value")?;
    if method == "inferSchema" {
        return Ok(Some(match infer_schema(&datum.value) {
            Ok(schema) => json!({ "schema": show::schema(schema.as_ref())? }),
            Err(error) => shown_error("apply", &error),
        }));
    }
    let scale = case.input.get("scale").and_then(Json::as_i64).map(i32::try_from).transpose()?;
    let schema = datum.schema.clone();
    let Some(converted) = convert(method, datum, scale.unwrap_or_default()) else { return Ok(None) };
    Ok(Some(match converted {
        Ok(value) => json!({ "value": show::value(schema.as_ref(), &value)? }),
        Err(error) => shown_error("apply", &error),
    }))
}

fn parse(case: &Case) -> Result<Json> {
    let text = case.input.get("text").and_then(Json::as_str).context("no text")?;
    match parse_string(text) {
        Ok(datum) if datum == Datum::NULL => Ok(Json::Null),
        Ok(datum) => show::datum(&datum),
        Err(error) => Ok(shown_error("apply", &error)),
    }
}

fn convert(method: &str, datum: Datum<'static>, scale: i32) -> Option<Result<Value<'static>, Error>> {
    let (schema, value) = (datum.schema.as_ref(), datum.value);
    Some(match method {
        "convertToBoolean" => convert_to_boolean(schema, value).map(|held| held.map_or(Value::Null, Value::Boolean)),
        "convertToByte" => convert_to_byte(schema, value).map(|held| held.map_or(Value::Null, Value::Int8)),
        "convertToShort" => convert_to_short(schema, value).map(|held| held.map_or(Value::Null, Value::Int16)),
        "convertToInteger" => convert_to_integer(schema, value).map(|held| held.map_or(Value::Null, Value::Int32)),
        "convertToLong" => convert_to_long(schema, value).map(|held| held.map_or(Value::Null, Value::Int64)),
        "convertToFloat" => convert_to_float(schema, value).map(|held| held.map_or(Value::Null, Value::Float32)),
        "convertToDouble" => convert_to_double(schema, value).map(|held| held.map_or(Value::Null, Value::Float64)),
        "convertToString" if value.is_null() => Ok(Value::Null),
        "convertToString" => convert_to_string(&value).map(Value::from),
        "convertToList" => convert_to_list(value).map(Value::Array),
        "convertToMap" => convert_to_map(value).map(Value::Map),
        "convertToStruct" => convert_to_struct(value).map(Value::Struct),
        "convertToTime" => convert_to_time(schema, value).map(Value::Date),
        "convertToDate" => convert_to_date(schema, value).map(Value::Date),
        "convertToTimestamp" => convert_to_timestamp(schema, value).map(Value::Date),
        "convertToDecimal" => convert_to_decimal(schema, value, scale).map(Value::Decimal),
        _ => return None,
    })
}
