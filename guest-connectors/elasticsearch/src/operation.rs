//! What is done for a record: a document is written, or deleted (Confluent: `DataConverter.convertRecord`).

use std::collections::BTreeMap;
use std::rc::Rc;

use caisson_sdk::{Error, Record, TopicPartition, Value};
use serde::Serialize;

use crate::document::{self, Form};
use crate::keys;
use crate::settings::{Conversion, NullValues};

/// One operation of a bulk request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Operation {
    /// The record's id in the batch that was put last.
    pub(crate) record: u32,
    /// Where the record was consumed.
    pub(crate) source: Rc<TopicPartition>,
    /// Its offset there.
    pub(crate) offset: i64,
    /// The document's id; none: the server chooses it.
    pub(crate) id: Option<String>,
    /// Whether the server refuses it once it has a newer one: then their order does not matter.
    pub(crate) versioned: bool,
    /// The lines of the request, each with its end.
    pub(crate) lines: Vec<u8>,
}

/// What a record becomes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Converted {
    /// The operation's id, whether it is versioned, and its lines.
    Operation(Option<String>, bool, Vec<u8>),
    /// There is nothing to be done.
    Nothing,
}

/// What a record becomes in that index or data stream. `DataException` for one that is no document.
pub(crate) fn convert(record: &Record<'_>, resource: &str, conversion: &Conversion) -> Result<Converted, Error> {
    if record.value.value.is_null() {
        return delete(record, resource, conversion);
    }
    let key_ignored = conversion.key_ignored.have(&record.topic);
    let id = match (conversion.generated_ids, key_ignored) {
        (true, _) => None,
        (false, true) => Some(place(record)?),
        (false, false) => Some(document_id(&record.key.value)?),
    };
    let version = match (&id, key_ignored || conversion.data_stream || conversion.upsert) {
        (Some(_), false) => Some(version(record, conversion)?),
        _ => None,
    };
    let document = document(record, conversion)?;
    let verb = match (conversion.upsert, conversion.data_stream) {
        (true, _) => "update",
        (false, true) => "create",
        (false, false) => "index",
    };
    let mut action = Action::new(resource, id.as_deref(), version);
    action.retry_on_conflict = conversion.upsert.then_some(conversion.retry_on_conflict);
    let mut lines = action.line(verb)?;
    match conversion.upsert {
        true => {
            lines.extend_from_slice(b"{\"doc\":");
            lines.extend_from_slice(&document);
            lines.extend_from_slice(b",\"doc_as_upsert\":true}");
        }
        false => lines.extend_from_slice(&document),
    }
    lines.push(b'\n');
    Ok(Converted::Operation(id, version.is_some(), lines))
}

fn delete(record: &Record<'_>, resource: &str, conversion: &Conversion) -> Result<Converted, Error> {
    match conversion.null_values {
        NullValues::Ignore => return Ok(Converted::Nothing),
        NullValues::Fail => {
            let key = keys::BEHAVIOR_ON_NULL_VALUES;
            return Err(Error::data(format!(
                "{} has a null value and configuration property '{key}' is set to 'FAIL'; IGNORE passes over it, DELETE deletes its \
                 document",
                place(record)?
            )));
        }
        NullValues::Delete => {}
    }
    // Without a key there is no document that could be meant, and of an ignored one there is none.
    if record.key.value.is_null() {
        return Ok(Converted::Nothing);
    }
    let key_ignored = conversion.key_ignored.have(&record.topic);
    let id = if key_ignored { place(record)? } else { document_id(&record.key.value)? };
    let versioned = !key_ignored && !conversion.upsert;
    let version = if versioned { Some(version(record, conversion)?) } else { None };
    let lines = Action::new(resource, Some(&id), version).line("delete")?;
    Ok(Converted::Operation(Some(id), versioned, lines))
}

/// The first line of an operation says where it goes.
#[derive(Serialize)]
struct Action<'a> {
    #[serde(rename = "_index")]
    resource: &'a str,
    #[serde(rename = "_id", skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_on_conflict: Option<usize>,
}

impl<'a> Action<'a> {
    fn new(resource: &'a str, id: Option<&'a str>, version: Option<i64>) -> Self {
        Self { resource, id, version, version_type: version.map(|_| "external"), retry_on_conflict: None }
    }

    fn line(&self, verb: &str) -> Result<Vec<u8>, Error> {
        let line = serde_json::to_vec(&BTreeMap::from([(verb, self)]));
        let mut line = line.map_err(|error| Error::connect(format!("an operation cannot be written: {error}")))?;
        line.push(b'\n');
        Ok(line)
    }
}

/// `topic+partition+offset`.
fn place(record: &Record<'_>) -> Result<String, Error> {
    let offset = offset(record)?;
    Ok(format!("{}+{}+{offset}", record.topic, record.partition.unwrap_or_default()))
}

fn offset(record: &Record<'_>) -> Result<i64, Error> {
    let coordinates = record.coordinates.ok_or_else(|| Error::data("a record of a sink has an offset, and this has none"))?;
    Ok(coordinates.offset)
}

fn document_id(key: &Value<'_>) -> Result<String, Error> {
    let id = match key {
        Value::Null => return Err(Error::data("Key is used as document id and can not be null.")),
        Value::Int8(number) => number.to_string(),
        Value::Int16(number) => number.to_string(),
        Value::Int32(number) => number.to_string(),
        Value::Int64(number) => number.to_string(),
        Value::String(text) => text.clone().into_owned(),
        other => {
            let remedy = keys::KEY_IGNORE;
            let class = other.java_class();
            return Err(Error::data(format!("{class} is not supported as the document id; {remedy}=true does without keys")));
        }
    };
    match id.is_empty() {
        true => Err(Error::data("Key is used as document id and can not be empty.")),
        false => Ok(id),
    }
}

/// The number of the header that is named for it, else the record's offset.
fn version(record: &Record<'_>, conversion: &Conversion) -> Result<i64, Error> {
    let Some(name) = &conversion.version_header else { return offset(record) };
    let header = record.last_header(name);
    let number = header.and_then(|header| match &header.datum.value {
        Value::Int8(number) => Some(i64::from(*number)),
        Value::Int16(number) => Some(i64::from(*number)),
        Value::Int32(number) => Some(i64::from(*number)),
        Value::Int64(number) => Some(*number),
        Value::String(text) => text.trim().parse().ok(),
        Value::Bytes(bytes) => std::str::from_utf8(bytes).ok()?.trim().parse().ok(),
        _ => None,
    });
    number.ok_or_else(|| {
        let key = keys::EXTERNAL_VERSION_HEADER;
        Error::data(format!("header {name} of {key} is not there, or holds no whole number that could be the document's version"))
    })
}

fn document(record: &Record<'_>, conversion: &Conversion) -> Result<Vec<u8>, Error> {
    let by_schema = !conversion.schema_ignored.have(&record.topic);
    let form = Form { by_schema, compact_maps: conversion.compact_maps };
    let mut document = Vec::new();
    document::write(&mut document, record.value.schema.as_ref(), &record.value.value, form)?;
    match conversion.data_stream {
        true => document::with_timestamp(&document, &conversion.timestamp_fields, record.timestamp),
        false => Ok(document),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;
    use caisson_sdk::{Coordinates, Datum, Header, TimestampType};

    use crate::settings::Settings;

    fn conversion(pairs: &[(&str, &str)]) -> Conversion {
        let url = [("connection.url", "http://one:9200")];
        let config = keys::definition().parse(url.iter().chain(pairs).copied()).unwrap();
        Settings::read(&config).unwrap().conversion
    }

    fn record(key: Value<'static>, value: Value<'static>) -> Record<'static> {
        let mut record = Record::new("orders").with_key(Datum::schemaless(key)).with_value(Datum::schemaless(value));
        record.partition = Some(2);
        record.coordinates = Some(Coordinates::new("orders", 2, 41, TimestampType::CreateTime));
        record.with_timestamp(5)
    }

    fn value() -> Value<'static> {
        Value::Map(vec![(Value::from("a"), Value::Int64(1))])
    }

    fn lines(record: &Record<'_>, pairs: &[(&str, &str)]) -> String {
        match convert(record, "orders", &conversion(pairs)) {
            Ok(Converted::Operation(_, _, lines)) => String::from_utf8(lines).unwrap(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_document_has_the_key_as_id_and_the_offset_as_version() {
        let record = record(Value::from("k\"1"), value());
        assert_eq!(
            lines(&record, &[]),
            "{\"index\":{\"_index\":\"orders\",\"_id\":\"k\\\"1\",\"version\":41,\"version_type\":\"external\"}}\n{\"a\":1}\n"
        );
        assert_eq!(
            lines(&record, &[("key.ignore", "true")]),
            "{\"index\":{\"_index\":\"orders\",\"_id\":\"orders+2+41\"}}\n{\"a\":1}\n"
        );
        assert_eq!(
            lines(&record, &[("topic.key.ignore", "orders"), ("use.autogenerated.ids", "true")]),
            "{\"index\":{\"_index\":\"orders\"}}\n{\"a\":1}\n"
        );
    }

    #[test]
    fn an_upsert_changes_fields_and_a_data_stream_only_grows() {
        let record = record(Value::Int32(7), value());
        assert_eq!(
            lines(&record, &[("write.method", "upsert")]),
            "{\"update\":{\"_index\":\"orders\",\"_id\":\"7\",\"retry_on_conflict\":5}}\n\
             {\"doc\":{\"a\":1},\"doc_as_upsert\":true}\n"
        );
        assert_eq!(
            lines(&record, &[("data.stream.type", "logs"), ("data.stream.dataset", "x"), ("key.ignore", "true")]),
            "{\"create\":{\"_index\":\"orders\",\"_id\":\"orders+2+41\"}}\n{\"a\":1,\"@timestamp\":5}\n"
        );
    }

    #[test]
    fn a_record_without_value_deletes_or_is_refused() {
        let deleting = [("behavior.on.null.values", "delete")];
        assert_eq!(
            lines(&record(Value::from("k"), Value::Null), &deleting),
            "{\"delete\":{\"_index\":\"orders\",\"_id\":\"k\",\"version\":41,\"version_type\":\"external\"}}\n"
        );
        let nothing = convert(&record(Value::Null, Value::Null), "orders", &conversion(&deleting));
        assert_eq!(nothing, Ok(Converted::Nothing));
        let ignored =
            convert(&record(Value::from("k"), Value::Null), "orders", &conversion(&[("behavior.on.null.values", "IGNORE")]));
        assert_eq!(ignored, Ok(Converted::Nothing));
        let error = convert(&record(Value::from("k"), Value::Null), "orders", &conversion(&[])).unwrap_err();
        assert!(error.message().starts_with("orders+2+41 has a null value"), "{error}");
    }

    #[test]
    fn a_version_may_come_from_a_header() {
        let named = [("external.version.header", "version")];
        let with = |held: Value<'static>| {
            let mut record = record(Value::from("k"), value());
            record.headers = vec![Header { name: "version".into(), datum: Datum::schemaless(held) }];
            convert(&record, "orders", &conversion(&named))
        };
        for held in [Value::Int64(7), Value::from("7"), Value::bytes(b"7".as_slice())] {
            let Ok(Converted::Operation(_, true, lines)) = with(held) else { panic!("no operation") };
            assert!(String::from_utf8(lines).unwrap().contains("\"version\":7"));
        }
        assert!(with(Value::from("x")).is_err());
        assert!(convert(&record(Value::from("k"), value()), "orders", &conversion(&named)).is_err());
    }

    #[test]
    fn an_id_is_text_or_a_whole_number() {
        for (key, message) in [
            (Value::Null, "Key is used as document id and can not be null."),
            (Value::from(""), "Key is used as document id and can not be empty."),
            (Value::Float64(1.0), "java.lang.Double is not supported as the document id; key.ignore=true does without keys"),
        ] {
            assert_eq!(convert(&record(key, value()), "orders", &conversion(&[])).unwrap_err().message(), message);
        }
    }
}
