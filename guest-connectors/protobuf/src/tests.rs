//! Schemas and values in both directions, with prost-reflect as the judge of the bytes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use caisson_sdk::data::java_text::java_text;
use caisson_sdk::data::logical;
use caisson_sdk::{Decimal, Error, Schema, SchemaBuilder, Struct, Type, Value};
use prost::Message as _;
use prost_reflect::{DynamicMessage, MessageDescriptor};

use crate::definition::{self, Import};
use crate::definition_text;
use crate::options::{Options, TAG, TYPE};
use crate::reader::{self, Failure};
use crate::reading;
use crate::writer;

fn message(text: &str, name: &str) -> MessageDescriptor {
    let file = definition::compile(text, &[]).unwrap();
    file.parent_pool().get_message_by_name(name).unwrap()
}

/// The bytes of a value and the message that they are of.
fn written(schema: &Schema, value: Value<'static>, options: &Options) -> Result<(Vec<u8>, MessageDescriptor), Error> {
    let text = definition_text::write(schema, options)?;
    let file = definition::compile(&text.text, &[]).unwrap_or_else(|why| panic!("{why}\n{}", text.text));
    let message = file.parent_pool().get_message_by_name(&text.message).unwrap();
    let mut out = Vec::new();
    writer::plan(schema, &message, options)?.write(value, &mut out)?;
    // A judge that knows nothing of Connect has to take it.
    let judged = DynamicMessage::decode(message.clone(), out.as_slice()).unwrap();
    assert_eq!(judged.unknown_fields().count(), 0);
    assert_eq!(judged.encode_to_vec().len(), out.len());
    Ok((out, message))
}

fn read(message: &MessageDescriptor, bytes: &[u8], options: &Options, depth: usize) -> Result<Value<'static>, Failure> {
    let plan = reading::plan(message, None, options, depth).unwrap();
    Ok(reader::read(&plan, bytes)?.into_owned().unwrap())
}

fn shown(value: &Value<'_>) -> String {
    java_text(value).unwrap()
}

/// What a value is after it was written and read.
fn there_and_back(schema: &Schema, value: Value<'static>, options: &Options) -> String {
    let (bytes, message) = written(schema, value, options).unwrap();
    shown(&read(&message, &bytes, options, 0).unwrap())
}

fn structure(schema: &Schema, values: Vec<Value<'static>>) -> Value<'static> {
    Value::Struct(Struct::from_values(schema.clone(), values).unwrap())
}

fn everything() -> (Schema, Value<'static>) {
    let inner = SchemaBuilder::structure().name("com.acme.Inner").field("a", Schema::int32()).build().unwrap();
    let schema = SchemaBuilder::structure()
        .name("com.acme.Outer")
        .field("i8", Schema::primitive(Type::Int8))
        .field("i16", Schema::primitive(Type::Int16))
        .field("i32", Schema::int32())
        .field("i64", Schema::int64())
        .field("f32", Schema::primitive(Type::Float32))
        .field("f64", Schema::primitive(Type::Float64))
        .field("bool", Schema::boolean())
        .field("text", Schema::string())
        .field("bytes", Schema::bytes())
        .field("decimal", logical::decimal(2).build().unwrap())
        .field("date", logical::date().build().unwrap())
        .field("time", logical::time().build().unwrap())
        .field("timestamp", logical::timestamp().build().unwrap())
        .field("numbers", SchemaBuilder::array(Schema::int64()).build().unwrap())
        .field("texts", SchemaBuilder::array(Schema::string()).build().unwrap())
        .field("structs", SchemaBuilder::array(inner.clone()).build().unwrap())
        .field("map", SchemaBuilder::map(Schema::string(), inner.clone()).build().unwrap())
        .field("counts", SchemaBuilder::map(Schema::int32(), Schema::int64()).name("counts").build().unwrap())
        .field("inner", inner.clone())
        .build()
        .unwrap();
    let a = |number| structure(&inner, vec![Value::Int32(number)]);
    let value = structure(
        &schema,
        vec![
            Value::Int8(-8),
            Value::Int16(-16),
            Value::Int32(i32::MIN),
            Value::Int64(i64::MIN),
            Value::Float32(1.5),
            Value::Float64(-2.5),
            Value::Boolean(true),
            Value::from("é"),
            Value::bytes([0_u8, 1].as_slice()),
            Value::Decimal(Decimal::new(-12345, 2)),
            Value::Date(86_400_000 * 18_321),
            Value::Date(45_296_789),
            Value::Date(1_600_000_000_123),
            Value::Array(vec![Value::Int64(1), Value::Int64(-1), Value::Int64(0)]),
            Value::Array(vec![Value::from("a"), Value::from("")]),
            Value::Array(vec![a(1), a(0)]),
            Value::Map(vec![(Value::from("x"), a(300)), (Value::from(""), a(0))]),
            Value::Map(vec![(Value::Int32(0), Value::Int64(7)), (Value::Int32(-1), Value::Int64(0))]),
            a(7),
        ],
    );
    (schema, value)
}

#[test]
fn every_type_survives() {
    let (schema, value) = everything();
    assert_eq!(there_and_back(&schema, value.clone(), &Options::default()), shown(&value));
    let wrapped = Options { wrapper_for_nullables: true, ..Options::default() };
    assert_eq!(there_and_back(&schema, value.clone(), &wrapped), shown(&value));
}

#[test]
fn the_text_is_a_definition_of_its_own() {
    let (schema, _) = everything();
    let text = definition_text::write(&schema, &Options::default()).unwrap();
    assert_eq!(text.message, "com.acme.Outer");
    for line in [
        "syntax = \"proto3\";\npackage com.acme;\n\nimport \"confluent/meta.proto\";\n",
        "import \"google/protobuf/timestamp.proto\";\n",
        "  int32 i8 = 1 [(confluent.field_meta) = {\n    params: [\n      {\n        key: \"connect.type\",\n        value: \"int8\"",
        "  confluent.type.Decimal decimal = 10 [(confluent.field_meta) = {",
        "  repeated int64 numbers = 14;\n",
        "  repeated ConnectDefault1Entry map = 17;\n  repeated countsEntry counts = 18;\n  Inner inner = 19;\n",
        "\n  message Inner {\n    int32 a = 1;\n  }\n",
        "\n  message ConnectDefault1Entry {\n    string key = 1;\n    Inner value = 2;\n",
    ] {
        assert!(text.text.contains(line), "{line}\nis not in\n{}", text.text);
    }
}

#[test]
fn nameless_structs_are_named_in_the_order_of_their_appearance() {
    let inner = SchemaBuilder::structure().field("a", Schema::int32()).build().unwrap();
    let schema = SchemaBuilder::structure().field("x", inner.clone()).field("y", inner).build().unwrap();
    let text = definition_text::write(&schema, &Options::default()).unwrap();
    assert_eq!(text.message, "ConnectDefault1");
    assert!(text.text.contains("  ConnectDefault2 x = 1;\n  ConnectDefault3 y = 2;\n"), "{}", text.text);
    let same = SchemaBuilder::structure().name("x").field("a", Schema::int32()).build().unwrap();
    let schema = SchemaBuilder::structure().name("a.b").field("x", same).build().unwrap();
    assert!(definition_text::write(&schema, &Options::default()).unwrap().text.contains("  xMessage x = 1;"));
}

#[test]
fn nulls_are_kept_where_an_option_says_how() {
    let optional = |type_| Schema::optional_primitive(type_);
    let schema = SchemaBuilder::structure()
        .name("Nulls")
        .field("number", optional(Type::Int32))
        .field("text", optional(Type::String))
        .field("flag", optional(Type::Boolean))
        .build()
        .unwrap();
    let nulls = || structure(&schema, vec![Value::Null, Value::Null, Value::Null]);
    let zeros = || structure(&schema, vec![Value::Int32(0), Value::from(""), Value::Boolean(false)]);
    let plain = Options::default();
    assert_eq!(there_and_back(&schema, nulls(), &plain), "Struct{number=0,text=,flag=false}");
    for options in [
        Options { wrapper_for_nullables: true, ..plain },
        Options { optional_for_nullables: true, ..plain },
        Options { wrapper_for_nullables: true, wrapper_for_raw_primitives: false, ..plain },
    ] {
        assert_eq!(there_and_back(&schema, nulls(), &options), "Struct{}", "{options:?}");
        assert_eq!(there_and_back(&schema, zeros(), &options), "Struct{number=0,text=,flag=false}", "{options:?}");
    }
}

#[test]
fn primitives_are_wrapped() {
    for (schema, value) in [
        (Schema::int32(), Value::Int32(5)),
        (Schema::int64(), Value::Int64(0)),
        (Schema::primitive(Type::Float32), Value::Float32(0.5)),
        (Schema::primitive(Type::Float64), Value::Float64(-0.5)),
        (Schema::boolean(), Value::Boolean(true)),
        (Schema::string(), Value::from("key")),
        (Schema::optional_bytes(), Value::bytes([1_u8].as_slice())),
    ] {
        let (bytes, message) = written(&schema, value.clone(), &Options::default()).unwrap();
        assert!(message.full_name().starts_with("google.protobuf."));
        assert_eq!(read(&message, &bytes, &Options::default(), 0), Ok(value.clone()));
        let kept = Options { wrapper_for_raw_primitives: false, ..Options::default() };
        assert_eq!(shown(&read(&message, &bytes, &kept, 0).unwrap()), format!("Struct{{value={}}}", shown(&value)));
    }
    let path = definition::compile(crate::well_known::source(crate::well_known::WRAPPERS).unwrap(), &[]).unwrap();
    assert_eq!(definition::path_of(&path, "google.protobuf.Int32Value"), Some(vec![4]));
}

const ZOO: &str = r#"
    syntax = "proto3";
    package zoo;
    import "google/protobuf/wrappers.proto";
    import "google/protobuf/timestamp.proto";
    message Animal {
      sint32 s32 = 9; uint32 u32 = 8; fixed64 f64 = 7; uint64 u64 = 6; sfixed32 sf32 = 5; sint64 s64 = 4;
      oneof food { string grass = 11; Meat meat = 12; Kind prey = 13; }
      oneof home { int32 cave = 14; google.protobuf.Timestamp since = 17; }
      Kind kind = 1;
      repeated Kind kinds = 2;
      map<string, Meat> meats = 3;
      optional int32 age = 15;
      google.protobuf.StringValue nick = 16;
      repeated uint32 loose = 18 [packed = false];
      enum Kind { NONE = 0; CAT = 1; DOG = 5; }
      message Meat { double kilos = 1; }
    }
"#;

fn zoo(json: &[(&str, prost_reflect::Value)]) -> (MessageDescriptor, Vec<u8>) {
    let message = message(ZOO, "zoo.Animal");
    let mut animal = DynamicMessage::new(message.clone());
    for (name, value) in json {
        animal.try_set_field_by_name(name, value.clone()).unwrap();
    }
    (message, animal.encode_to_vec())
}

#[test]
fn what_others_write_is_read() {
    use prost_reflect::{MapKey, Value as Proto};
    let meat = |kilos| {
        let mut meat = DynamicMessage::new(message(ZOO, "zoo.Animal.Meat"));
        meat.set_field_by_name("kilos", Proto::F64(kilos));
        Proto::Message(meat)
    };
    let (message, bytes) = zoo(&[
        ("s32", Proto::I32(-5)),
        ("u32", Proto::U32(u32::MAX)),
        ("f64", Proto::U64(7)),
        ("u64", Proto::U64(u64::MAX)),
        ("sf32", Proto::I32(-6)),
        ("s64", Proto::I64(i64::MIN)),
        ("cave", Proto::I32(0)),
        ("kind", Proto::EnumNumber(5)),
        ("kinds", Proto::List(vec![Proto::EnumNumber(1), Proto::EnumNumber(9)])),
        ("meats", Proto::Map([(MapKey::String("rib".into()), meat(2.5))].into())),
        ("loose", Proto::List(vec![Proto::U32(1), Proto::U32(300)])),
    ]);
    let read_with = |options: &Options| shown(&read(&message, &bytes, options, 0).unwrap());
    let rest = "kind=DOG,kinds=[CAT, UNKNOWN_ENUM_VALUE_Kind_9],meats={rib=Struct{kilos=2.5}},loose=[1, 300]}";
    let numbers = "s32=-5,u32=4294967295,f64=7,u64=-1,sf32=-6,s64=-9223372036854775808";
    assert_eq!(read_with(&Options::default()), format!("Struct{{home_1=Struct{{cave=0}},{numbers},{rest}"));
    let flat = Options { flatten_unions: true, ..Options::default() };
    assert_eq!(read_with(&flat), format!("Struct{{cave=0,{numbers},{rest}"));
    let bare = Options { generate_index_for_unions: false, int_for_enums: true, ..Options::default() };
    assert!(read_with(&bare).contains("home=Struct{cave=0}"));
    assert!(read_with(&bare).contains("kind=5,kinds=[1, 9]"));
}

#[test]
fn schemas_are_those_of_confluents_converter() {
    let message = message(ZOO, "zoo.Animal");
    let schema = |options: &Options| reading::plan(&message, Some(3), options, 0).unwrap().schema;
    let plain = schema(&Options::default());
    let names: Vec<&str> = plain.fields().iter().map(|field| field.name.as_str()).collect();
    assert_eq!(&names[..4], ["food_0", "home_1", "s32", "u32"]);
    assert_eq!((plain.name(), plain.version(), plain.is_optional()), (Some("Animal"), Some(3), false));
    let field = |name: &str| plain.field(name).unwrap().1.schema.clone();
    assert_eq!(
        field("u32"),
        SchemaBuilder::new(Type::Int64).optional().parameter(TYPE, "uint32").parameter(TAG, "8").build().unwrap()
    );
    let food = field("food_0");
    assert_eq!(food.name(), Some("io.confluent.connect.protobuf.Union.food"));
    assert!(food.is_optional());
    let kind = field("kind");
    assert_eq!((kind.type_(), kind.name()), (Type::String, Some("Kind")));
    assert_eq!(kind.parameter("io.confluent.connect.protobuf.Enum"), Some("Kind"));
    assert_eq!(kind.parameter("io.confluent.connect.protobuf.Enum.DOG"), Some("5"));
    assert_eq!(field("nick").type_(), Type::String);
    assert_eq!((field("meats").type_(), field("meats").name().map(str::to_owned)), (Type::Map, Some("meats".to_owned())));
    let enhanced = schema(&Options { enhanced_schema_support: true, generalized_sum_type_support: true, ..Options::default() });
    assert_eq!(enhanced.name(), Some("zoo.Animal"));
    let kind = &enhanced.field("kind").unwrap().1.schema;
    assert_eq!((kind.name(), kind.parameter("org.apache.kafka.connect.data.Enum.CAT")), (Some("zoo.Animal.Kind"), Some("1")));
    assert_eq!(enhanced.fields()[0].schema.parameter("org.apache.kafka.connect.data.Union"), Some("food"));
    let keeps_wrappers = Options { wrapper_for_raw_primitives: false, ..Options::default() };
    assert_eq!(schema(&keeps_wrappers).field("nick").unwrap().1.schema.type_(), Type::Struct);
    let by_keyword = schema(&Options { optional_for_nullables: true, ..Options::default() });
    assert!(by_keyword.field("age").unwrap().1.schema.is_optional());
    assert!(!by_keyword.field("s32").unwrap().1.schema.is_optional());
}

#[test]
fn what_was_read_is_written_again_with_its_numbers() {
    use prost_reflect::Value as Proto;
    let (message, bytes) = zoo(&[
        ("s64", Proto::I64(-3)),
        ("sf32", Proto::I32(4)),
        ("grass", Proto::String("hay".into())),
        ("kind", Proto::EnumNumber(1)),
        ("kinds", Proto::List(vec![Proto::EnumNumber(0), Proto::EnumNumber(5)])),
        ("age", Proto::I32(0)),
    ]);
    for options in [
        Options { optional_for_nullables: true, ..Options::default() },
        Options { optional_for_nullables: true, generalized_sum_type_support: true, ..Options::default() },
        Options { optional_for_nullables: true, int_for_enums: true, ..Options::default() },
        Options { optional_for_nullables: true, enhanced_schema_support: true, ..Options::default() },
    ] {
        let plan = reading::plan(&message, None, &options, 0).unwrap();
        let value = reader::read(&plan, &bytes).unwrap().into_owned().unwrap();
        let (again, _) = written(&plan.schema, value, &options).unwrap();
        assert_eq!(again, bytes, "{options:?}");
    }
}

#[test]
fn proto2_has_defaults_and_no_groups() {
    let text = r#"message Old { optional int32 a = 1 [default = 7]; required string b = 2; repeated int32 c = 3; optional E e = 4; enum E { X = 3; Y = 4; } }"#;
    let old = message(text, "Old");
    let show = |options: &Options| shown(&read(&old, &[0x12, 1, 0xff, 0x18, 5, 0x1a, 2, 6, 7], options, 0).unwrap());
    assert_eq!(show(&Options::default()), "Struct{b=\u{fffd},c=[5, 6, 7]}");
    let unsupported = Options { optional_for_proto2: false, ..Options::default() };
    assert_eq!(show(&unsupported), "Struct{a=7,b=\u{fffd},c=[5, 6, 7],e=X}");
    let group = message("message G { optional group Part = 1 { optional int32 a = 2; } }", "G");
    assert!(reading::plan(&group, None, &Options::default(), 0).unwrap_err().to_string().contains("group"));
}

#[test]
fn messages_that_contain_themselves_are_followed_as_deep_as_asked() {
    let node = message(
        "syntax = \"proto3\"; message Node { int32 n = 1; Node next = 2; repeated Node more = 3; map<string, Node> named = 4; }",
        "Node",
    );
    let mut bytes = vec![8, 1];
    for n in 2..4 {
        let mut outer = vec![8, n, 0x12, bytes.len() as u8];
        outer.extend_from_slice(&bytes);
        bytes = outer;
    }
    let options = Options::default();
    assert_eq!(read(&node, &bytes, &options, 0), Err(Failure::Deeper));
    assert_eq!(read(&node, &bytes, &options, 1), Err(Failure::Deeper));
    let shown = shown(&read(&node, &bytes, &options, 2).unwrap());
    assert_eq!(shown, "Struct{n=3,next=Struct{n=2,next=Struct{n=1},more=[],named={}},more=[],named={}}");
    // Ever more of them is refused, not built.
    assert!(reading::plan(&node, None, &options, 12).unwrap_err().to_string().contains("10000"));
}

#[test]
fn fields_that_are_there_twice_are_merged() {
    let text = "syntax = \"proto3\"; message A { B b = 1; int32 n = 2; oneof u { int32 x = 3; B y = 4; } } message B { int32 p = 1; repeated int32 q = 2; }";
    let a = message(text, "A");
    let bytes = [0x0a, 4, 8, 1, 0x10, 5, 0x0a, 2, 0x10, 6, 0x10, 1, 0x10, 2, 0x18, 9, 0x22, 2, 8, 3, 0x22, 2, 0x10, 4];
    assert_eq!(
        shown(&read(&a, &bytes, &Options::default(), 0).unwrap()),
        "Struct{u_0=Struct{y=Struct{p=3,q=[4]}},b=Struct{p=1,q=[5, 6]},n=2}"
    );
    let flat = Options { flatten_unions: true, ..Options::default() };
    assert_eq!(shown(&read(&a, &bytes, &flat, 0).unwrap()), "Struct{y=Struct{p=3,q=[4]},b=Struct{p=1,q=[5, 6]},n=2}");
    let map = message("syntax = \"proto3\"; message M { map<int32, string> m = 1; }", "M");
    let bytes_of_map = [0x0a, 5, 8, 1, 0x12, 1, b'a', 0x0a, 5, 8, 2, 0x12, 1, b'b', 0x0a, 5, 8, 1, 0x12, 1, b'c'];
    assert_eq!(shown(&read(&map, &bytes_of_map, &Options::default(), 0).unwrap()), "Struct{m={2=b, 1=c}}");
    let judged = DynamicMessage::decode(a, bytes.as_slice()).unwrap();
    assert_eq!(judged.get_field_by_name("n").unwrap().as_i32(), Some(2));
}

#[test]
fn malformed_bytes_are_refused() {
    let message = message(ZOO, "zoo.Animal");
    for bytes in [&[0x5a][..], &[0x5a, 2, b'a'], &[0x5a, 1, 0xff], &[0], &[0x0b], &[0x62, 1, 9], &[0x1a, 200], &[8, 0x80]] {
        let failure = read(&message, bytes, &Options::default(), 0).unwrap_err();
        assert!(matches!(failure, Failure::Malformed(_)), "{bytes:?}: {failure:?}");
    }
    // Unknown fields, and known ones of another wire type, are passed over.
    assert!(read(&message, &[0xa0, 0x6, 1, 0x0d, 1, 2, 3, 4], &Options::default(), 0).is_ok());
}

#[test]
fn what_protobuf_cannot_say_is_refused() {
    let array = SchemaBuilder::array(Schema::int32()).build().unwrap();
    let nested = SchemaBuilder::array(array.clone()).build().unwrap();
    let of = |schema: Schema| SchemaBuilder::structure().name("S").field("a", schema).build().unwrap();
    let map = SchemaBuilder::map(Schema::string(), Schema::string()).build().unwrap();
    for schema in
        [array.clone(), map.clone(), of(nested), of(SchemaBuilder::array(map).build().unwrap()), logical::date().build().unwrap()]
    {
        assert!(definition_text::write(&schema, &Options::default()).is_err(), "{schema:?}");
    }
    let named = |type_| SchemaBuilder::structure().name("T").field("t", Schema::primitive(type_)).build().unwrap();
    let twice = SchemaBuilder::structure().field("one", named(Type::Int8)).field("other", named(Type::Int16)).build().unwrap();
    assert!(definition_text::write(&twice, &Options::default()).unwrap_err().to_string().contains("both be called T"));
    let schema = of(SchemaBuilder::array(Schema::optional_string()).build().unwrap());
    let value = structure(&schema, vec![Value::Array(vec![Value::Null])]);
    assert!(written(&schema, value, &Options::default()).unwrap_err().to_string().contains("null"));
    let schema = of(Schema::int32());
    let value = structure(&schema, vec![Value::from("x")]);
    assert_eq!(
        written(&schema, value, &Options::default()).unwrap_err().to_string(),
        "Invalid type for INT32: class java.lang.String"
    );
}

#[test]
fn names_are_scrubbed_if_asked() {
    let schema = SchemaBuilder::structure().name("my.Na-me").field("fi-eld", Schema::int32()).build().unwrap();
    let options = Options { scrub_invalid_names: true, ..Options::default() };
    assert_eq!(there_and_back(&schema, structure(&schema, vec![Value::Int32(4)]), &options), "Struct{fi_eld=4}");
    let text = definition_text::write(&schema, &Options::default()).unwrap();
    assert!(definition::compile(&text.text, &[]).is_err());
}

#[test]
fn all_parts_of_a_name_are_scrubbed() {
    let options = Options { scrub_invalid_names: true, ..Options::default() };
    for (name, scrubbed) in [("a-b.c d.1e", "a_b.c_d.x1e"), ("é.F..", "_C3_A9.F")] {
        let schema = SchemaBuilder::structure().name(name).field("a", Schema::int32()).build().unwrap();
        let text = definition_text::write(&schema, &options).unwrap();
        assert_eq!(text.message, scrubbed);
        assert!(definition::compile(&text.text, &[]).is_ok(), "{}", text.text);
    }
}

/// Repeated fields make no entry of a map, to Confluent's converter neither.
#[test]
fn a_map_of_arrays_is_read_as_an_array_of_its_entries() {
    let bytes = SchemaBuilder::array(Schema::primitive(Type::Int8)).build().unwrap();
    let map = SchemaBuilder::map(bytes, Schema::optional_primitive(Type::Int8)).optional().build().unwrap();
    let schema = SchemaBuilder::structure().field("a", map).build().unwrap();
    let options = Options { optional_for_nullables: true, ..Options::default() };
    let text = definition_text::write(&schema, &options).unwrap().text;
    assert!(text.contains("  repeated ConnectDefault2Entry a = 1;") && !text.contains("optional"), "{text}");
    for (entries, shown_as) in [
        (vec![], "Struct{a=[]}"),
        (
            vec![(Value::Array(vec![Value::Int8(1), Value::Int8(2)]), Value::Int8(3)), (Value::Array(vec![]), Value::Null)],
            "Struct{a=[Struct{key=[1, 2],value=3}, Struct{key=[],value=0}]}",
        ),
    ] {
        let (bytes, message) = written(&schema, structure(&schema, vec![Value::Map(entries)]), &options).unwrap();
        let plan = reading::plan(&message, None, &options, 0).unwrap();
        let value = reader::read(&plan, &bytes).unwrap().into_owned().unwrap();
        assert_eq!(shown(&value), shown_as);
        let (again, message) = written(&plan.schema, value, &options).unwrap();
        assert_eq!(reading::plan(&message, None, &options, 0).unwrap().schema, plan.schema);
        assert_eq!(shown(&read(&message, &again, &options, 0).unwrap()), shown_as);
    }
}

#[test]
fn a_package_may_hide_the_known_types() {
    let timestamp = logical::timestamp().build().unwrap();
    let schema = SchemaBuilder::structure().name("com.google.App").field("at", timestamp).build().unwrap();
    let text = definition_text::write(&schema, &Options::default()).unwrap();
    assert!(text.text.contains("  .google.protobuf.Timestamp at = 1;"), "{}", text.text);
    assert_eq!(
        there_and_back(&schema, structure(&schema, vec![Value::Date(1)]), &Options::default()),
        "Struct{at=Thu Jan 01 00:00:00 UTC 1970}"
    );
}

#[test]
fn imports_are_found() {
    let import = Import {
        name: "part.proto".to_owned(),
        text: "syntax = \"proto3\"; package p; message Part { int32 a = 1; }".to_owned(),
    };
    let file =
        definition::compile("syntax = \"proto3\"; import \"part.proto\"; message Whole { p.Part part = 1; }", &[import]).unwrap();
    let message = definition::message_at(&file, &[0]).unwrap();
    assert_eq!(shown(&read(&message, &[0x0a, 2, 8, 5], &Options::default(), 0).unwrap()), "Struct{part=Struct{a=5}}");
}
