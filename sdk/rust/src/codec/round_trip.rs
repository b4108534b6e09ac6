//! Every value survives the way through the bytes, and no bytes make the codec panic.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::sync::Arc;

use num_bigint::BigInt;

use crate::batches::{encode_batch, with_records};
use crate::codec::decode::Batch;
use crate::codec::encode::BatchWriter;
use crate::codec::schemas::SchemaCache;
use crate::data::decimal::Decimal;
use crate::data::logical;
use crate::data::record::{Coordinates, Datum, Header, Record, TimestampType};
use crate::data::schema::{Schema, Type};
use crate::data::schema_builder::SchemaBuilder;
use crate::data::struct_::Struct;
use crate::data::value::Value;
use crate::source::SourceBatch;

/// Numbers without a pattern, the same in every run (Marsaglia's xorshift).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    fn text(&mut self) -> String {
        let length = self.below(30);
        (0..length).map(|_| char::from_u32(self.below(0x2000) as u32).unwrap_or('?')).collect()
    }
}

fn primitive(random: &mut Random, type_: Type) -> Value<'static> {
    let bits = random.next() >> random.below(64);
    match type_ {
        Type::Int8 => Value::Int8(bits as i8),
        Type::Int16 => Value::Int16(bits as i16),
        Type::Int32 => Value::Int32(bits as i32),
        Type::Int64 => Value::Int64(random.next() as i64),
        Type::Float32 => Value::Float32(f32::from_bits(random.next() as u32)),
        Type::Float64 => Value::Float64(f64::from_bits(random.next())),
        Type::Boolean => Value::Boolean(bits.is_multiple_of(2)),
        Type::String => Value::from(random.text()),
        _ => Value::bytes(random.text().into_bytes()),
    }
}

/// A value of any type without schema.
fn schemaless(random: &mut Random, depth: u32) -> Value<'static> {
    match random.below(if depth == 0 { 13 } else { 16 }) {
        index @ 0..9 => primitive(random, Type::ALL[index as usize]),
        9 => Value::Null,
        10 => Value::Date(random.next() as i64 >> 20),
        11 => Value::Decimal(Decimal::new(BigInt::from(random.next()) * random.next(), random.next() as i32)),
        12 => Value::BigInteger(-BigInt::from(random.next()) * random.next()),
        13 => Value::Array((0..random.below(5)).map(|_| schemaless(random, depth - 1)).collect()),
        14 => Value::Map((0..random.below(5)).map(|index| (Value::Int32(index as i32), schemaless(random, depth - 1))).collect()),
        _ => {
            let schema = schema(random, Type::Struct, depth - 1);
            of_schema(random, &schema)
        }
    }
}

fn any_schema(random: &mut Random, depth: u32) -> Schema {
    let types = if depth == 0 { 9 } else { 12 };
    let type_ = Type::ALL[random.below(types) as usize];
    schema(random, type_, depth)
}

fn schema(random: &mut Random, type_: Type, depth: u32) -> Schema {
    let mut builder = match type_ {
        Type::Array => SchemaBuilder::array(any_schema(random, depth.saturating_sub(1))),
        Type::Map => {
            let keys = any_schema(random, 0);
            SchemaBuilder::map(keys, any_schema(random, depth.saturating_sub(1)))
        }
        Type::Struct => {
            let fields = random.below(6);
            (0..fields).fold(SchemaBuilder::structure(), |builder, index| {
                builder.field(format!("f{index}"), any_schema(random, depth.saturating_sub(1)))
            })
        }
        Type::Int64 if random.below(3) == 0 => logical::timestamp(),
        Type::Int32 if random.below(3) == 0 => logical::date(),
        Type::Bytes if random.below(2) == 0 => logical::decimal(3),
        primitive => SchemaBuilder::new(primitive),
    };
    if random.below(2) == 0 {
        builder = builder.optional();
    }
    if random.below(4) == 0 {
        builder = builder.doc(random.text()).parameter("p", random.text());
    }
    if type_ == Type::String && random.below(3) == 0 {
        builder = builder.default_value(Value::from(random.text()));
    }
    builder.build().unwrap()
}

fn of_schema(random: &mut Random, schema: &Schema) -> Value<'static> {
    if schema.is_optional() && random.below(5) == 0 {
        return Value::Null;
    }
    match (schema.type_(), schema.name()) {
        (_, Some(logical::DECIMAL)) => Value::Decimal(Decimal::new(random.next(), 3)),
        (_, Some(logical::DATE | logical::TIMESTAMP)) => Value::Date(random.next() as i64 >> 20),
        (Type::Array, _) => {
            let items = schema.value_schema().unwrap();
            Value::Array((0..random.below(4)).map(|_| of_schema(random, items)).collect())
        }
        (Type::Map, _) => {
            let (keys, values) = (schema.key_schema().unwrap(), schema.value_schema().unwrap());
            // One entry, since random keys may be equal.
            Value::Map(vec![(of_schema(random, keys), of_schema(random, values))])
        }
        (Type::Struct, _) => {
            let values = schema.fields().iter().map(|field| of_schema(random, &field.schema)).collect();
            Value::Struct(Struct::from_values(schema.clone(), values).unwrap())
        }
        (type_, _) => primitive(random, type_),
    }
}

fn datum(random: &mut Random) -> Datum<'static> {
    if random.below(2) == 0 {
        return Datum { schema: None, value: schemaless(random, 3) };
    }
    let schema = any_schema(random, 3);
    let value = of_schema(random, &schema);
    Datum { schema: Some(schema), value }
}

fn record(random: &mut Random, id: u32) -> Record<'static> {
    let mut record = Record::new(random.text()).with_key(datum(random)).with_value(datum(random));
    record.id = id;
    record.partition = (random.below(2) == 0).then(|| random.below(9) as i32);
    record.timestamp = (random.below(2) == 0).then(|| random.next() as i64 >> 20);
    record.headers = (0..random.below(3)).map(|_| Header { name: random.text().into(), datum: datum(random) }).collect();
    record.coordinates = Some(Coordinates::new("t", id as i32 % 3, random.next() as i64, TimestampType::LogAppendTime));
    record
}

/// Coordinates number their source as the batch does, which a record outside a batch does not.
fn comparable(mut record: Record<'_>) -> Record<'_> {
    if let Some(coordinates) = &mut record.coordinates {
        coordinates.source = 0;
    }
    record
}

#[test]
fn records_of_every_shape_survive() {
    let mut random = Random(0x1234_5678_9abc_def1);
    for round in 0..300 {
        let records: Vec<_> = (0..round % 7).map(|id| record(&mut random, id)).collect();
        let bytes = encode_batch(&records).unwrap();
        let mut expected = records.iter().cloned();
        let read = with_records(&bytes, |read| assert_eq!(comparable(read), comparable(expected.next().unwrap())));
        assert_eq!(read.unwrap().len(), records.len());
    }
}

#[test]
fn a_batch_copied_through_spans_stays_the_same() {
    let mut random = Random(99);
    let mut schemas = SchemaCache::default();
    for _ in 0..200 {
        let records: Vec<_> = (0..5).map(|id| record(&mut random, id)).collect();
        let bytes = encode_batch(&records).unwrap();
        let batch = Batch::parse(&bytes).unwrap();
        let table = schemas.table(batch.schemas).unwrap();
        let mut writer = BatchWriter::on(Arc::clone(&table));
        let mut reading = batch.records(&table);
        for (index, read) in reading.by_ref().enumerate() {
            let mut read = read.unwrap();
            // New schemas come behind those of the spans copied.
            if index % 2 == 0 {
                let inner = SchemaBuilder::structure().field(format!("g{index}"), Schema::int64()).build().unwrap();
                let moved = Struct::from_values(inner, vec![Value::Int64(7)]).unwrap();
                let value = std::mem::replace(&mut read.value.value, Value::Null);
                let schema = read.value.schema.take();
                read.key.value = Value::Array(vec![value, Value::Struct(moved)]);
                read.key.schema = None;
                read.value.schema = schema;
                read.value.value = records[index].value.value.clone();
            }
            writer.record(&read).unwrap();
        }
        let copied = writer.finish(batch.schemas, reading.sources_span().unwrap());
        let mut originals = records.iter();
        with_records(&copied, |read| {
            let original = originals.next().unwrap();
            assert_eq!(read.value, original.value);
            if let Value::Encoded(span) = &read.key.value
                && read.id % 2 == 0
            {
                let Value::Array(items) = span.decode().unwrap() else { panic!("not an array") };
                if original.value.schema.is_none() {
                    assert_eq!(items[0], original.value.value);
                }
            }
        })
        .unwrap();
    }
}

#[test]
fn malformed_bytes_are_refused_without_panic() {
    let mut random = Random(7);
    let records: Vec<_> = (0..4).map(|id| record(&mut random, id)).collect();
    let bytes = encode_batch(&records).unwrap();
    for length in 0..bytes.len() {
        assert!(read_all(&bytes[..length]).is_err(), "cut off after {length}");
    }
    for _ in 0..20_000 {
        let mut changed = bytes.clone();
        for _ in 0..=random.below(3) {
            let at = random.below(bytes.len() as u64) as usize;
            changed[at] = random.next() as u8;
        }
        // Right or wrong, it must not panic, nor ask for memory that the bytes do not justify.
        let _ = read_all(&changed);
    }
}

fn read_all(bytes: &[u8]) -> Result<(), crate::error::Error> {
    let owned = with_records(bytes, |record| {
        record.key.value.into_owned()?;
        record.value.value.into_owned().map(|_| ())
    });
    owned?.into_iter().collect()
}

#[test]
fn claimed_lengths_reserve_nothing() {
    // An array of 2^32 records in a batch of 7 bytes.
    assert!(Batch::parse(&[0x82, 0x80, 0x9a, 0xff, 0xff, 0xff, 0xff]).is_err());
    // A value of 2^62 bytes.
    let huge =
        [&[0x82, 0x80, 0x81, 0x87, 0, 0x61, b't', 0xf6, 0xf6, 0x82, 0xf6, 0xf6, 0x82, 0xf6, 0x5b, 0x40][..], &[0; 7]].concat();
    assert!(read_all(&huge).is_err());
}

#[test]
fn a_schema_used_twice_is_written_once() {
    let build = || SchemaBuilder::structure().field("a", Schema::string()).build().unwrap();
    let value = |schema: Schema| Datum::new(schema.clone(), Struct::from_values(schema, vec![Value::from("x")]).unwrap());
    // Built anew for every record, and still one schema.
    let records: Vec<_> = (0..100).map(|_| Record::new("t").with_value(value(build()))).collect();
    let bytes = encode_batch(&records).unwrap();
    assert!(bytes.len() < 100 * 20 + 40, "{} bytes", bytes.len());
    let batch = Batch::parse(&bytes).unwrap();
    assert_eq!(SchemaCache::default().table(batch.schemas).unwrap().len(), 1);
}

#[test]
fn a_polled_record_costs_few_bytes() {
    let mut polled = SourceBatch::default();
    let partition = polled.partition(Some(&[("filename", Value::from("/data/in.txt"))])).unwrap();
    for index in 0..1000 {
        let record = Record::new("t").with_value(Datum::new(Schema::string(), "a line"));
        polled.push(record, partition, Some(&[("position", Value::Int64(index))])).unwrap();
    }
    let (batch, origins) = polled.finish();
    assert!(batch.len() < 1000 * 24, "{}", batch.len());
    assert!(origins.len() < 1000 * 16, "{}", origins.len());
}
