//! Avro: schemas as JSON, and payloads under them. An input is a schema and, behind a line feed, a payload.

use caisson_avro::avro_data::{Reading, Writing};
use caisson_avro::options::Options;
use caisson_avro::schema::AvroSchema;

/// Reads a payload, and writes what was read under the schema that Connect's makes.
pub fn run(data: &[u8]) {
    let at = data.iter().position(|byte| *byte == b'\n').unwrap_or(data.len());
    let Ok(text) = std::str::from_utf8(&data[..at]) else { return };
    let Ok(avro) = AvroSchema::parse(text, &[]) else { return };
    for enhanced in [false, true] {
        let options = Options { enhanced, ..Options::default() };
        let mut unions = 0;
        let Ok(reading) = Reading::new(&avro, Some(3), options, &mut unions) else { continue };
        let Ok(datum) = reading.read(data.get(at + 1..).unwrap_or_default()) else { continue };
        let Ok(writing) = Writing::new(datum.schema.as_ref(), options) else { continue };
        let mut payload = Vec::new();
        if writing.write(&mut payload, &datum.value, options).is_err() {
            continue;
        }
        // What is written is read again, under the schema it was written under.
        let again = AvroSchema::parse(&writing.text, &[]).unwrap_or_else(|error| panic!("{error}: {}", writing.text));
        let reading = Reading::new(&again, None, options, &mut unions);
        assert!(reading.is_err() || reading.is_ok_and(|reading| reading.read(&payload).is_ok()), "{}", writing.text);
    }
}

/// Schemas of every type, with a payload each.
pub fn corpus() -> Vec<Vec<u8>> {
    let cases: [(&str, &[u8]); 9] = [
        (
            r#"{"type":"record","name":"R","namespace":"ns","fields":[{"name":"a","type":"int","default":1},{"name":"b","type":["null","string"],"default":null}]}"#,
            &[2, 2, 6, b'x', b'y', b'z'],
        ),
        (r#"{"type":"array","items":"long"}"#, &[4, 2, 4, 0]),
        (r#"{"type":"map","values":{"type":"array","items":"null"}}"#, &[2, 2, b'k', 0, 0]),
        (r#"["null","int","string",{"type":"fixed","name":"F","size":2}]"#, &[6, 1, 2]),
        (r#"{"type":"enum","name":"E","symbols":["A","B"]}"#, &[2]),
        (r#"{"type":"bytes","logicalType":"decimal","precision":4,"scale":2}"#, &[4, 1, 2]),
        (
            r#"{"type":"array","items":{"type":"record","name":"MapEntry","namespace":"io.confluent.connect.avro","fields":[{"name":"key","type":"int"},{"name":"value","type":"string"}]}}"#,
            &[2, 2, 2, b'v', 0],
        ),
        (r#"{"type":"int","logicalType":"date","connect.type":"int8","connect.default":5}"#, &[8]),
        (caisson_avro::schema::anything::TEXT, &[0, 0, 0, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 2, 8, 0, 0, 0, 0, 0, 0]),
    ];
    cases.iter().map(|(schema, payload)| [schema.as_bytes(), b"\n", payload].concat()).collect()
}
