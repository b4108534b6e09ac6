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
    /// The array of sources, if there is one.
    pub(crate) sources_span: Option<&'b [u8]>,
    sources: Vec<(&'b str, i32)>,
    records: Reader<'b>,
    count: usize,
    /// The lengths of the records' values, if they are known.
    values: Vec<usize>,
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
        let mut records = reader.clone();
        let (sources_span, sources, values) = if parts == 3 {
            let values = value_lengths(&mut reader)?;
            let span = reader.span()?;
            (Some(span), sources(span)?, values)
        } else {
            (None, Vec::new(), Vec::new())
        };
        let count = records.array()?;
        Ok(Self { schemas, sources_span, sources, records, count, values })
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
        Records { reader: self.records.clone(), left: self.count, sources: &self.sources, table, values: self.values.iter() }
    }
}

/// Reads over the records to the sources behind them. The ends of the values are found on the way, and kept, so that they need not
/// be found again.
fn value_lengths(reader: &mut Reader<'_>) -> Result<Vec<usize>, Error> {
    let count = reader.array()?;
    let mut lengths = Vec::with_capacity(count.min(1024));
    for _ in 0..count {
        let members = members(reader)?;
        reader.skip(5)?;
        if reader.array()? != 2 {
            return Err(no_datum());
        }
        reader.skip(1)?;
        lengths.push(reader.span()?.len());
        reader.skip(members - 6)?;
    }
    Ok(lengths)
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
    sources: &'b [(&'b str, i32)],
    table: &'b [Schema],
    values: std::slice::Iter<'b, usize>,
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
    fn record(&mut self) -> Result<Record<'b>, Error> {
        let members = members(&mut self.reader)?;
        let id = self.reader.u32()?;
        let topic = self.reader.text()?;
        let partition = if self.reader.null() { None } else { Some(self.reader.i32()?) };
        let timestamp = if self.reader.null() { None } else { Some(self.reader.i64()?) };
        let key = self.datum(None)?;
        let length = self.values.next().copied();
        let value = self.datum(length)?;
        let headers = self.headers()?;
        let coordinates = if members == 8 { Some(self.coordinates()?) } else { None };
        Ok(Record { id, topic: Cow::Borrowed(topic), partition, timestamp, key, value, headers, coordinates })
    }

    /// `length` is the value's, if it is known.
    #[inline]
    fn datum(&mut self, length: Option<usize>) -> Result<Datum<'b>, Error> {
        if self.reader.array()? != 2 {
            return Err(no_datum());
        }
        self.schema_and_value(length)
    }

    #[inline]
    fn schema_and_value(&mut self, length: Option<usize>) -> Result<Datum<'b>, Error> {
        let schema = if self.reader.null() { None } else { Some(schema_at(self.table, self.reader.u32()?)?) };
        let value = match (length, self.reader.major()) {
            (Some(length), Some(4 | 5)) => Value::Encoded(Encoded::new(self.reader.take(length)?, schema.clone(), self.table)),
            _ => values::read(&mut self.reader, schema.as_ref(), self.table)?,
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
            headers.push(Header { name, datum: self.schema_and_value(None)? });
        }
        Ok(headers)
    }

    fn coordinates(&mut self) -> Result<Coordinates<'b>, Error> {
        if self.reader.array()? != 3 {
            return Err(Error::data("malformed batch: coordinates are [source, offset, timestamp type]"));
        }
        let source = self.reader.u32()?;
        let (topic, partition) = *self.sources.get(source as usize).ok_or_else(|| {
            Error::data(format!("malformed batch: source {source} is referred to, and there are {}", self.sources.len()))
        })?;
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
}
