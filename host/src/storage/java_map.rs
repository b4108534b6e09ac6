//! A `java.util.HashMap<byte[], byte[]>` as Java serialises it: the form of Kafka's standalone offset file.

use jaded::{Parser, PrimitiveType, Value};

/// Entries of the map; null keys and values do not occur in offset files that hold anything.
pub(super) type Entries = Vec<(Vec<u8>, Vec<u8>)>;

/// Stream header, class `java.util.HashMap` with its serial version id and its fields `loadFactor` and `threshold`.
const HEAD: &[u8] = b"\xac\xed\x00\x05sr\x00\x11java.util.HashMap\x05\x07\xda\xc1\xc3\x16\x60\xd1\x03\x00\x02F\x00\x0aloadFactorI\x00\x09thresholdxp";
/// The class of the first array: `byte[]`, written once.
const BYTE_ARRAY: &[u8] = b"ur\x00\x02[B\xac\xf3\x17\xf8\x06\x08T\xe0\x02\x00\x00xp";
/// A later array: a reference to the class above, the third object of the stream.
const BYTE_ARRAY_AGAIN: &[u8] = b"uq\x00\x7e\x00\x02";
/// End of the map's own data.
const END: u8 = 0x78;

/// Reads such a map. Entries whose value is null (offsets that were reset) are left out. The error says what is wrong.
pub(super) fn read(bytes: &[u8]) -> Result<Entries, String> {
    let mut parser = Parser::new(bytes).map_err(|error| chain(&error))?;
    let content = parser.read().map_err(|error| chain(&error))?;
    let map = content.value().and_then(Value::object_data).ok_or("it holds no object")?;
    if map.class_name() != "java.util.HashMap" {
        return Err(format!("expected a java.util.HashMap but found a {}", map.class_name()));
    }
    let mut notes = map.get_annotation(0).ok_or("the map has no entries")?;
    notes.read_i32().map_err(|error| chain(&error))?;
    let size = notes.read_i32().map_err(|error| chain(&error))?;
    let mut entries = Vec::new();
    for _ in 0..size {
        let key = bytes_of(notes.read_object().map_err(|error| chain(&error))?)?;
        let value = bytes_of(notes.read_object().map_err(|error| chain(&error))?)?;
        if let (Some(key), Some(value)) = (key, value) {
            entries.push((key, value));
        }
    }
    Ok(entries)
}

/// Writes such a map, byte for byte as Java would but for the order of the entries.
pub(super) fn write<'a>(entries: impl ExactSizeIterator<Item = (&'a [u8], &'a [u8])>) -> Vec<u8> {
    let size = entries.len();
    let capacity = (size * 4 / 3 + 1).next_power_of_two().max(16);
    let mut out = HEAD.to_vec();
    out.extend_from_slice(&0.75f32.to_be_bytes());
    out.extend_from_slice(&int(capacity / 4 * 3));
    out.extend_from_slice(b"w\x08");
    out.extend_from_slice(&int(capacity));
    out.extend_from_slice(&int(size));
    let mut class = BYTE_ARRAY;
    for (key, value) in entries {
        for array in [key, value] {
            out.extend_from_slice(class);
            out.extend_from_slice(&int(array.len()));
            out.extend_from_slice(array);
            class = BYTE_ARRAY_AGAIN;
        }
    }
    out.push(END);
    out
}

fn int(number: usize) -> [u8; 4] {
    i32::try_from(number).unwrap_or(i32::MAX).to_be_bytes()
}

fn bytes_of(value: &Value) -> Result<Option<Vec<u8>>, String> {
    if value.is_null() {
        return Ok(None);
    }
    let items = value.primitive_array().ok_or("an entry is no byte array")?;
    let bytes = items.iter().map(|item| match item {
        PrimitiveType::Byte(byte) => Ok(*byte),
        _ => Err("an entry is no byte array".to_owned()),
    });
    bytes.collect::<Result<Vec<u8>, String>>().map(Some)
}

/// An error with its causes, which jaded does not put into its own text.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let entries: Entries = vec![(b"a".to_vec(), b"1".to_vec()), (b"".to_vec(), vec![0, 255, 128])];
        let bytes = write(entries.iter().map(|(key, value)| (key.as_slice(), value.as_slice())));
        assert_eq!(read(&bytes), Ok(entries));
        let empty: Entries = Vec::new();
        assert_eq!(read(&write(empty.iter().map(|(k, v)| (k.as_slice(), v.as_slice())))), Ok(empty));
    }

    #[test]
    fn javas_own_file_is_read_and_written() {
        let file = include_bytes!("testdata/java-offsets.bin");
        let source = (br#"["src",{"filename":"in.txt"}]"#.to_vec(), br#"{"position":3}"#.to_vec());
        let mirror = (br#"["mm",{"topic":"t","partition":0}]"#.to_vec(), br#"{"offset":42}"#.to_vec());
        // Its third entry is an offset that was reset: null.
        let entries: Entries = vec![source, mirror];
        assert_eq!(read(file), Ok(entries.clone()));
        let written = write(entries.iter().map(|(key, value)| (key.as_slice(), value.as_slice())));
        let size = HEAD.len() + 14;
        assert_eq!(written[..size - 1], file[..size - 1], "all before the number of entries");
        assert!(file.starts_with(&written[..HEAD.len()]));
    }

    #[test]
    fn anything_else_is_refused() {
        assert!(read(b"{\"a\":1}").is_err());
        assert!(read(b"\xac\xed\x00\x05t\x00\x01x").is_err());
        let bytes = write([(b"a".as_slice(), b"1".as_slice())].into_iter());
        for end in 0..bytes.len() {
            assert!(read(&bytes[..end]).is_err(), "cut at {end}");
        }
    }
}
