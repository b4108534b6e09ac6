//! A chunk: consecutive records of one partition, stored as one value. Pure encoding.
//!
//! `[1, count, last delta, largest timestamp, appended at]` then `count` records `[delta, timestamp, key, value, headers?]`, all CBOR.
//! A record's offset is its chunk's base offset plus its delta; compaction leaves gaps.

use minicbor::data::Type;
use minicbor::decode::Error;
use minicbor::{Decoder, Encoder};

use crate::broker::record::{Header, Headers};

const VERSION: u8 = 1;

/// What a chunk says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Preamble {
    /// Number of records.
    pub count: u64,
    /// Offset of the last record, less the base offset.
    pub last_delta: u64,
    /// Largest timestamp of a record, in milliseconds.
    pub max_timestamp: i64,
    /// When it was written, in milliseconds.
    pub appended_at: i64,
}

/// A record as it is stored.
#[derive(Debug, Clone, Copy)]
pub struct Stored<'a> {
    /// Offset less the base offset.
    pub delta: u64,
    /// Milliseconds since the epoch.
    pub timestamp: i64,
    /// Key bytes.
    pub key: Option<&'a [u8]>,
    /// Value bytes.
    pub value: Option<&'a [u8]>,
    /// Headers, still encoded.
    pub headers: StoredHeaders<'a>,
}

/// Encoded headers: pairs of name and value; empty if there are none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredHeaders<'a> {
    count: usize,
    encoded: &'a [u8],
}

impl StoredHeaders<'_> {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }
}

impl Headers for StoredHeaders<'_> {
    fn count(&self) -> usize {
        self.count
    }

    fn header(&self, index: usize) -> Option<Header<'_>> {
        let mut decoder = Decoder::new(self.encoded);
        for at in 0..self.count {
            let key = decoder.str().ok()?;
            let value = bytes_or_null(&mut decoder).ok()?;
            if at == index {
                return Some(Header { key, value });
            }
        }
        None
    }
}

/// Puts the preamble and the records' bytes together.
pub fn seal(preamble: &Preamble, body: &[u8]) -> Vec<u8> {
    let mut chunk = Vec::with_capacity(body.len() + 40);
    let mut encoder = Encoder::new(&mut chunk);
    // Writing into a Vec cannot fail.
    let _ = encoder.array(5).and_then(|encoder| encoder.u8(VERSION)).and_then(|encoder| encoder.u64(preamble.count));
    let _ = encoder.u64(preamble.last_delta).and_then(|encoder| encoder.i64(preamble.max_timestamp));
    let _ = encoder.i64(preamble.appended_at);
    chunk.extend_from_slice(body);
    chunk
}

/// Appends one record to the bytes that [`seal`] takes.
pub fn push(body: &mut Vec<u8>, delta: u64, timestamp: i64, key: Option<&[u8]>, value: Option<&[u8]>, headers: &[Header<'_>]) {
    let mut encoder = start(body, delta, timestamp, key, value, headers.len());
    for header in headers {
        let _ = encoder.str(header.key);
        put(&mut encoder, header.value);
    }
}

/// Appends a record that was stored before.
pub fn push_stored(body: &mut Vec<u8>, delta: u64, record: &Stored<'_>) {
    start(body, delta, record.timestamp, record.key, record.value, record.headers.count);
    body.extend_from_slice(record.headers.encoded);
}

fn start<'b>(
    body: &'b mut Vec<u8>,
    delta: u64,
    timestamp: i64,
    key: Option<&[u8]>,
    value: Option<&[u8]>,
    headers: usize,
) -> Encoder<&'b mut Vec<u8>> {
    let mut encoder = Encoder::new(body);
    let _ =
        encoder.array(4 + 2 * headers as u64).and_then(|encoder| encoder.u64(delta)).and_then(|encoder| encoder.i64(timestamp));
    put(&mut encoder, key);
    put(&mut encoder, value);
    encoder
}

fn put(encoder: &mut Encoder<&mut Vec<u8>>, bytes: Option<&[u8]>) {
    let _ = match bytes {
        Some(bytes) => encoder.bytes(bytes),
        None => encoder.null(),
    };
}

/// Reads the preamble; the second value is where the records begin.
pub fn preamble(chunk: &[u8]) -> Result<(Preamble, usize), Error> {
    let mut decoder = Decoder::new(chunk);
    if decoder.array()? != Some(5) || decoder.u8()? != VERSION {
        return Err(Error::message("not a chunk of this version"));
    }
    let preamble = Preamble {
        count: decoder.u64()?,
        last_delta: decoder.u64()?,
        max_timestamp: decoder.i64()?,
        appended_at: decoder.i64()?,
    };
    Ok((preamble, decoder.position()))
}

/// Reads the record that begins at `at`; the second value is where the next one begins. `None` at the end.
pub fn record(chunk: &[u8], at: usize) -> Result<Option<(Stored<'_>, usize)>, Error> {
    if at >= chunk.len() {
        return Ok(None);
    }
    let mut decoder = Decoder::new(chunk);
    decoder.set_position(at);
    let members = decoder.array()?.filter(|members| *members >= 4).ok_or_else(|| Error::message("not a record"))?;
    let delta = decoder.u64()?;
    let timestamp = decoder.i64()?;
    let key = bytes_or_null(&mut decoder)?;
    let value = bytes_or_null(&mut decoder)?;
    let begin = decoder.position();
    for _ in 4..members {
        decoder.skip()?;
    }
    let encoded = chunk.get(begin..decoder.position()).unwrap_or_default();
    let count = usize::try_from((members - 4) / 2).unwrap_or_default();
    let headers = StoredHeaders { count, encoded };
    Ok(Some((Stored { delta, timestamp, key, value, headers }, decoder.position())))
}

fn bytes_or_null<'b>(decoder: &mut Decoder<'b>) -> Result<Option<&'b [u8]>, Error> {
    if decoder.datatype()? == Type::Null {
        decoder.null()?;
        return Ok(None);
    }
    decoder.bytes().map(Some)
}

#[cfg(test)]
mod tests {
    use super::{Preamble, preamble, push, push_stored, record, seal};
    use crate::broker::record::{Header, Headers};

    #[test]
    fn a_chunk_comes_back_as_it_was() {
        let mut body = Vec::new();
        let headers = [Header { key: "h", value: Some(b"1".as_slice()) }, Header { key: "n", value: None }];
        push(&mut body, 0, -5, None, Some(b"value"), &[]);
        push(&mut body, 1, 7, Some(b"key"), None, &headers);
        let written = Preamble { count: 2, last_delta: 1, max_timestamp: 7, appended_at: 9 };
        let chunk = seal(&written, &body);
        let (read, at) = preamble(&chunk).unwrap();
        assert_eq!(read, written);
        let (first, at) = record(&chunk, at).unwrap().unwrap();
        assert_eq!((first.timestamp, first.key, first.value), (-5, None, Some(b"value".as_slice())));
        assert!(first.headers.is_empty());
        let (second, at) = record(&chunk, at).unwrap().unwrap();
        assert_eq!((second.delta, second.key, second.value), (1, Some(b"key".as_slice()), None));
        assert_eq!(second.headers.header(0).unwrap(), headers[0]);
        assert_eq!(second.headers.header(1).unwrap(), headers[1]);
        assert!(second.headers.header(2).is_none());
        assert!(record(&chunk, at).unwrap().is_none());

        let mut again = Vec::new();
        push_stored(&mut again, 1, &second);
        let (copied, _) = record(&again, 0).unwrap().unwrap();
        assert_eq!((copied.key, copied.headers), (second.key, second.headers));
    }

    #[test]
    fn other_bytes_are_refused() {
        assert!(preamble(b"").is_err());
        assert!(preamble(&[0x85, 2, 0, 0, 0, 0]).is_err());
        assert!(record(&[0x81, 0], 0).is_err());
    }
}
