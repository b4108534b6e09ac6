//! A record's value as the JSON of a document (Confluent: `DataConverter`, over Kafka's `JsonConverter` without schemas).

use std::borrow::Borrow;

use caisson_converters::json::writer;
use caisson_sdk::data::encoded::View;
use caisson_sdk::data::logical::{LogicalType, from_logical};
use caisson_sdk::{Error, Field, Schema, Type, Value};

/// How values of a topic are written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Form {
    /// As the schema says it to Elasticsearch: decimals as doubles, maps as objects or lists of key and value. Otherwise as
    /// `JsonConverter` writes them: decimals in base64, maps as objects or lists of pairs.
    pub(crate) by_schema: bool,
    /// Maps with text as keys are objects under `by_schema` too.
    pub(crate) compact_maps: bool,
}

/// Appends a value in a place of that schema. `DataException` for a value that is none of its schema.
pub(crate) fn write(out: &mut Vec<u8>, schema: Option<&Schema>, value: &Value<'_>, form: Form) -> Result<(), Error> {
    if value.is_null() {
        return write_null(out, schema, form);
    }
    if let Some((schema, logical)) = schema.and_then(|schema| Some((schema, LogicalType::of(schema)?))) {
        return write_logical(out, schema, logical, value, form);
    }
    let type_ = schema.map(Schema::type_);
    let is = |expected: Type| type_.is_none_or(|type_| type_ == expected);
    if writer::push_scalar(out, type_, value) {
        return Ok(());
    }
    match value {
        Value::Array(items) if is(Type::Array) => write_items(out, schema, items.iter().map(Ok), form),
        Value::Map(entries) if is(Type::Map) => {
            let text_keys = || entries.iter().all(|(key, _)| key.as_str().is_some());
            let text_keys = schema.map_or_else(text_keys, has_text_keys);
            write_map(out, schema, text_keys, entries.iter().map(|(key, value)| Ok((key, value))), form)
        }
        Value::Struct(structure) if type_ == Some(Type::Struct) => {
            write_fields(out, structure.schema().fields(), structure.values().iter().map(Ok), form)
        }
        Value::Encoded(encoded) => match encoded.view()? {
            View::Array(items) if is(Type::Array) => write_items(out, schema, items, form),
            View::Map(entries) if is(Type::Map) => {
                let text_keys = match (schema, encoded.view()?) {
                    (Some(schema), _) => has_text_keys(schema),
                    (None, View::Map(mut again)) => again.all(|entry| matches!(entry, Ok((Value::String(_), _)))),
                    _ => true,
                };
                write_map(out, schema, text_keys, entries, form)
            }
            View::Struct(own, values) if type_ == Some(Type::Struct) => write_fields(out, own.fields(), values, form),
            View::Scalar(scalar) => write(out, schema, &scalar, form),
            _ => Err(mismatch(schema, value)),
        },
        _ => Err(mismatch(schema, value)),
    }
}

/// Whether the keys of a map's schema are text.
pub(crate) fn has_text_keys(schema: &Schema) -> bool {
    schema.key_schema().is_some_and(|keys| keys.type_() == Type::String)
}

fn write_null(out: &mut Vec<u8>, schema: Option<&Schema>, form: Form) -> Result<(), Error> {
    match schema {
        Some(schema) if schema.default_value().is_some() => {
            write(out, Some(schema), schema.default_value().unwrap_or(&Value::Null), form)
        }
        Some(schema) if !schema.is_optional() => {
            Err(Error::data("null value for field that is required and has no default value"))
        }
        _ => {
            out.extend_from_slice(b"null");
            Ok(())
        }
    }
}

fn mismatch(schema: Option<&Schema>, value: &Value<'_>) -> Error {
    let class = value.java_class();
    match schema {
        Some(schema) => Error::data(format!("Invalid type for {}: class {class}", schema.type_())),
        None => Error::data(format!("Java class {class} does not have corresponding schema type.")),
    }
}

fn write_logical(out: &mut Vec<u8>, schema: &Schema, logical: LogicalType, value: &Value<'_>, form: Form) -> Result<(), Error> {
    if let (LogicalType::Decimal, Value::Decimal(number), true) = (logical, value, form.by_schema) {
        let nearest = number.to_string().parse().map_err(|_| mismatch(Some(schema), value))?;
        writer::push_float64(out, nearest);
        return Ok(());
    }
    match from_logical(schema, value.clone())? {
        Value::Bytes(bytes) => writer::push_base64(out, &bytes),
        Value::Int32(number) => writer::push_integer(out, i64::from(number)),
        Value::Int64(number) => writer::push_integer(out, number),
        other => return Err(mismatch(Some(schema), &other)),
    }
    Ok(())
}

fn write_items<'v, V: Borrow<Value<'v>>>(
    out: &mut Vec<u8>,
    schema: Option<&Schema>,
    items: impl Iterator<Item = Result<V, Error>>,
    form: Form,
) -> Result<(), Error> {
    let inner = schema.and_then(Schema::value_schema);
    writer::push_array(out, items, |out, item| write(out, inner, item.borrow(), form))
}

fn write_fields<'v, V: Borrow<Value<'v>>>(
    out: &mut Vec<u8>,
    fields: &[Field],
    values: impl Iterator<Item = Result<V, Error>>,
    form: Form,
) -> Result<(), Error> {
    writer::push_fields(out, fields, values, |out, field, value| write(out, Some(&field.schema), value.borrow(), form))
}

fn write_map<'v, V: Borrow<Value<'v>>>(
    out: &mut Vec<u8>,
    schema: Option<&Schema>,
    text_keys: bool,
    entries: impl Iterator<Item = Result<(V, V), Error>>,
    form: Form,
) -> Result<(), Error> {
    let (keys, values) = (schema.and_then(Schema::key_schema), schema.and_then(Schema::value_schema));
    let by_schema = form.by_schema && schema.is_some();
    let object = text_keys && (form.compact_maps || !by_schema);
    // What stands before a key, between it and its value, and behind the value.
    let (before, between, behind) = match (object, by_schema) {
        (true, _) => ("", ":", ""),
        (false, true) => ("{\"key\":", ",\"value\":", "}"),
        (false, false) => ("[", ",", "]"),
    };
    out.push(if object { b'{' } else { b'[' });
    for (index, entry) in entries.enumerate() {
        let (key, value) = entry?;
        if index > 0 {
            out.push(b',');
        }
        out.extend_from_slice(before.as_bytes());
        match key.borrow() {
            Value::Null if object => writer::push_string(out, "null"),
            key => write(out, keys, key, form)?,
        }
        out.extend_from_slice(between.as_bytes());
        write(out, values, value.borrow(), form)?;
        out.extend_from_slice(behind.as_bytes());
    }
    out.push(if object { b'}' } else { b']' });
    Ok(())
}

/// A document of a data stream: with `@timestamp`, from the first of `fields` that it has, else from the record. `DataException`
/// for what is no object.
pub(crate) fn with_timestamp(document: &[u8], fields: &[String], record: Option<i64>) -> Result<Vec<u8>, Error> {
    let parsed = serde_json::from_slice::<serde_json::Value>(document);
    let mut parsed = parsed.map_err(|error| Error::data(format!("the document cannot be read: {error}")))?;
    let Some(members) = parsed.as_object_mut() else {
        return Err(Error::data("a document of a data stream has to be an object, so that it can have @timestamp"));
    };
    let named = fields.iter().find_map(|field| members.get(field.as_str()));
    let timestamp = match (named, record) {
        // Java's `JsonNode.asText`.
        (Some(serde_json::Value::String(text)), _) => text.clone().into(),
        (Some(value), _) => value.to_string().into(),
        (None, Some(millis)) => millis.into(),
        (None, None) => serde_json::Value::Null,
    };
    members.insert("@timestamp".to_owned(), timestamp);
    Ok(parsed.to_string().into_bytes())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use caisson_sdk::data::logical;
    use caisson_sdk::{Decimal, SchemaBuilder, Struct};

    const BY_SCHEMA: Form = Form { by_schema: true, compact_maps: true };
    const AS_IT_IS: Form = Form { by_schema: false, compact_maps: true };

    fn written(schema: Option<&Schema>, value: &Value<'_>, form: Form) -> Result<String, Error> {
        let mut out = Vec::new();
        write(&mut out, schema, value, form)?;
        Ok(String::from_utf8(out).unwrap())
    }

    fn order() -> (Schema, Value<'static>) {
        let map = |keys| SchemaBuilder::map(keys, Schema::int32()).build().unwrap();
        let schema = SchemaBuilder::structure()
            .field("id", Schema::int64())
            .field("total", logical::decimal(2).build().unwrap())
            .field("at", logical::timestamp().build().unwrap())
            .field("day", logical::date().build().unwrap())
            .field("raw", Schema::bytes())
            .field("note", Schema::optional_string())
            .field("counts", map(Schema::string()))
            .field("levels", map(Schema::int32()))
            .build()
            .unwrap();
        let values = vec![
            Value::Int64(7),
            Value::Decimal(Decimal::new(12_345, 2)),
            Value::Date(1_500),
            Value::Date(86_400_000),
            Value::bytes(b"hi".as_slice()),
            Value::Null,
            Value::Map(vec![(Value::from("a"), Value::Int32(1))]),
            Value::Map(vec![(Value::Int32(1), Value::Int32(2))]),
        ];
        let value = Value::Struct(Struct::from_values(schema.clone(), values).unwrap());
        (schema, value)
    }

    #[test]
    fn values_are_written_by_their_schema() {
        let (schema, value) = order();
        assert_eq!(
            written(Some(&schema), &value, BY_SCHEMA).unwrap(),
            [
                r#"{"id":7,"total":123.45,"at":1500,"day":1,"raw":"aGk=","note":null,"#,
                r#""counts":{"a":1},"levels":[{"key":1,"value":2}]}"#,
            ]
            .concat()
        );
        let lists = Form { compact_maps: false, ..BY_SCHEMA };
        let all = written(Some(&schema), &value, lists).unwrap();
        assert!(all.contains(r#""counts":[{"key":"a","value":1}]"#), "{all}");
    }

    #[test]
    fn or_as_the_json_converter_does() {
        let (schema, value) = order();
        assert_eq!(
            written(Some(&schema), &value, AS_IT_IS).unwrap(),
            r#"{"id":7,"total":"MDk=","at":1500,"day":1,"raw":"aGk=","note":null,"counts":{"a":1},"levels":[[1,2]]}"#
        );
    }

    #[test]
    fn values_without_schema_are_written_as_they_are() {
        let map = Value::Map(vec![
            (Value::from("a"), Value::Array(vec![Value::Null, Value::Float64(1.5), Value::Boolean(true)])),
            (Value::from("b"), Value::Map(vec![(Value::Int32(1), Value::from("x"))])),
        ]);
        assert_eq!(written(None, &map, BY_SCHEMA).unwrap(), r#"{"a":[null,1.5,true],"b":[[1,"x"]]}"#);
    }

    #[test]
    fn null_is_the_default_or_wrong() {
        let schema = SchemaBuilder::new(Type::Int32).default_value(Value::Int32(3)).build().unwrap();
        assert_eq!(written(Some(&schema), &Value::Null, BY_SCHEMA).unwrap(), "3");
        assert!(written(Some(&Schema::int32()), &Value::Null, BY_SCHEMA).is_err());
        assert!(written(Some(&Schema::int32()), &Value::from("x"), BY_SCHEMA).is_err());
    }

    #[test]
    fn timestamps_of_data_streams() {
        let fields = ["at".to_owned(), "when".to_owned()];
        let stamped = |document: &str, record| {
            with_timestamp(document.as_bytes(), &fields, record).map(|bytes| String::from_utf8(bytes).unwrap())
        };
        assert_eq!(stamped(r#"{"when":"2026-01-01"}"#, Some(5)).unwrap(), r#"{"when":"2026-01-01","@timestamp":"2026-01-01"}"#);
        assert_eq!(stamped(r#"{"at":7,"when":8}"#, Some(5)).unwrap(), r#"{"at":7,"when":8,"@timestamp":"7"}"#);
        assert_eq!(stamped("{}", Some(5)).unwrap(), r#"{"@timestamp":5}"#);
        assert!(stamped("[1]", Some(5)).is_err());
    }
}
