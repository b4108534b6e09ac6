//! The two pipelines that the acceptance tests and the benchmark run, three transformations each.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::Context;
use serde_json::{Value, json};

const TRANSFORMS: &str = "org.apache.kafka.connect.transforms.";
const JSON: &str = "org.apache.kafka.connect.json.JsonConverter";
const STRING: &str = "org.apache.kafka.connect.storage.StringConverter";

/// A hundred bytes with its end of line, starting with its number.
pub fn line(number: u64) -> String {
    format!("{number:09} abcdefghijklmnopqrstuvwxyz0123456789 ABCDEFGHIJKLMNOPQRSTUVWXYZ and twenty-six more.{}", "x".repeat(5))
}

/// Writes lines 0 to `count`.
pub fn write_lines(path: &Path, count: u64) -> anyhow::Result<()> {
    let mut file = BufWriter::new(File::create(path).with_context(|| format!("cannot write {}", path.display()))?);
    for number in 0..count {
        writeln!(file, "{}", line(number))?;
    }
    Ok(file.flush()?)
}

/// A file into a topic, as strings.
pub fn plain_source(file: &Path, topic: &str) -> Value {
    json!({
        "connector.class": "FileStreamSource", "tasks.max": "1", "file": file, "topic": topic,
        "key.converter": STRING, "value.converter": STRING,
    })
}

/// A file through HoistField, InsertField and ReplaceField into a topic, as JSON with schemas.
pub fn source(file: &Path, topic: &str) -> Value {
    let mut config = plain_source(file, topic);
    config["value.converter"] = JSON.into();
    config["value.converter.schemas.enable"] = "true".into();
    transform(&mut config, 0, "HoistField$Value", &[("field", "line")]);
    transform(&mut config, 1, "InsertField$Value", &[("static.field", "origin"), ("static.value", "bench")]);
    transform(&mut config, 2, "ReplaceField$Value", &[("renames", "line:text")]);
    config
}

/// What [`source`] makes of a line, byte for byte as the JVM's JsonConverter writes it.
pub fn source_value(number: u64) -> String {
    format!(
        "{{\"schema\":{{\"type\":\"struct\",\"fields\":[{{\"type\":\"string\",\"optional\":false,\"field\":\"text\"}},\
         {{\"type\":\"string\",\"optional\":true,\"field\":\"origin\"}}],\"optional\":false}},\
         \"payload\":{{\"text\":\"{}\",\"origin\":\"bench\"}}}}",
        line(number)
    )
}

/// The number of the line in a value of [`source`]; none if the value is anything else.
pub fn source_number(value: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(value).ok()?;
    let number = text.split_once("\"text\":\"")?.1.get(..9)?.parse().ok()?;
    (text == source_value(number)).then_some(number)
}

/// A record for the sinks.
pub fn json_record(number: u64) -> String {
    format!(
        "{{\"id\":{number},\"name\":\"user-{number}\",\"city\":\"Brno\",\"secret\":\"s-{number:09}\",\"active\":true,\
         \"amount\":{}.5,\"text\":\"some text of the record\"}}",
        number % 1000
    )
}

/// A topic of JSON without schemas into a file.
pub fn plain_sink(topic: &str, file: &Path) -> Value {
    json!({
        "connector.class": "FileStreamSink", "tasks.max": "1", "file": file, "topics": topic,
        "key.converter": STRING, "value.converter": JSON, "value.converter.schemas.enable": "false",
    })
}

/// The same through InsertField, MaskField and ReplaceField.
pub fn sink(topic: &str, file: &Path) -> Value {
    let mut config = plain_sink(topic, file);
    transform(&mut config, 0, "InsertField$Value", &[("static.field", "origin"), ("static.value", "bench")]);
    transform(&mut config, 1, "MaskField$Value", &[("fields", "secret")]);
    transform(&mut config, 2, "ReplaceField$Value", &[("exclude", "city")]);
    config
}

/// The numbers of all whole records in what [`sink`] wrote. A worker that was killed may have left half a line behind.
pub fn sink_numbers(text: &str) -> Vec<u64> {
    let whole = |line: &&str| {
        line.contains("origin=bench") && line.contains("secret=,") | line.contains("secret=}") && line.ends_with('}')
    };
    text.lines().filter(whole).filter_map(number_in).collect()
}

/// The last `id=` of a line, since half a line may stand before it.
fn number_in(line: &str) -> Option<u64> {
    let start = line.rfind('{')?;
    let rest = line.get(start..)?;
    let digits = rest.split_once("id=")?.1;
    digits.get(..digits.find([',', '}'])?)?.parse().ok()
}

/// Adds a transformation at the end of the chain; they are called t0, t1 …
fn transform(config: &mut Value, index: usize, class: &str, keys: &[(&str, &str)]) {
    let before = config["transforms"].as_str().map(|names| format!("{names},")).unwrap_or_default();
    config["transforms"] = format!("{before}t{index}").into();
    config[format!("transforms.t{index}.type")] = format!("{TRANSFORMS}{class}").into();
    for (key, value) in keys {
        config[format!("transforms.t{index}.{key}")] = (*value).into();
    }
}
