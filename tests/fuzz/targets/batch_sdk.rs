//! The batch as a plugin reads it: every value to its last part, and through a chain of stages.

use caisson_sdk::batches::{encode_batch, with_records};
use caisson_sdk::data::logical;
use caisson_sdk::run::chain::{Chain, StageSpec};
use caisson_sdk::run::registry::Registry;
use caisson_sdk::{Coordinates, Datum, Decimal, Header, Record, Schema, SchemaBuilder, Struct, TimestampType, Type, Value};
use caisson_stages::Plugins;

/// Decodes every value, and runs the batch through a transformation and a converter.
pub fn run(data: &[u8]) {
    let decoded = with_records(data, |record| {
        let _ = record.key.value.into_owned();
        let _ = record.value.value.into_owned();
        for header in record.headers {
            let _ = header.datum.value.into_owned();
        }
    });
    if decoded.is_err() {
        return;
    }
    let stage = |kind: &str, class: &str| StageSpec {
        kind: kind.to_owned(),
        class: class.to_owned(),
        role: "value".to_owned(),
        ..StageSpec::default()
    };
    let flatten = stage("transform", "org.apache.kafka.connect.transforms.Flatten$Value");
    let mut json = stage("from-connect", "org.apache.kafka.connect.json.JsonConverter");
    json.config.push(("converter.type".to_owned(), "value".to_owned()));
    match Chain::open(Plugins::ENTRIES, &[flatten, json]) {
        Ok(mut chain) => drop(chain.apply(data)),
        Err(error) => panic!("{error}"),
    }
}

/// Batches of sources and sinks with values of every kind.
pub fn corpus() -> Vec<Vec<u8>> {
    let mut batches = Vec::new();
    for sink in [false, true] {
        let mut records = Vec::new();
        for (id, value) in (0..).zip(values()) {
            let mut record = Record::new("orders").with_value(value).with_timestamp(1_600_000_000_000);
            record.id = id;
            record.headers.push(Header { name: "h".into(), datum: Datum::schemaless("v") });
            record.coordinates = sink.then(|| Coordinates::new("orders", 0, i64::from(id), TimestampType::CreateTime));
            batches.extend(encode_batch(std::slice::from_ref(&record)));
            records.push(record);
        }
        batches.extend(encode_batch(&records));
    }
    batches
}

fn values() -> Vec<Datum<'static>> {
    let map = Value::Map(vec![
        (Value::from("name"), Value::from("Ada")),
        (Value::Int8(1), Value::Array(vec![Value::Null, Value::Int16(2), Value::Float32(1.5), Value::Date(0)])),
        (Value::from("d"), Value::Decimal(Decimal::new(1234, 2))),
    ]);
    let mut data = vec![Datum::NULL, Datum::schemaless(Value::bytes(b"{}".as_slice())), Datum::schemaless(map)];
    let inner = SchemaBuilder::structure().field("x", Schema::int64()).optional().build();
    let schema = inner.and_then(|inner| {
        let amount = logical::decimal(2).build()?;
        let tags = SchemaBuilder::array(Schema::string()).build()?;
        let count = SchemaBuilder::new(Type::Int32).default_value(Value::Int32(1)).build()?;
        SchemaBuilder::structure()
            .name("n")
            .field("in", inner)
            .field("amount", amount)
            .field("tags", tags)
            .field("count", count)
            .build()
    });
    if let Ok(schema) = schema {
        let tags = Value::Array(vec![Value::from("a"), Value::from("b")]);
        let values = vec![Value::Null, Value::Decimal(Decimal::new(5, 2)), tags, Value::Int32(7)];
        data.extend(Struct::from_values(schema.clone(), values).map(|structure| Datum::new(schema, structure)));
    }
    data
}
