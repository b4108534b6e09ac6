//! What a worker of Caisson has and the JVM's has not: recordings of the JVM's worker stay as they were recorded, and this is added to
//! them where answers are compared.

use serde_json::Value;

/// Converters that come with the worker; Apache Kafka has those that recordings name.
const CONVERTERS: [&str; 3] = [
    "io.confluent.connect.avro.AvroConverter",
    "io.confluent.connect.json.JsonSchemaConverter",
    "io.confluent.connect.protobuf.ProtobufConverter",
];
/// A list with this among its items is one of all converters, of keys and values or of headers.
const OF_KAFKA: &str = "org.apache.kafka.connect.converters.ByteArrayConverter";
/// A list with this is one of those of headers.
const OF_HEADERS: &str = "org.apache.kafka.connect.storage.SimpleHeaderConverter";

/// Adds to every list of converters of keys and values in a recorded answer, which are in the order of their names, those that only
/// Caisson has.
pub fn add_to(recorded: &mut Value) {
    match recorded {
        Value::Array(items) if has(items, OF_KAFKA) && !has(items, OF_HEADERS) => {
            items.extend(CONVERTERS.map(Value::from));
            items.sort_by_cached_key(ToString::to_string);
        }
        Value::Array(items) => items.iter_mut().for_each(add_to),
        Value::Object(fields) => fields.values_mut().for_each(add_to),
        _ => {}
    }
}

fn has(items: &[Value], wanted: &str) -> bool {
    items.iter().any(|item| item == wanted)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lists_of_converters_grow_and_nothing_else() {
        let answer =
            |list: Value| json!({"a": [{"recommended": list}], "b": ["org.z"], "c": OF_KAFKA, "d": [OF_KAFKA, OF_HEADERS]});
        let mut grown = answer(json!([OF_KAFKA, "org.z"]));
        add_to(&mut grown);
        let [avro, json_schema, protobuf] = CONVERTERS;
        assert_eq!(grown, answer(json!([avro, json_schema, protobuf, OF_KAFKA, "org.z"])));
    }
}
