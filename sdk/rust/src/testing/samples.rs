//! Records of every shape, for the contract suites.

use crate::data::decimal::Decimal;
use crate::data::logical;
use crate::data::record::{Coordinates, Datum, Header, Record, TimestampType};
use crate::data::schema::Schema;
use crate::data::schema_builder::SchemaBuilder;
use crate::data::struct_::Struct;
use crate::data::value::Value;
use crate::error::Error;

/// The topic of sink records.
pub(super) const TOPIC: &str = "orders";

/// Records of a sink: a tombstone, raw bytes, schemaless and typed values, with and without headers.
pub(super) fn records() -> Result<Vec<Record<'static>>, Error> {
    let values = [
        Datum::NULL,
        Datum::schemaless(Value::bytes(b"{\"a\":1}".as_slice())),
        Datum::schemaless("text"),
        Datum::new(Schema::string(), "text"),
        Datum::schemaless(map()),
        Datum::schemaless(Value::Array(vec![Value::Int8(1), Value::Null, Value::Float64(f64::NAN)])),
        Datum::new(schema()?, structure()?),
    ];
    let mut records = Vec::new();
    for (index, value) in values.into_iter().enumerate() {
        let id = u32::try_from(index).unwrap_or(u32::MAX);
        let mut record = Record::new(TOPIC).with_value(value).with_timestamp(1_600_000_000_000);
        record.id = id;
        record.partition = Some(0);
        record.coordinates = Some(Coordinates::new(TOPIC, 0, 100 + i64::from(id), TimestampType::CreateTime));
        if index % 2 == 0 {
            record.key = Datum::new(Schema::optional_string(), "key");
            record.headers = vec![Header { name: "h1".into(), datum: Datum::new(Schema::int32(), 7) }];
        }
        records.push(record);
    }
    Ok(records)
}

fn map() -> Value<'static> {
    Value::Map(vec![
        (Value::from("name"), Value::from("Ada")),
        (Value::from("age"), Value::Int64(36)),
        (Value::from("tags"), Value::Array(vec![Value::from("a"), Value::from("b")])),
        (Value::from("nothing"), Value::Null),
    ])
}

fn schema() -> Result<Schema, Error> {
    SchemaBuilder::structure()
        .name("com.example.Person")
        .version(2)
        .field("name", Schema::string())
        .field("age", SchemaBuilder::new(crate::data::schema::Type::Int32).default_value(Value::Int32(1)).build()?)
        .field("balance", logical::decimal(2).optional().build()?)
        .field("born", logical::date().optional().build()?)
        .build()
}

fn structure() -> Result<Struct<'static>, Error> {
    let values = vec![Value::from("Ada"), Value::Null, Value::Decimal(Decimal::new(12345, 2)), Value::Date(0)];
    Struct::from_values(schema()?, values)
}
