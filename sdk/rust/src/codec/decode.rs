//! Reading batches.

use std::borrow::Cow;

use crate::codec::values::{self, Reader, schema_at};
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
        let (sources_span, sources, mut records) = if parts == 3 {
            let records = Reader::new(reader.span()?);
            let span = reader.span()?;
            (Some(span), sources(span)?, records)
        } else {
            (None, Vec::new(), reader)
        };
        let count = records.array()?;
        Ok(Self { schemas, sources_span, sources, records, count })
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
        Records { reader: self.records.clone(), left: self.count, sources: &self.sources, table }
    }
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
        let members = self.reader.array()?;
        if members != 7 && members != 8 {
            return Err(Error::data("malformed batch: a record has seven or eight members"));
        }
        let id = self.reader.u32()?;
        let topic = self.reader.text()?;
        let partition = if self.reader.null() { None } else { Some(self.reader.i32()?) };
        let timestamp = if self.reader.null() { None } else { Some(self.reader.i64()?) };
        let key = self.datum()?;
        let value = self.datum()?;
        let headers = self.headers()?;
        let coordinates = if members == 8 { Some(self.coordinates()?) } else { None };
        Ok(Record { id, topic: Cow::Borrowed(topic), partition, timestamp, key, value, headers, coordinates })
    }

    fn datum(&mut self) -> Result<Datum<'b>, Error> {
        if self.reader.array()? != 2 {
            return Err(Error::data("malformed batch: key and value are [schema index, value]"));
        }
        let (schema, value) = self.schema_and_value()?;
        Ok(Datum { schema, value })
    }

    fn schema_and_value(&mut self) -> Result<(Option<Schema>, Value<'b>), Error> {
        let schema = if self.reader.null() { None } else { Some(schema_at(self.table, self.reader.u32()?)?) };
        let value = values::read(&mut self.reader, schema.as_ref(), self.table)?;
        Ok((schema, value))
    }

    fn headers(&mut self) -> Result<Vec<Header<'b>>, Error> {
        let count = self.reader.array()?;
        let mut headers = Vec::new();
        for _ in 0..count {
            if self.reader.array()? != 3 {
                return Err(Error::data("malformed batch: a header is [name, schema index, value]"));
            }
            let name = Cow::Borrowed(self.reader.text()?);
            let (schema, value) = self.schema_and_value()?;
            headers.push(Header { name, datum: Datum { schema, value } });
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
