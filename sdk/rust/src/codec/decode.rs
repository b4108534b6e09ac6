//! Reading batches.

use std::borrow::Cow;

use crate::codec::values::{self, Reader, schema_at};
use crate::data::encoded::Encoded;
use crate::data::record::{Coordinates, Datum, Header, Record, TimestampType};
use crate::data::schema::Schema;
use crate::data::value::Value;
use crate::error::Error;

/// The parts of a batch, nothing decoded.
#[derive(Debug)]
pub(crate) struct Batch<'b> {
    /// The array of schemas.
    pub(crate) schemas: &'b [u8],
    /// From the array of records on.
    behind: Reader<'b>,
    records: Reader<'b>,
    count: usize,
    has_sources: bool,
}

impl<'b> Batch<'b> {
    /// Finds the parts. `DataException` for bytes that are no batch.
    pub(crate) fn parse(bytes: &'b [u8]) -> Result<Self, Error> {
        let mut reader = Reader::new(bytes);
        let parts = reader.array()?;
        if parts != 2 && parts != 3 {
            return Err(Error::data("malformed batch: it is [schemas, records, sources]"));
        }
        let schemas = reader.span()?;
        let behind = reader.clone();
        let mut records = reader;
        let count = records.array()?;
        Ok(Self { schemas, behind, records, count, has_sources: parts == 3 })
    }

    /// How many records there are.
    pub(crate) fn len(&self) -> usize {
        self.count
    }

    /// Reads the records one after the other; `table` are the batch's schemas.
    pub(crate) fn records<'s>(&'s self, table: &'s [Schema]) -> Records<'s>
    where
        'b: 's,
    {
        let behind = self.has_sources.then(|| self.behind.clone());
        Records { reader: self.records.clone(), left: self.count, behind, sources: None, table, original: None }
    }
}

fn members(reader: &mut Reader<'_>) -> Result<usize, Error> {
    match reader.array()? {
        members @ (7 | 8) => Ok(members),
        _ => Err(Error::data("malformed batch: a record has seven or eight members")),
    }
}

#[cold]
fn no_datum() -> Error {
    Error::data("malformed batch: key and value are [schema index, value]")
}

fn sources(span: &[u8]) -> Result<Vec<(&str, i32)>, Error> {
    let mut reader = Reader::new(span);
    let count = reader.array()?;
    let mut sources = Vec::with_capacity(count.min(64));
    for _ in 0..count {
        if reader.array()? != 2 {
            return Err(Error::data("malformed batch: a source is [topic, partition]"));
        }
        let topic = reader.text()?;
        sources.push((topic, reader.i32()?));
    }
    Ok(sources)
}

/// The records of a batch in order. Ends after the first malformed one.
#[derive(Debug)]
pub struct Records<'b> {
    reader: Reader<'b>,
    left: usize,
    /// From the array of records on, if sources come behind it.
    behind: Option<Reader<'b>>,
    /// Found when the first record asks for them.
    sources: Option<Vec<(&'b str, i32)>>,
    table: &'b [Schema],
    original: Option<Original<'b>>,
}

/// The last record as it was read, to write again what nothing has changed of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Original<'b> {
    /// From the record on to the end of the batch; its members before the key take `head` bytes.
    bytes: &'b [u8],
    head: usize,
    topic: &'b str,
    partition: Option<i32>,
    timestamp: Option<i64>,
    /// From the headers on to the end of the batch; headers and coordinates take `tail` bytes.
    behind_value: &'b [u8],
    tail: usize,
    coordinates: Option<(u32, i64, TimestampType)>,
    has_headers: bool,
}

impl<'b> Original<'b> {
    /// Where the members before the key stand, if the record, which has the same id, still has them: a slice that begins with them, and
    /// their length.
    #[inline(always)]
    pub(crate) fn head(&self, record: &Record<'_>) -> Option<(&'b [u8], usize)> {
        let same_topic = matches!(record.topic, Cow::Borrowed(topic) if std::ptr::eq(topic, self.topic));
        let same = same_topic
            && record.partition == self.partition
            && record.timestamp == self.timestamp
            && record.coordinates.is_some() == self.coordinates.is_some();
        same.then_some((self.bytes, self.head))
    }

    /// The same of headers and coordinates, if there are no headers.
    #[inline(always)]
    pub(crate) fn tail(&self, record: &Record<'_>) -> Option<(&'b [u8], usize)> {
        let same = record.headers.is_empty() && !self.has_headers && numbers(&record.coordinates) == self.coordinates;
        same.then_some((self.behind_value, self.tail))
    }
}

/// The coordinates as they are encoded.
#[inline(always)]
fn numbers(coordinates: &Option<Coordinates<'_>>) -> Option<(u32, i64, TimestampType)> {
    coordinates.map(|coordinates| (coordinates.source, coordinates.offset, coordinates.timestamp_type))
}

impl<'b> Iterator for Records<'b> {
    type Item = Result<Record<'b>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.left == 0 {
            return None;
        }
        let record = self.record();
        self.left = if record.is_ok() { self.left - 1 } else { 0 };
        Some(record)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.left))
    }
}

impl<'b> Records<'b> {
    /// Their values alone, for a sink that looks at nothing else: the rest of each record is read over.
    pub fn values(self) -> Values<'b> {
        Values { records: self }
    }

    /// The array of sources, once all records were read.
    pub(crate) fn sources_span(&self) -> Result<Option<&'b [u8]>, Error> {
        self.behind.is_some().then(|| self.reader.clone().span()).transpose()
    }

    /// The last record as it was read.
    #[inline]
    pub(crate) fn original(&self) -> Option<Original<'b>> {
        self.original
    }

    fn record(&mut self) -> Result<Record<'b>, Error> {
        let bytes = self.reader.rest();
        let members = members(&mut self.reader)?;
        let id = self.reader.u32()?;
        let topic = self.reader.text()?;
        let partition = if self.reader.null() { None } else { Some(self.reader.i32()?) };
        let timestamp = if self.reader.null() { None } else { Some(self.reader.i64()?) };
        let head = bytes.len() - self.reader.rest().len();
        let key = self.datum()?;
        let value = self.datum()?;
        let behind_value = self.reader.rest();
        let headers = self.headers()?;
        let coordinates = if members == 8 { Some(self.coordinates()?) } else { None };
        let tail = behind_value.len() - self.reader.rest().len();
        let (has_headers, numbers) = (!headers.is_empty(), numbers(&coordinates));
        let original =
            Original { bytes, head, topic, partition, timestamp, behind_value, tail, coordinates: numbers, has_headers };
        self.original = Some(original);
        Ok(Record { id, topic: Cow::Borrowed(topic), partition, timestamp, key, value, headers, coordinates })
    }

    fn value(&mut self) -> Result<Datum<'b>, Error> {
        let members = members(&mut self.reader)?;
        self.reader.skip(5)?;
        let value = self.datum()?;
        self.reader.skip(members - 6)?;
        Ok(value)
    }

    #[inline]
    fn datum(&mut self) -> Result<Datum<'b>, Error> {
        if self.reader.array()? != 2 {
            return Err(no_datum());
        }
        self.schema_and_value()
    }

    #[inline]
    fn schema_and_value(&mut self) -> Result<Datum<'b>, Error> {
        // Most keys.
        if let [0xf6, 0xf6, ..] = self.reader.rest() {
            self.reader.advance(2);
            return Ok(Datum::NULL);
        }
        let schema = if self.reader.null() { None } else { Some(schema_at(self.table, self.reader.u32()?)?) };
        let value = match self.reader.embedded()? {
            Some(span) if matches!(span.first(), Some(0x80..=0xbf)) => {
                Value::Encoded(Encoded::new(span, schema.clone(), self.table))
            }
            Some(span) => values::read(&mut Reader::new(span), schema.as_ref(), self.table)?,
            None => values::read(&mut self.reader, schema.as_ref(), self.table)?,
        };
        Ok(Datum { schema, value })
    }

    fn headers(&mut self) -> Result<Vec<Header<'b>>, Error> {
        let count = self.reader.array()?;
        let mut headers = Vec::new();
        for _ in 0..count {
            if self.reader.array()? != 3 {
                return Err(Error::data("malformed batch: a header is [name, schema index, value]"));
            }
            let name = Cow::Borrowed(self.reader.text()?);
            headers.push(Header { name, datum: self.schema_and_value()? });
        }
        Ok(headers)
    }

    #[inline]
    fn coordinates(&mut self) -> Result<Coordinates<'b>, Error> {
        if self.reader.array()? != 3 {
            return Err(Error::data("malformed batch: coordinates are [source, offset, timestamp type]"));
        }
        let source = self.reader.u32()?;
        let (topic, partition) = self.source(source)?;
        let offset = self.reader.i64()?;
        let timestamp_type = match self.reader.u32()? {
            0 => TimestampType::NoTimestampType,
            1 => TimestampType::CreateTime,
            2 => TimestampType::LogAppendTime,
            other => {
                return Err(Error::data(format!("malformed batch: {other} is no timestamp type")));
            }
        };
        Ok(Coordinates { source, topic, partition, offset, timestamp_type })
    }

    fn source(&mut self, index: u32) -> Result<(&'b str, i32), Error> {
        let sources = match &mut self.sources {
            Some(sources) => sources,
            None => {
                let found = match self.behind.clone() {
                    Some(mut behind) => {
                        behind.skip(1)?;
                        sources(behind.span()?)?
                    }
                    None => Vec::new(),
                };
                self.sources.insert(found)
            }
        };
        let unknown = || Error::data(format!("malformed batch: source {index} is referred to, and there are {}", sources.len()));
        sources.get(index as usize).copied().ok_or_else(unknown)
    }
}

/// The values of a batch's records in order. Ends after the first malformed record.
#[derive(Debug)]
pub struct Values<'b> {
    records: Records<'b>,
}

impl<'b> Iterator for Values<'b> {
    type Item = Result<Datum<'b>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let records = &mut self.records;
        if records.left == 0 {
            return None;
        }
        let value = records.value();
        records.left = if value.is_ok() { records.left - 1 } else { 0 };
        Some(value)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.records.size_hint()
    }
}
