//! Which message of its schema's file a payload is: the message indexes of Confluent's wire format for Protobuf.

use prost::encoding::{decode_varint, encode_varint};

use crate::scalar::Malformed;

/// No file nests messages deeper; more is no honest payload.
const MOST: u64 = 100;

/// Appends a path. That of the first message is the single byte 0.
pub fn write(out: &mut Vec<u8>, path: &[i32]) {
    if path == [0] {
        return out.push(0);
    }
    encode_zigzag(out, path.len() as i32);
    for index in path {
        encode_zigzag(out, *index);
    }
}

/// Reads a path from the front of a payload.
pub fn read(input: &mut &[u8]) -> Result<Vec<i32>, Malformed> {
    let count = decode_zigzag(input)?;
    if count == 0 {
        return Ok(vec![0]);
    }
    let wrong = || Malformed(format!("it names its message by {count} indexes"));
    let count = u64::try_from(count).ok().filter(|count| *count <= MOST).ok_or_else(wrong)?;
    (0..count).map(|_| decode_zigzag(input)).collect()
}

fn encode_zigzag(out: &mut Vec<u8>, number: i32) {
    encode_varint(u64::from((number.wrapping_shl(1) ^ (number >> 31)) as u32), out);
}

fn decode_zigzag(input: &mut &[u8]) -> Result<i32, Malformed> {
    let number = decode_varint(input)? as u32;
    Ok((number >> 1) as i32 ^ -((number & 1) as i32))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_those_of_the_wire_format() {
        for (path, bytes) in
            [(vec![0], vec![0]), (vec![1], vec![2, 2]), (vec![0, 2], vec![4, 0, 4]), (vec![300], vec![2, 0xd8, 4])]
        {
            let mut out = Vec::new();
            write(&mut out, &path);
            assert_eq!(out, bytes);
            out.push(9);
            let mut input = out.as_slice();
            assert_eq!(read(&mut input), Ok(path));
            assert_eq!(input, [9]);
        }
        // The long form of the first message.
        assert_eq!(read(&mut [2, 0].as_slice()), Ok(vec![0]));
        for bytes in [&[][..], &[2], &[1], &[0xff], &[0xd0, 0x0f]] {
            assert!(read(&mut &*bytes).is_err(), "{bytes:?}");
        }
    }
}
