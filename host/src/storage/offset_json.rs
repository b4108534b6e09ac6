//! Offsets between the plugins' CBOR (`offset-map` of `wit/record.cddl`) and the JSON that Kafka Connect stores:
//! the key `["<connector>",{partition}]`, the value `{offset}` (Kafka: `OffsetStorageWriter`, `OffsetUtils`).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use minicbor::data::{Tag, Type};
use minicbor::{Decoder, Encoder};
use serde_json::{Map, Number, Value as Json};

/// Offset data that cannot be stored.
#[derive(Debug, thiserror::Error)]
pub enum OffsetError {
    /// The CBOR is not an `offset-map`.
    #[error("malformed offset data: {0}")]
    Malformed(#[from] minicbor::decode::Error),
    /// Only null, booleans, numbers, strings and bytes can be stored (Kafka: `OffsetUtils.validateFormat`).
    #[error("Offsets may only contain primitive types as values, but field {field} contains {found}")]
    NotPrimitive {
        /// The field of the partition or offset.
        field: String,
        /// What it holds.
        found: String,
    },
}

/// The key under which the offset of a source partition is stored. `partition` is one CBOR `offset-map`.
/// Its fields are sorted, so that one partition has one key.
pub fn key(connector: &str, partition: &[u8]) -> Result<Vec<u8>, OffsetError> {
    let partition = read_map(&mut Decoder::new(partition))?;
    Ok(Json::Array(vec![Json::from(connector), partition]).to_string().into_bytes())
}

/// The value to store for an offset. `offset` is one CBOR `offset-map`; none: it is null, the offset is to be removed.
pub fn value(offset: &[u8]) -> Result<Option<Vec<u8>>, OffsetError> {
    Ok(match read_map(&mut Decoder::new(offset))? {
        Json::Null => None,
        map => Some(map.to_string().into_bytes()),
    })
}

/// One CBOR `offset-map` as Java prints a map, fields sorted: `{field=value, …}` or `null`.
pub fn java_text(map: &[u8]) -> Result<String, OffsetError> {
    let Json::Object(map) = read_map(&mut Decoder::new(map))? else { return Ok("null".to_owned()) };
    let plain = |value: &Json| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let fields: Vec<String> = map.iter().map(|(field, value)| format!("{field}={}", plain(value))).collect();
    Ok(format!("{{{}}}", fields.join(", ")))
}

/// The `offset-maps` in `cbor`, as JSON objects or null.
pub fn read_maps(cbor: &[u8]) -> Result<Vec<Json>, OffsetError> {
    let mut decoder = Decoder::new(cbor);
    let count = decoder.array()?.ok_or_else(|| minicbor::decode::Error::message("indefinite array"))?;
    (0..count).map(|_| read_map(&mut decoder)).collect()
}

/// CBOR `offset-maps` of these JSON objects; what is no object becomes null.
pub fn write_maps(maps: &[Json]) -> Vec<u8> {
    let mut out = Encoder::new(Vec::new());
    // Writing to a Vec cannot fail.
    let _ = out.array(maps.len() as u64);
    for map in maps {
        write_map(&mut out, map);
    }
    out.into_writer()
}

/// CBOR `offset-changes` of pairs of partition and offset.
pub fn write_changes(changes: &[(Json, Json)]) -> Vec<u8> {
    let mut out = Encoder::new(Vec::new());
    let _ = out.array(changes.len() as u64);
    for (partition, offset) in changes {
        let _ = out.array(2);
        write_map(&mut out, partition);
        write_map(&mut out, offset);
    }
    out.into_writer()
}

/// The key in the form that `key` writes: fields sorted. Bytes that are no JSON stay as they are.
pub fn canonical(key: &[u8]) -> Vec<u8> {
    match serde_json::from_slice::<Json>(key) {
        Ok(json) => sorted(json).to_string().into_bytes(),
        Err(_) => key.to_vec(),
    }
}

/// Partition and offset of a stored entry, if it is one of this connector's.
pub fn entry(connector: &str, key: &[u8], value: &[u8]) -> Option<(Json, Json)> {
    let key = serde_json::from_slice::<Json>(key).ok()?;
    let (name, partition) = (key.get(0)?, key.get(1)?);
    if name.as_str() != Some(connector) {
        return None;
    }
    Some((partition.clone(), serde_json::from_slice(value).ok()?))
}

fn sorted(json: Json) -> Json {
    match json {
        Json::Object(map) => {
            let mut fields: Vec<(String, Json)> = map.into_iter().collect();
            fields.sort_by(|left, right| left.0.cmp(&right.0));
            Json::Object(fields.into_iter().map(|(name, value)| (name, sorted(value))).collect())
        }
        Json::Array(items) => Json::Array(items.into_iter().map(sorted).collect()),
        other => other,
    }
}

fn read_map(decoder: &mut Decoder<'_>) -> Result<Json, OffsetError> {
    if decoder.datatype()? == Type::Null {
        decoder.null()?;
        return Ok(Json::Null);
    }
    let count = decoder.map()?.ok_or_else(|| minicbor::decode::Error::message("indefinite map"))?;
    let mut map = Map::new();
    for _ in 0..count {
        let field = decoder.str()?.to_owned();
        let value = read_value(decoder, &field)?;
        map.insert(field, value);
    }
    Ok(sorted(Json::Object(map)))
}

fn read_value(decoder: &mut Decoder<'_>, field: &str) -> Result<Json, OffsetError> {
    let found = decoder.datatype()?;
    Ok(match found {
        Type::Null => {
            decoder.null()?;
            Json::Null
        }
        Type::Bool => Json::Bool(decoder.bool()?),
        Type::String => Json::from(decoder.str()?),
        Type::Bytes => Json::from(STANDARD.encode(decoder.bytes()?)),
        Type::F32 => float(f64::from(decoder.f32()?), digits_of_f32),
        Type::F64 => float(decoder.f64()?, |number| number),
        Type::Tag => {
            let tag = decoder.tag()?;
            // int8, int16 and int32: JSON has one integer.
            if ![7001, 7002, 7003].map(Tag::new).contains(&tag) {
                return Err(not_primitive(field, &format!("a value of CBOR tag {}", tag.as_u64())));
            }
            Json::from(decoder.i64()?)
        }
        Type::U8 | Type::U16 | Type::U32 | Type::U64 | Type::I8 | Type::I16 | Type::I32 | Type::I64 | Type::Int => {
            Json::from(decoder.i64()?)
        }
        other => return Err(not_primitive(field, &other.to_string())),
    })
}

fn not_primitive(field: &str, found: &str) -> OffsetError {
    OffsetError::NotPrimitive { field: field.to_owned(), found: found.to_owned() }
}

/// The double with the digits of the float: 0.1f is written 0.1.
fn digits_of_f32(number: f64) -> f64 {
    (number as f32).to_string().parse().unwrap_or(number)
}

/// What JSON cannot say, `NaN` and the infinities, Jackson writes as a string.
fn float(number: f64, digits: fn(f64) -> f64) -> Json {
    match Number::from_f64(digits(number)) {
        Some(number) => Json::Number(number),
        None if number.is_nan() => Json::from("NaN"),
        None => Json::from(if number > 0.0 { "Infinity" } else { "-Infinity" }),
    }
}

fn write_map(out: &mut Encoder<Vec<u8>>, map: &Json) {
    let Json::Object(map) = map else {
        let _ = out.null();
        return;
    };
    let _ = out.map(map.len() as u64);
    for (field, value) in map {
        let _ = out.str(field);
        write_value(out, value);
    }
}

/// Values of a stored offset as the Java worker's JsonConverter reads them: integers are int64.
fn write_value(out: &mut Encoder<Vec<u8>>, value: &Json) {
    let _ = match value {
        Json::Bool(value) => out.bool(*value),
        Json::String(text) => out.str(text),
        Json::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(integer), _) => out.i64(integer),
            (None, Some(float)) => out.f64(float),
            (None, None) => out.null(),
        },
        Json::Array(items) => {
            let _ = out.array(items.len() as u64);
            items.iter().for_each(|item| write_value(out, item));
            return;
        }
        Json::Object(_) => return write_map(out, value),
        Json::Null => out.null(),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_values_are_kafkas() {
        let mut partition = Encoder::new(Vec::new());
        partition.map(1).unwrap().str("filename").unwrap().str("in.txt").unwrap();
        assert_eq!(key("x", &partition.into_writer()).unwrap(), br#"["x",{"filename":"in.txt"}]"#);
        let mut offset = Encoder::new(Vec::new());
        offset.map(2).unwrap().str("position").unwrap().i64(8).unwrap();
        offset.str("a").unwrap().tag(Tag::new(7003)).unwrap().i32(-1).unwrap();
        assert_eq!(value(&offset.into_writer()).unwrap().unwrap(), br#"{"a":-1,"position":8}"#);
        assert!(value(&[0xf6]).unwrap().is_none());
    }

    #[test]
    fn maps_read_as_java_prints_them() {
        let maps = write_maps(&[serde_json::json!({"position": 16, "file": "in.txt", "x": null})]);
        // The array's header is one byte.
        assert_eq!(java_text(&maps[1..]).unwrap(), "{file=in.txt, position=16, x=null}");
        assert_eq!(java_text(&[0xf6]).unwrap(), "null");
    }

    #[test]
    fn nested_values_are_refused() {
        let mut offset = Encoder::new(Vec::new());
        offset.map(1).unwrap().str("f").unwrap().array(0).unwrap();
        let error = value(&offset.into_writer()).unwrap_err().to_string();
        assert!(error.contains("field f"), "{error}");
    }

    #[test]
    fn maps_come_back_as_they_were() {
        let maps = [serde_json::json!({"a": 1, "b": "x", "c": null, "d": true, "e": 1.5}), Json::Null];
        assert_eq!(read_maps(&write_maps(&maps)).unwrap(), maps);
    }
}
