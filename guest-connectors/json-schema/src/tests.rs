//! Schemas and values in both directions.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use caisson_converters::json::config::DecimalFormat;
use caisson_converters::json::node::Node;
use caisson_converters::json::reader::Reader;
use caisson_sdk::data::java_text::java_text;
use caisson_sdk::data::logical;
use caisson_sdk::{Decimal, Schema, SchemaBuilder, Struct, Type, Value};
use serde_json::json;

use crate::connect_schema::{self, Converted};
use crate::definition_text;
use crate::document::{Document, Reference};
use crate::from_connect;
use crate::options::{ONE_OF, Options};
use crate::to_connect::{self, Failure};
use crate::validator::Validator;

fn document(text: &str) -> Document {
    Document::parse(text, &[], false).unwrap()
}

fn connect(text: &str, options: &Options, depth: usize) -> Converted {
    connect_schema::convert(&document(text), None, options, depth).unwrap()
}

fn refused(text: &str) -> String {
    connect_schema::convert(&document(text), None, &Options::default(), 0).unwrap_err().to_string()
}

fn read(converted: &Converted, text: &str) -> Result<Value<'static>, Failure> {
    let node = Node::read(&mut Reader::new(text)).unwrap();
    Ok(to_connect::read(Some(&converted.schema), Some(&node), &converted.cuts)?.into_owned().unwrap())
}

fn shown(value: &Value<'_>) -> String {
    java_text(value).unwrap()
}

fn written(schema: &Schema, value: &Value<'_>, options: &Options) -> String {
    let mut out = Vec::new();
    from_connect::write(&mut out, Some(schema), value, options).unwrap();
    String::from_utf8(out).unwrap()
}

fn structure(schema: &Schema, values: Vec<Value<'static>>) -> Value<'static> {
    Value::Struct(Struct::from_values(schema.clone(), values).unwrap())
}

/// The schema and a value, written and read.
fn survives(schema: &Schema, value: &Value<'static>, options: &Options) {
    let text = definition_text::write(schema, options).unwrap().to_string();
    let converted = connect(&text, options, 0);
    assert_eq!(converted.schema, *schema, "{text}");
    assert_eq!(read(&converted, &written(schema, value, options)), Ok(value.clone()), "{text}");
}

fn everything() -> (Schema, Value<'static>) {
    let inner = SchemaBuilder::structure().name("Inner").version(2).doc("about").field("a", Schema::int32()).build().unwrap();
    let optional = SchemaBuilder::structure().field("b", Schema::optional_string()).optional().build().unwrap();
    let schema = SchemaBuilder::structure()
        .name("com.acme.Outer")
        .version(1)
        .parameter("p", "v")
        .field("i8", Schema::primitive(Type::Int8))
        .field("i16", Schema::primitive(Type::Int16))
        .field("i32", Schema::int32())
        .field("i64", Schema::int64())
        .field("f32", Schema::primitive(Type::Float32))
        .field("f64", Schema::optional_primitive(Type::Float64))
        .field("bool", Schema::boolean())
        .field("text", SchemaBuilder::new(Type::String).default_value(Value::from("d")).build().unwrap())
        .field("bytes", Schema::optional_bytes())
        .field("decimal", logical::decimal(2).build().unwrap())
        .field("date", logical::date().build().unwrap())
        .field("time", logical::time().optional().build().unwrap())
        .field("timestamp", logical::timestamp().build().unwrap())
        .field("array", SchemaBuilder::array(Schema::int64()).build().unwrap())
        .field("map", SchemaBuilder::map(Schema::string(), inner.clone()).build().unwrap())
        .field("pairs", SchemaBuilder::map(Schema::int32(), Schema::optional_string()).optional().build().unwrap())
        .field("inner", inner.clone())
        .field("optional", optional.clone())
        .field("nothing", optional)
        .build()
        .unwrap();
    let a = |number| structure(&inner, vec![Value::Int32(number)]);
    let some = structure(&schema.field("optional").unwrap().1.schema, vec![Value::Null]);
    let values = vec![
        Value::Int8(-8),
        Value::Int16(-16),
        Value::Int32(i32::MIN),
        Value::Int64(i64::MIN),
        Value::Float32(1.5),
        Value::Null,
        Value::Boolean(true),
        Value::from("\u{e9}\"\n"),
        Value::bytes([0_u8, 255].as_slice()),
        Value::Decimal(Decimal::new(-12345, 2)),
        Value::Date(86_400_000 * 18_321),
        Value::Date(45_296_789),
        Value::Date(1_600_000_000_123),
        Value::Array(vec![Value::Int64(1), Value::Int64(-1)]),
        Value::Map(vec![(Value::from("x"), a(300)), (Value::from(""), a(0))]),
        Value::Map(vec![(Value::Int32(0), Value::from("7")), (Value::Int32(-1), Value::Null)]),
        a(7),
        some,
        Value::Null,
    ];
    let value = structure(&schema, values);
    (schema, value)
}

#[test]
fn every_type_survives() {
    let (schema, value) = everything();
    survives(&schema, &value, &Options::default());
    survives(&schema, &value, &Options { decimal_format: DecimalFormat::Numeric, ..Options::default() });
    for (schema, value) in [
        (Schema::string(), Value::from("key")),
        (Schema::optional_primitive(Type::Int64), Value::Null),
        (Schema::boolean(), Value::Boolean(true)),
        (SchemaBuilder::array(Schema::optional_string()).build().unwrap(), Value::Array(vec![Value::Null])),
    ] {
        survives(&schema, &value, &Options::default());
    }
}

#[test]
fn schemas_have_connects_keywords() {
    let schema = SchemaBuilder::structure()
        .name("com.acme.Order")
        .version(3)
        .doc("An order.")
        .field("id", Schema::int64())
        .field("note", SchemaBuilder::new(Type::String).optional().parameter("x", "y").build().unwrap())
        .field("total", SchemaBuilder::new(Type::Float64).default_value(Value::Float64(1.5)).build().unwrap())
        .build()
        .unwrap();
    let expected = json!({
        "type": "object",
        "properties": {
            "id": { "type": "integer", "connect.type": "int64", "connect.index": 0 },
            "note": { "oneOf": [{ "type": "null" }, { "type": "string", "connect.parameters": { "x": "y" } }], "connect.index": 1 },
            "total": { "type": "number", "default": 1.5, "connect.type": "float64", "connect.index": 2 },
        },
        "title": "com.acme.Order",
        "description": "An order.",
        "connect.version": 3,
    });
    assert_eq!(definition_text::write(&schema, &Options::default()).unwrap(), expected);
    let closed = Options { object_additional_properties: false, ..Options::default() };
    assert_eq!(definition_text::write(&schema, &closed).unwrap()["additionalProperties"], json!(false));
}

#[test]
fn enums_and_unions_survive() {
    let text = r#"{"type":"object","properties":{
        "kind":{"enum":["A","B",null]},
        "typed":{"type":"string","enum":["X","Y"]},
        "any":{"oneOf":[{"type":"string"},{"type":"integer"},{"type":"object","properties":{"p":{"type":"number"}}},{"type":"null"}]}}}"#;
    for options in [Options::default(), Options { generalized_sum_type_support: true, ..Options::default() }] {
        let converted = connect(text, &options, 0);
        let kind = &converted.schema.field("kind").unwrap().1.schema;
        assert_eq!(kind.type_(), Type::String);
        assert!(kind.parameters().iter().any(|(name, _)| name.ends_with("Enum.<NULL>")), "{kind:?}");
        let any = &converted.schema.field("any").unwrap().1.schema;
        assert!(any.is_optional());
        assert_eq!(any.name() == Some(ONE_OF), !options.generalized_sum_type_support);
        for json in [
            r#"{"kind":"A","typed":"Y","any":"text"}"#,
            r#"{"kind":"B","typed":"X","any":{"p":1.5}}"#,
            r#"{"kind":"B","typed":"X","any":5}"#,
            r#"{"kind":"B","typed":"X","any":null}"#,
        ] {
            let value = read(&converted, json).unwrap();
            assert_eq!(written(&converted.schema, &value, &options), json);
        }
        let again = connect(&definition_text::write(&converted.schema, &options).unwrap().to_string(), &options, 0);
        assert_eq!(again.schema, converted.schema);
    }
}

#[test]
fn types_may_be_told_in_many_ways() {
    let optional = Options::default();
    let of = |text: &str| connect(text, &optional, 0).schema;
    assert_eq!(of(r#"{"type":["null","integer"]}"#), Schema::optional_primitive(Type::Int64));
    assert_eq!(of(r#"{"anyOf":[{"type":"null"},{"type":"string"}]}"#), Schema::optional_string());
    assert_eq!(of(r#"{"oneOf":[{"type":"boolean"}]}"#), Schema::boolean());
    assert_eq!(of(r#"{"minimum":3}"#), Schema::primitive(Type::Float64));
    assert_eq!(of(r#"{"items":{"type":"string"}}"#).type_(), Type::Array);
    assert_eq!(of(r#"{"type":"string","const":"x"}"#), Schema::string());
    assert_eq!(of(r#"{"allOf":[{"type":"number"},{"type":"string","format":"date"}]}"#).type_(), Type::Float64);
    let all = of(r##"{"allOf":[{"$ref":"#/definitions/a"},{"type":"object","properties":{"y":{"type":"string"}}}],
        "definitions":{"a":{"type":"object","properties":{"x":{"type":"integer"}}}}}"##);
    assert_eq!(all.fields().iter().map(|field| field.name.as_str()).collect::<Vec<_>>(), ["x", "y"]);
    for text in [r#"{"type":"null"}"#, "{}", "true", r#"{"type":"array"}"#, r#"{"not":{}}"#, "3", r#"{"type":"float"}"#] {
        assert!(!refused(text).is_empty());
    }
}

#[test]
fn fields_are_ordered_and_optional_as_asked() {
    let text = r#"{"type":"object","required":["b"],"properties":{
        "a":{"type":"string","connect.index":2},"b":{"type":"string","connect.index":0},"c":{"type":"string","connect.index":1}}}"#;
    let schema = connect(text, &Options::default(), 0).schema;
    assert_eq!(schema.fields().iter().map(|field| field.name.as_str()).collect::<Vec<_>>(), ["b", "c", "a"]);
    assert!(schema.fields().iter().all(|field| !field.schema.is_optional()));
    let options = Options { use_optional_for_nonrequired: true, ..Options::default() };
    let schema = connect(text, &options, 0).schema;
    assert_eq!(schema.fields().iter().map(|field| field.schema.is_optional()).collect::<Vec<_>>(), [false, true, true]);
}

#[test]
fn references_lead_through_every_draft() {
    let options = Options::default();
    for text in [
        r##"{"$schema":"http://json-schema.org/draft-04/schema#","id":"http://a.b/root.json","type":"object","properties":{"x":{"$ref":"#/definitions/d"}},"definitions":{"d":{"type":"integer"}}}"##,
        r##"{"$schema":"http://json-schema.org/draft-07/schema#","$id":"http://a.b/root.json","type":"object","properties":{"x":{"$ref":"#d"}},"definitions":{"e":{"$id":"#d","type":"integer"}}}"##,
        r##"{"$schema":"https://json-schema.org/draft/2019-09/schema","type":"object","properties":{"x":{"$ref":"#d"}},"$defs":{"e":{"$anchor":"d","type":"integer"}}}"##,
        r##"{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":{"x":{"$ref":"#/$defs/a~1b"}},"$defs":{"a/b":{"type":"integer"}}}"##,
    ] {
        let converted = connect(text, &options, 0);
        assert_eq!(shown(&read(&converted, r#"{"x":5}"#).unwrap()), "Struct{x=5}", "{text}");
        let validator = Validator::new(&document(text)).unwrap();
        assert_eq!(validator.check(br#"{"x":1}"#), Ok(()), "{text}");
        assert!(validator.check(br#"{"x":"1"}"#).unwrap_err().contains("/x"), "{text}");
    }
    let other =
        Reference { name: "other.json".to_owned(), text: r#"{"type":"object","properties":{"y":{"type":"string"}}}"#.to_owned() };
    for text in [
        r#"{"type":"object","properties":{"x":{"$ref":"other.json"}}}"#,
        r#"{"$id":"http://acme.com/schemas/root.json","type":"object","properties":{"x":{"$ref":"other.json"}}}"#,
    ] {
        let document = Document::parse(text, std::slice::from_ref(&other), false).unwrap();
        let converted = connect_schema::convert(&document, Some(4), &options, 0).unwrap();
        assert_eq!(converted.schema.version(), Some(4));
        assert_eq!(shown(&read(&converted, r#"{"x":{"y":"z"}}"#).unwrap()), "Struct{x=Struct{y=z}}");
        assert!(Validator::new(&document).unwrap().check(br#"{"x":{"y":1}}"#).is_err());
    }
    assert!(refused(r#"{"type":"object","properties":{"x":{"$ref":"missing.json"}}}"#).contains("missing.json"));
    assert!(refused(r##"{"type":"object","properties":{"x":{"$ref":"#/nowhere"}}}"##).contains("nowhere"));
}

#[test]
fn objects_that_contain_themselves_are_followed_as_deep_as_asked() {
    let text = r##"{"type":"object","properties":{"n":{"type":"integer"},"next":{"$ref":"#"},"more":{"type":"array","items":{"$ref":"#"}}}}"##;
    let options = Options::default();
    let json = r#"{"n":1,"next":{"n":2,"more":[{"n":3}]}}"#;
    assert_eq!(read(&connect(text, &options, 0), json), Err(Failure::Deeper));
    assert_eq!(read(&connect(text, &options, 1), json), Err(Failure::Deeper));
    assert_eq!(shown(&read(&connect(text, &options, 2), json).unwrap()), "Struct{n=1,next=Struct{n=2,more=[Struct{n=3}]}}");
    assert!(connect_schema::convert(&document(text), None, &options, 20).unwrap_err().to_string().contains("10000"));
    assert!(refused(r##"{"$ref":"#"}"##).contains("nests"));
    assert!(refused(r##"{"allOf":[{"$ref":"#"}]}"##).len() > 1);
}

#[test]
fn nulls_are_written_where_they_are_allowed() {
    let with_default = SchemaBuilder::new(Type::Int32).optional().default_value(Value::Int32(7)).build().unwrap();
    let schema = SchemaBuilder::structure()
        .field("required", Schema::int32())
        .field("optional", Schema::optional_string())
        .field("default", with_default)
        .build()
        .unwrap();
    let nulls = structure(&schema, vec![Value::Null, Value::Null, Value::Null]);
    assert_eq!(written(&schema, &nulls, &Options::default()), r#"{"optional":null,"default":7}"#);
    let ignoring = Options { ignore_default_for_nullables: true, ..Options::default() };
    assert_eq!(written(&schema, &nulls, &ignoring), r#"{"optional":null,"default":null}"#);
}

#[test]
fn values_of_another_shape_are_refused() {
    let converted = connect(
        r#"{"type":"object","properties":{"m":{"type":"object","connect.type":"map","additionalProperties":{"type":"string"}},
            "d":{"type":"integer","title":"org.apache.kafka.connect.data.Date","connect.type":"int32"},"r":{"type":"integer"}}}"#,
        &Options::default(),
        0,
    );
    for text in ["5", "[]", r#"{"m":[]}"#, r#"{"d":"x"}"#, r#"{"d":1.5}"#, r#"{"r":null}"#] {
        assert!(matches!(read(&converted, text), Err(Failure::Data(_))), "{text}");
    }
    assert_eq!(
        shown(&read(&converted, r#"{"m":{"a":"b"},"d":1,"r":1e3,"z":0}"#).unwrap()).len(),
        "Struct{m={a=b},d=Fri Jan 02 00:00:00 UTC 1970,r=1000}".len()
    );
    let union = connect(r#"{"oneOf":[{"type":"string"},{"type":"boolean"}]}"#, &Options::default(), 0);
    assert!(matches!(read(&union, "{}"), Err(Failure::Data(_))));
    let mut out = Vec::new();
    let error = from_connect::write(&mut out, Some(&Schema::int32()), &Value::from("x"), &Options::default()).unwrap_err();
    assert!(error.to_string().contains("Invalid type for INT32: class java.lang.String"), "{error}");
}
