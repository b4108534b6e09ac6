//! A record as `toString` writes it in messages.

use caisson_sdk::data::java_text::java_text;
use caisson_sdk::{Datum, Error, Record};

/// `SinkRecord{…}` or `SourceRecord{…}`. What only the worker knows of a record, a source's partition and offset, is left out.
pub fn record_text(record: &Record<'_>) -> Result<String, Error> {
    let mut text = String::new();
    match &record.coordinates {
        Some(coordinates) => {
            let kind = coordinates.timestamp_type.name();
            text.push_str(&format!("SinkRecord{{kafkaOffset={}, timestampType={kind}, ", coordinates.offset));
            text.push_str(&format!("originalTopic={}, originalKafkaPartition={}, ", coordinates.topic, coordinates.partition));
            text.push_str(&format!("originalKafkaOffset={}}} ", coordinates.offset));
        }
        None => text.push_str("SourceRecord{} "),
    }
    let optional = |number: Option<i64>| number.map_or("null".to_owned(), |number| number.to_string());
    let partition = optional(record.partition.map(i64::from));
    text.push_str(&format!("ConnectRecord{{topic='{}', kafkaPartition={partition}, ", record.topic));
    push_datum(&mut text, "key", &record.key)?;
    push_datum(&mut text, "value", &record.value)?;
    text.push_str(&format!("timestamp={}, headers=ConnectHeaders(headers=", optional(record.timestamp)));
    let mut headers = Vec::new();
    for header in &record.headers {
        let schema = header.datum.schema.as_ref().map_or("null".to_owned(), ToString::to_string);
        headers.push(format!("ConnectHeader(key={}, value={}, schema={schema})", header.name, java_text(&header.datum.value)?));
    }
    if !headers.is_empty() {
        text.push_str(&format!("[{}]", headers.join(", ")));
    }
    text.push_str(")}");
    Ok(text)
}

fn push_datum(text: &mut String, name: &str, datum: &Datum<'_>) -> Result<(), Error> {
    let schema = datum.schema.as_ref().map_or("null".to_owned(), ToString::to_string);
    text.push_str(&format!("{name}="));
    text.push_str(&java_text(&datum.value)?);
    text.push_str(&format!(", {name}Schema={schema}, "));
    Ok(())
}
