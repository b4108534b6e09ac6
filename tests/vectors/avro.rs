//! Cases of `AvroData`: Connect to Avro and back, without a registry.

use anyhow::{Context, Result, anyhow};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use caisson_avro::AvroConverter;
use caisson_avro::avro_data::{Reading, Writing};
use caisson_avro::options::Options;
use caisson_avro::schema::AvroSchema;
use caisson_sdk::{Converter, Datum, Error};
use serde_json::{Value as Json, json};

use super::case::Case;
use super::run::shown_error;
use super::{read, show};

/// The class whose cases these are: a fork of Confluent's `AvroData`.
pub const CLASS: &str = "io.apicurio.registry.utils.converter.avro.AvroData";

/// What Caisson makes of a case; none: the method is unknown.
pub fn run(case: &Case) -> Result<Option<Json>> {
    let options = options(case)?;
    let got = match case.op.as_deref() {
        Some("fromConnectData") => from_connect(&read::datum(&case.input, "schema", "value")?, options),
        Some("toConnectData") => to_connect(&case.input, options)?,
        _ => return Ok(None),
    };
    Ok(Some(got.unwrap_or_else(|error| shown_error("apply", &error))))
}

/// Whether two outputs of `fromConnectData` say the same though their bytes differ: the entries of a map have no order.
pub fn is_same_payload(expected: &Json, got: &Json) -> bool {
    let schema = expected.get("avroSchema");
    if schema.is_none() || normal(schema) != normal(got.get("avroSchema")) {
        return false;
    }
    let value = |output: &Json| {
        let input = json!({ "avroSchema": schema, "payload": output.get("payload") });
        to_connect(&input, Options::default()).ok()?.ok()
    };
    value(expected).is_some_and(|expected| value(got).is_some_and(|got| super::compare::is_same(&expected, &got)))
}

/// The order of members says nothing, and neither do digits that a float needs not.
fn normal(json: Option<&Json>) -> Option<Json> {
    json.map(|json| with_floats(&super::compare::normal(json)))
}

/// Java before 19 writes some floats with more digits than it takes: a number that is next to a float's own is that float.
fn with_floats(json: &Json) -> Json {
    match json {
        Json::Number(number) if number.is_f64() => {
            let real = number.as_f64().unwrap_or_default();
            let float: f64 = (real as f32).to_string().parse().unwrap_or(real);
            let is_float = (real - float).abs() <= real.abs() * 1e-8 || (real as f32).is_subnormal();
            if is_float { json!({ "float": (real as f32).to_bits() }) } else { json.clone() }
        }
        Json::Array(items) => items.iter().map(with_floats).collect(),
        Json::Object(members) => Json::Object(members.iter().map(|(name, value)| (name.clone(), with_floats(value))).collect()),
        other => other.clone(),
    }
}

fn options(case: &Case) -> Result<Options> {
    let mut set: Vec<(&str, Option<&str>)> = vec![("schema.registry.url", Some("http://none"))];
    set.extend(case.config.iter().map(|(name, value)| (name.as_str(), value.as_deref())));
    let config = AvroConverter::plugin().config().parse_with_nulls(set).map_err(|error| anyhow!("{error}"))?;
    Options::read(&config).map_err(|error| anyhow!("{error}"))
}

fn from_connect(datum: &Datum<'_>, options: Options) -> Result<Json, Error> {
    let writing = Writing::new(datum.schema.as_ref(), options)?;
    let mut payload = Vec::new();
    if datum.schema.is_none() && datum.value.is_null() {
        return Ok(json!({ "avroSchema": writing.avro.to_json()?, "payload": null }));
    }
    writing.write(&mut payload, &datum.value, options)?;
    Ok(json!({ "avroSchema": writing.avro.to_json()?, "payload": STANDARD.encode(payload) }))
}

fn to_connect(input: &Json, options: Options) -> Result<Result<Json, Error>> {
    let text = input.get("avroSchema").context("no avroSchema")?.to_string();
    let payload = input.get("payload").and_then(Json::as_str).context("no payload")?;
    let payload = STANDARD.decode(payload)?;
    let read = || {
        let avro = AvroSchema::parse(&text, &[])?;
        let mut unions = 0;
        let datum = Reading::new(&avro, None, options, &mut unions)?.read(&payload)?;
        show::datum(&datum).map_err(|error| Error::data(error.to_string()))
    };
    Ok(read())
}
