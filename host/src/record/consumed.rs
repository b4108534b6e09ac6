//! The batch that a sink's first stage is given, written as records arrive.

use minicbor::Encoder;

use super::index::{Entry, Index};
use super::serialised::{Header, Headers, Serialised};

/// A record as it was consumed (`ConsumerRecord`), without its headers.
#[derive(Debug, Clone, Copy)]
pub struct Consumed<'a> {
    /// Its topic.
    pub topic: &'a str,
    /// Its partition.
    pub partition: i32,
    /// Its offset.
    pub offset: i64,
    /// Milliseconds since the epoch.
    pub timestamp: Option<i64>,
    /// 0 none, 1 create time, 2 log append time.
    pub timestamp_type: u8,
    /// Key bytes.
    pub key: Option<&'a [u8]>,
    /// Value bytes.
    pub value: Option<&'a [u8]>,
}

/// A record just as it was consumed. Everything borrows from the batch.
#[derive(Debug, Clone)]
pub struct Original<'b> {
    /// The record.
    pub record: Consumed<'b>,
    /// Its headers.
    pub headers: Headers<'b>,
}

/// Where a record was consumed, kept in the host under the record's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Coordinates {
    /// Index into [`ConsumedBatch::sources`].
    pub source: u32,
    /// Offset in that partition.
    pub offset: i64,
    /// 0 none, 1 create time, 2 log append time.
    timestamp_type: u8,
}

/// Writes consumed records one after the other; a record's id is its place. Reused from batch to batch.
#[derive(Debug, Default)]
pub struct ConsumedBatch {
    body: Vec<u8>,
    sources: Vec<(String, i32)>,
    /// Topic and partition of each source as a record has them.
    places: Vec<Vec<u8>>,
    coordinates: Vec<Coordinates>,
    /// Where each record and its topic begin in the body.
    starts: Vec<(usize, usize)>,
    headers: usize,
}

impl ConsumedBatch {
    /// Forgets all records.
    pub fn clear(&mut self) {
        self.body.clear();
        self.sources.clear();
        self.places.clear();
        self.coordinates.clear();
        self.starts.clear();
        self.headers = 0;
    }

    /// Adds a record.
    pub fn push<'h>(&mut self, record: &Consumed<'_>, headers: impl ExactSizeIterator<Item = Header<'h>>) {
        let source = self.source(record.topic, record.partition);
        let id = self.coordinates.len() as u64;
        self.headers = self.headers.saturating_add(headers.len());
        let start = self.body.len();
        self.body.push(RECORD);
        let mut out = Encoder::new(&mut self.body);
        // Writing to a Vec cannot fail.
        let _ = out.u64(id);
        let topic = out.writer().len();
        out.writer_mut().extend_from_slice(self.places.get(source as usize).map_or(&[], Vec::as_slice));
        let _ = write(&mut out, source, record, headers);
        self.starts.push((start, topic));
        let (offset, timestamp_type) = (record.offset, record.timestamp_type);
        self.coordinates.push(Coordinates { source, offset, timestamp_type });
    }

    /// Number of records.
    pub fn len(&self) -> usize {
        self.coordinates.len()
    }

    /// Whether there are no records.
    pub fn is_empty(&self) -> bool {
        self.coordinates.is_empty()
    }

    /// Whether any record has headers.
    pub fn has_headers(&self) -> bool {
        self.headers > 0
    }

    /// Where the records came from, by id.
    pub fn coordinates(&self) -> &[Coordinates] {
        &self.coordinates
    }

    /// The topic partitions that [`Coordinates::source`] means.
    pub fn sources(&self) -> &[(String, i32)] {
        &self.sources
    }

    /// The record of that id as it was consumed; none if there is no such record.
    pub fn original(&self, id: u32) -> Option<Original<'_>> {
        let place = id as usize;
        let (coordinates, (start, _)) = (self.coordinates.get(place)?, self.starts.get(place)?);
        let end = self.starts.get(place + 1).map_or(self.body.len(), |(next, _)| *next);
        let (topic, partition) = self.sources.get(coordinates.source as usize)?;
        let read = Serialised::of(self.body.get(*start..end)?).ok()?;
        let record = Consumed {
            topic,
            partition: *partition,
            offset: coordinates.offset,
            timestamp: read.timestamp,
            timestamp_type: coordinates.timestamp_type,
            key: read.key,
            value: read.value,
        };
        Some(Original { record, headers: read.headers })
    }

    /// The CBOR `batch`, and its boundaries, which are known here and need not be looked for.
    pub fn to_batch(&self) -> (Vec<u8>, Index) {
        let mut out = Encoder::new(Vec::with_capacity(self.body.len().saturating_add(64 + 32 * self.sources.len())));
        let _ = out.array(3);
        let schemas = out.writer().len();
        let _ = out.array(0);
        let schemas = schemas..out.writer().len();
        let _ = out.array(self.coordinates.len() as u64);
        let body = out.writer().len();
        out.writer_mut().extend_from_slice(&self.body);
        let ends = self.starts.iter().skip(1).map(|(start, _)| *start).chain([self.body.len()]);
        let entry = |(id, ((start, topic), end)): (u32, (&(usize, usize), usize))| Entry {
            id,
            span: body + start..body + end,
            topic: body + topic,
        };
        let entries = (0..).zip(self.starts.iter().zip(ends)).map(entry).collect();
        let sources = out.writer().len();
        let _ = out.array(self.sources.len() as u64);
        for (topic, partition) in &self.sources {
            let _ = out.array(2).and_then(|out| out.str(topic)).and_then(|out| out.i32(*partition));
        }
        let batch = out.into_writer();
        let index = Index::known(schemas, entries, sources..batch.len());
        (batch, index)
    }

    /// Records of one partition come in runs, so the last one found is looked at first.
    fn source(&mut self, topic: &str, partition: i32) -> u32 {
        let last = self.coordinates.last().map_or(0, |last| last.source);
        let is = |known: &(String, i32)| known.1 == partition && known.0 == topic;
        if self.sources.get(last as usize).is_some_and(is) {
            return last;
        }
        let place = self.sources.iter().position(is).unwrap_or_else(|| {
            self.sources.push((topic.to_owned(), partition));
            let mut place = Encoder::new(Vec::new());
            let _ = place.str(topic).and_then(|place| place.i32(partition));
            self.places.push(place.into_writer());
            self.sources.len() - 1
        });
        u32::try_from(place).unwrap_or(u32::MAX)
    }
}

type Written = Result<(), minicbor::encode::Error<core::convert::Infallible>>;

// What all records have is written as it is encoded: a call of the encoder for each part takes as long as all the rest.

/// An array of eight.
const RECORD: u8 = 0x88;
/// An array of two, the first of which is null: data without a schema.
const SCHEMALESS: [u8; 2] = [0x82, 0xf6];
/// The same that holds no data either.
const NO_DATA: [u8; 3] = [0x82, 0xf6, 0xf6];
/// An array of none.
const NO_HEADERS: u8 = 0x80;
/// An array of three.
const COORDINATES: u8 = 0x83;

/// What follows the partition.
fn write<'h>(
    out: &mut Encoder<&mut Vec<u8>>,
    source: u32,
    record: &Consumed<'_>,
    headers: impl ExactSizeIterator<Item = Header<'h>>,
) -> Written {
    match record.timestamp {
        Some(timestamp) => out.i64(timestamp)?,
        None => out.null()?,
    };
    datum(out, record.key)?;
    datum(out, record.value)?;
    if headers.len() == 0 {
        out.writer_mut().push(NO_HEADERS);
    } else {
        out.array(headers.len() as u64)?;
    }
    for (name, value) in headers {
        out.array(3)?.str(name)?.null()?;
        bytes_or_null(out, value)?;
    }
    out.writer_mut().push(COORDINATES);
    out.u32(source)?.i64(record.offset)?.u8(record.timestamp_type)?;
    Ok(())
}

fn datum(out: &mut Encoder<&mut Vec<u8>>, bytes: Option<&[u8]>) -> Written {
    let Some(bytes) = bytes else {
        out.writer_mut().extend_from_slice(&NO_DATA);
        return Ok(());
    };
    out.writer_mut().extend_from_slice(&SCHEMALESS);
    out.bytes(bytes)?;
    Ok(())
}

fn bytes_or_null(out: &mut Encoder<&mut Vec<u8>>, bytes: Option<&[u8]>) -> Written {
    match bytes {
        Some(bytes) => out.bytes(bytes)?,
        None => out.null()?,
    };
    Ok(())
}
