//! What the stages of the benchmark's pipelines cost, natively and without a host: nanoseconds a record.

use std::time::Instant;

use anyhow::{Result, anyhow, ensure};
use caisson_sdk::batches::encode_batch;
use caisson_sdk::data::record::{Datum, Record};
use caisson_sdk::data::value::Value;
use caisson_sdk::run::chain::{Chain, StageSpec};
use caisson_sdk::run::registry::Registry;
use caisson_sdk::{Coordinates, Schema, TimestampType};
use caisson_stages::Plugins;

const RECORDS: usize = 500;
const ROUNDS: usize = 400;

fn transform(name: &str, config: &[(&str, &str)]) -> StageSpec {
    let class = format!("org.apache.kafka.connect.transforms.{name}$Value");
    StageSpec { kind: "transform".to_owned(), class, config: owned(config), ..StageSpec::default() }
}

fn json(kind: &str, schemas: bool) -> StageSpec {
    StageSpec {
        kind: kind.to_owned(),
        class: "org.apache.kafka.connect.json.JsonConverter".to_owned(),
        role: "value".to_owned(),
        config: owned(&[("schemas.enable", if schemas { "true" } else { "false" }), ("converter.type", "value")]),
        ..StageSpec::default()
    }
}

fn string(kind: &str) -> StageSpec {
    StageSpec {
        kind: kind.to_owned(),
        class: "org.apache.kafka.connect.storage.StringConverter".to_owned(),
        role: "value".to_owned(),
        config: owned(&[("converter.type", "value")]),
        ..StageSpec::default()
    }
}

fn owned(config: &[(&str, &str)]) -> Vec<(String, String)> {
    config.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// Lines of a file with their schema, as FileStreamSource gives them.
fn lines() -> Result<Vec<u8>> {
    let records = (0..RECORDS).map(|number| {
        let line = format!("line {number:08} of a file with nothing but some words that make up a hundred characters or so, dot");
        let mut record = Record::new("lines").with_value(Datum::new(Schema::string(), line));
        record.id = number as u32;
        record
    });
    encode_batch(&records.collect::<Vec<_>>()).map_err(|error| anyhow!("{error}"))
}

/// JSON objects of seven members, as a sink consumes them.
fn objects() -> Result<Vec<u8>> {
    let records = (0..RECORDS).map(|number| {
        let text = format!(
            "{{\"id\":{number},\"name\":\"customer-{number}\",\"email\":\"c{number}@example.com\",\"amount\":{number}.25,\
             \"active\":true,\"city\":\"Berlin\",\"ts\":1483425001864}}"
        );
        let value = Datum { schema: None, value: Value::bytes(text.into_bytes()) };
        let mut record = Record::new("objects").with_value(value).with_timestamp(1_483_425_001_864);
        record.id = number as u32;
        record.partition = Some(0);
        record.coordinates = Some(Coordinates::new("objects", 0, number as i64, TimestampType::CreateTime));
        record
    });
    encode_batch(&records.collect::<Vec<_>>()).map_err(|error| anyhow!("{error}"))
}

fn measure(name: &str, batch: &[u8], stages: &[StageSpec]) -> Result<Vec<u8>> {
    let mut chain = Chain::open(Plugins::ENTRIES, stages).map_err(|error| anyhow!("{name}: {error}"))?;
    let mut best = f64::INFINITY;
    let mut last = Vec::new();
    for _ in 0..ROUNDS {
        let start = Instant::now();
        let outcome = chain.apply(batch).map_err(|error| anyhow!("{name}: {error}"))?;
        best = best.min(start.elapsed().as_nanos() as f64 / RECORDS as f64);
        ensure!(outcome.failed.is_empty(), "{name}: {:?}", outcome.failed.first());
        last = outcome.batch;
    }
    println!("{best:>7.0} ns  {name}");
    Ok(last)
}

fn main() -> Result<()> {
    let lines = lines()?;
    let objects = objects()?;
    let hoist = || transform("HoistField", &[("field", "line")]);
    let insert = || transform("InsertField", &[("static.field", "source"), ("static.value", "bench")]);
    let replace = || transform("ReplaceField", &[("renames", "line:text")]);
    println!("best of {ROUNDS} batches of {RECORDS} records, a record:");
    measure("nothing (decode and encode), lines", &lines, &[])?;
    measure("StringConverter, lines", &lines, &[string("from-connect")])?;
    measure("JsonConverter with schemas, lines", &lines, &[json("from-connect", true)])?;
    measure("HoistField", &lines, &[hoist()])?;
    measure("HoistField, InsertField", &lines, &[hoist(), insert()])?;
    measure("HoistField, InsertField, ReplaceField", &lines, &[hoist(), insert(), replace()])?;
    let source = [hoist(), insert(), replace(), json("from-connect", true)];
    measure("source_smt: HoistField, InsertField, ReplaceField, JsonConverter with schemas", &lines, &source)?;

    measure("nothing (decode and encode), JSON bytes", &objects, &[])?;
    let maps = measure("JsonConverter, to a map", &objects, &[json("to-connect", false)])?;
    let insert = || transform("InsertField", &[("topic.field", "topic"), ("static.field", "source"), ("static.value", "bench")]);
    let mask = || transform("MaskField", &[("fields", "email")]);
    let replace = || transform("ReplaceField", &[("exclude", "city"), ("renames", "amount:total")]);
    measure("nothing (decode and encode), maps", &maps, &[])?;
    measure("InsertField on a map", &maps, &[insert()])?;
    measure("MaskField on a map", &maps, &[mask()])?;
    measure("ReplaceField on a map", &maps, &[replace()])?;
    measure("JsonConverter, from a map", &maps, &[json("from-connect", false)])?;
    let sink = [json("to-connect", false), insert(), mask(), replace()];
    measure("sink_smt: JsonConverter, InsertField, MaskField, ReplaceField", &objects, &sink)?;
    Ok(())
}
