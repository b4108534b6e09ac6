//! Arbitrary schemas, values and records.

use caisson_sdk::data::logical;
use caisson_sdk::{Coordinates, Datum, Decimal, Header, Record, Schema, SchemaBuilder, Struct, TimestampType, Type, Value};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::strategy::Union;

const PRIMITIVES: [Type; 9] =
    [Type::Int8, Type::Int16, Type::Int32, Type::Int64, Type::Float32, Type::Float64, Type::Boolean, Type::String, Type::Bytes];

/// Few names, so that settings of stages meet them.
pub fn name() -> impl Strategy<Value = String> {
    prop_oneof![4 => prop::sample::select(vec!["a", "b", "c", "ts", "x.y"]).prop_map(str::to_owned), 1 => text()]
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        vec(any::<char>(), 0..8).prop_map(|chars| chars.into_iter().collect()),
        any::<i32>().prop_map(|number| number.to_string()),
        Just("2020-02-29".to_owned()),
    ]
}

fn decimal() -> impl Strategy<Value = (i64, i32)> {
    (any::<i64>(), -3..12)
}

/// Any schema, nested to three levels; `nameless` ones have neither documentation nor parameters.
pub fn schema() -> BoxedStrategy<Schema> {
    let primitive = prop::sample::select(PRIMITIVES.to_vec()).prop_map(SchemaBuilder::new);
    let special = prop_oneof![
        (-3..12).prop_map(logical::decimal),
        Just(()).prop_map(|()| logical::date()),
        Just(()).prop_map(|()| logical::time()),
        Just(()).prop_map(|()| logical::timestamp()),
    ];
    let leaf = (prop_oneof![3 => primitive, 1 => special], any::<bool>())
        .prop_map(|(builder, optional)| builder.with_optional(optional).build().unwrap());
    leaf.prop_recursive(3, 24, 4, |inner| {
        let about = (any::<bool>(), option::weighted(0.3, name()), option::weighted(0.2, 1..9), option::weighted(0.2, text()));
        let shape = prop_oneof![
            inner.clone().prop_map(SchemaBuilder::array),
            (inner.clone(), inner.clone()).prop_map(|(keys, values)| SchemaBuilder::map(keys, values)),
            // Not in the order of a HashMap, which is another one each time.
            btree_map(name(), inner, 0..5).prop_map(|fields| {
                let mut builder = SchemaBuilder::structure();
                for (name, schema) in fields {
                    builder = builder.field(if name.is_empty() { "empty".to_owned() } else { name }, schema);
                }
                builder
            }),
        ];
        (shape, about).prop_map(|(mut builder, (optional, name, version, doc))| {
            if let Some(name) = name {
                builder = builder.name(format!("com.example.{name}"));
            }
            if let Some(version) = version {
                builder = builder.version(version);
            }
            if let Some(doc) = doc {
                builder = builder.doc(doc).parameter("p", "v");
            }
            builder.with_optional(optional).build().unwrap()
        })
    })
    .boxed()
}

/// A value of that schema.
pub fn value_of(schema: &Schema) -> BoxedStrategy<Value<'static>> {
    let value = required(schema);
    if !schema.is_optional() {
        return value;
    }
    prop_oneof![1 => Just(Value::Null), 4 => value].boxed()
}

fn required(schema: &Schema) -> BoxedStrategy<Value<'static>> {
    const DAY: i64 = 86_400_000;
    match schema.name() {
        Some(logical::DECIMAL) => {
            let scale = logical::scale(schema).unwrap();
            return any::<i64>().prop_map(move |unscaled| Value::Decimal(Decimal::new(unscaled, scale))).boxed();
        }
        Some(logical::DATE) => return (-100_000_i64..100_000).prop_map(|days| Value::Date(days * DAY)).boxed(),
        Some(logical::TIME) => return (0..DAY).prop_map(Value::Date).boxed(),
        Some(logical::TIMESTAMP) => return any::<i64>().prop_map(Value::Date).boxed(),
        _ => {}
    }
    let part = |schema: Option<&Schema>| schema.map(value_of).unwrap();
    match schema.type_() {
        Type::Array => vec(part(schema.value_schema()), 0..4).prop_map(Value::Array).boxed(),
        Type::Map => vec((part(schema.key_schema()), part(schema.value_schema())), 0..4)
            .prop_map(|entries| Value::Map(unique(entries)))
            .boxed(),
        Type::Struct => {
            let schema = schema.clone();
            let fields: Vec<_> = schema.fields().iter().map(|field| value_of(&field.schema)).collect();
            fields.prop_map(move |values| Value::Struct(Struct::from_values(schema.clone(), values).unwrap())).boxed()
        }
        primitive => scalar(primitive),
    }
}

/// Keys are there once.
fn unique(entries: Vec<(Value<'static>, Value<'static>)>) -> Vec<(Value<'static>, Value<'static>)> {
    let mut unique: Vec<(Value<'static>, Value<'static>)> = Vec::new();
    for (key, value) in entries {
        if unique.iter().all(|(known, _)| *known != key) {
            unique.push((key, value));
        }
    }
    unique
}

fn scalar(type_: Type) -> BoxedStrategy<Value<'static>> {
    match type_ {
        Type::Int8 => any::<i8>().prop_map(Value::Int8).boxed(),
        Type::Int16 => any::<i16>().prop_map(Value::Int16).boxed(),
        Type::Int32 => any::<i32>().prop_map(Value::Int32).boxed(),
        Type::Int64 => any::<i64>().prop_map(Value::Int64).boxed(),
        Type::Float32 => any::<f32>().prop_map(Value::Float32).boxed(),
        Type::Float64 => any::<f64>().prop_map(Value::Float64).boxed(),
        Type::Boolean => any::<bool>().prop_map(Value::Boolean).boxed(),
        Type::String => text().prop_map(Value::from).boxed(),
        _ => vec(any::<u8>(), 0..9).prop_map(Value::bytes).boxed(),
    }
}

/// A value that no schema tells of.
pub fn schemaless() -> BoxedStrategy<Value<'static>> {
    let scalars = Union::new(PRIMITIVES.map(scalar));
    let rest = prop_oneof![
        Just(Value::Null),
        any::<i64>().prop_map(Value::Date),
        decimal().prop_map(|(unscaled, scale)| Value::Decimal(Decimal::new(unscaled, scale))),
    ];
    prop_oneof![4 => scalars, 1 => rest]
        .prop_recursive(3, 24, 4, |inner| {
            let key = prop_oneof![4 => name().prop_map(Value::from), 1 => any::<i32>().prop_map(Value::Int32)];
            prop_oneof![
                vec(inner.clone(), 0..4).prop_map(Value::Array),
                vec((key, inner), 0..4).prop_map(|entries| Value::Map(unique(entries))),
                structure().prop_map(|datum| datum.value),
            ]
        })
        .boxed()
}

/// A struct, which carries its schema anywhere.
fn structure() -> impl Strategy<Value = Datum<'static>> {
    schema().prop_flat_map(|field| {
        let schema = SchemaBuilder::structure().field("a", field).build().unwrap();
        required(&schema).prop_map(move |value| Datum::new(schema.clone(), value))
    })
}

/// A value with a schema or without.
pub fn datum() -> BoxedStrategy<Datum<'static>> {
    let typed = schema().prop_flat_map(|schema| {
        let value = value_of(&schema);
        value.prop_map(move |value| Datum { schema: Some(schema.clone()), value })
    });
    let untyped = schemaless().prop_map(|value| Datum { schema: None, value });
    prop_oneof![1 => Just(Datum::NULL), 4 => typed, 4 => untyped].boxed()
}

/// A record of a sink or a source; its id is 0.
pub fn record() -> impl Strategy<Value = Record<'static>> {
    let headers = vec((name(), datum()), 0..3);
    let place = (prop::sample::select(vec!["orders", "a.b", ""]), option::of(0..9_i32), option::of(any::<i64>()));
    (place, datum(), datum(), headers, option::of(any::<i64>())).prop_map(|(place, key, value, headers, offset)| {
        let (topic, partition, timestamp) = place;
        let mut record = Record::new(topic).with_key(key).with_value(value);
        record.partition = partition;
        record.timestamp = timestamp;
        record.headers = headers.into_iter().map(|(name, datum)| Header { name: name.into(), datum }).collect();
        record.coordinates = offset.map(|offset| Coordinates::new("first", 3, offset, TimestampType::CreateTime));
        record
    })
}

/// Records of one kind, numbered.
pub fn records() -> impl Strategy<Value = Vec<Record<'static>>> {
    (vec(record(), 1..6), any::<bool>()).prop_map(|(mut records, sink)| {
        for (id, record) in (0..).zip(&mut records) {
            record.id = id;
            let offset = record.coordinates.map_or(0, |coordinates| coordinates.offset);
            record.coordinates = sink.then(|| Coordinates::new("first", 3, offset, TimestampType::CreateTime));
        }
        records
    })
}
