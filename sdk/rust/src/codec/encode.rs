//! Writing batches.

use std::sync::Arc;

use crate::codec::decode::Original;
use crate::codec::write::{self, OutTable, Table};
use crate::data::record::{Datum, Record};
use crate::data::schema::Schema;
use crate::data::value::Value;
use crate::error::Error;

/// Writes records one after the other; the schema table, which comes first in the bytes, grows on the way.
#[derive(Default)]
pub(crate) struct BatchWriter {
    body: Vec<u8>,
    count: usize,
    table: OutTable,
    /// An array or map on its way into the body.
    scratch: Vec<u8>,
}

impl BatchWriter {
    /// For records that may hold spans of a batch with that table.
    pub(crate) fn on(base: Arc<Vec<Schema>>) -> Self {
        Self { body: Vec::new(), count: 0, table: OutTable::on(base), scratch: Vec::new() }
    }

    /// Makes room for so many bytes of records.
    pub(crate) fn reserve(&mut self, bytes: usize) {
        self.body.reserve(bytes);
    }

    /// How many records have been written.
    pub(crate) fn len(&self) -> usize {
        self.count
    }

    /// Writes a record; with `coordinates` only for a sink. After an error nothing of it is left.
    pub(crate) fn record(&mut self, record: &Record<'_>) -> Result<(), Error> {
        self.record_with(record, &[], None)
    }

    /// Writes a record with that encoded value, which is under the record's schema if it has one, in the place of its own; its own if that is empty. What it still has
    /// of its original is copied: to write it anew takes twice as long.
    pub(crate) fn record_with(&mut self, record: &Record<'_>, value: &[u8], original: Option<Original<'_>>) -> Result<(), Error> {
        let start = self.body.len();
        let written = self.members(record, value, original);
        match written {
            Ok(()) => self.count += 1,
            Err(_) => self.body.truncate(start),
        }
        written
    }

    fn members(&mut self, record: &Record<'_>, value: &[u8], original: Option<Original<'_>>) -> Result<(), Error> {
        let out = &mut self.body;
        match original.and_then(|original| original.head(record)) {
            Some((bytes, length)) => write::beginning::<64>(out, bytes, length),
            None => head(out, record),
        }
        write::array(out, 2);
        datum(out, &record.key, &mut self.table, &mut self.scratch)?;
        write::array(out, 2);
        if value.is_empty() {
            datum(out, &record.value, &mut self.table, &mut self.scratch)?;
        } else {
            match &record.value.schema {
                Some(schema) => write::unsigned(out, self.table.index(schema)?.into()),
                None => write::null(out),
            }
            write::embedded(out, value);
        }
        if let Some((bytes, length)) = original.and_then(|original| original.tail(record)) {
            write::beginning::<16>(out, bytes, length);
            return Ok(());
        }
        write::array(out, record.headers.len());
        for header in &record.headers {
            write::array(out, 3);
            write::text(out, &header.name);
            datum(out, &header.datum, &mut self.table, &mut self.scratch)?;
        }
        if let Some(coordinates) = record.coordinates {
            write::array(out, 3);
            write::unsigned(out, coordinates.source.into());
            write::integer(out, coordinates.offset);
            write::unsigned(out, coordinates.timestamp_type as u64);
        }
        Ok(())
    }

    /// The batch; `base_section` is the schema section of the base, `sources` the sources of the batch read.
    pub(crate) fn finish(&self, base_section: &[u8], sources: Option<&[u8]>) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.body.len() + base_section.len() + sources.map_or(0, <[u8]>::len) + 256);
        write::array(&mut out, if sources.is_some() { 3 } else { 2 });
        self.table.write(base_section, &mut out);
        write::array(&mut out, self.count);
        out.extend_from_slice(&self.body);
        out.extend_from_slice(sources.unwrap_or_default());
        out
    }

    /// Forgets the records and the schemas added, not the base.
    pub(crate) fn clear(&mut self) {
        self.body.clear();
        self.count = 0;
        self.table.clear();
    }
}

/// The members before the key.
fn head(out: &mut Vec<u8>, record: &Record<'_>) {
    write::array(out, if record.coordinates.is_some() { 8 } else { 7 });
    write::unsigned(out, record.id.into());
    write::text(out, &record.topic);
    match record.partition {
        Some(partition) => write::integer(out, partition.into()),
        None => write::null(out),
    }
    match record.timestamp {
        Some(millis) => write::integer(out, millis),
        None => write::null(out),
    }
}

fn datum(out: &mut Vec<u8>, datum: &Datum<'_>, table: &mut OutTable, scratch: &mut Vec<u8>) -> Result<(), Error> {
    match &datum.schema {
        Some(schema) => write::unsigned(out, table.index(schema)?.into()),
        None => write::null(out),
    }
    let schema = datum.schema.as_ref();
    match &datum.value {
        Value::Encoded(encoded) if let (Some(fields), None) = (encoded.fields(), schema) => {
            write::embedded_head(out, fields.encoded_length());
            fields.write(out);
        }
        Value::Encoded(encoded) if let Some(span) = write::admitted(encoded, schema, table) => write::embedded(out, span),
        value @ (Value::Encoded(_) | Value::Array(_) | Value::Map(_) | Value::Struct(_)) => {
            scratch.clear();
            write::value(scratch, value, schema, table)?;
            write::embedded(out, scratch);
        }
        scalar => write::value(out, scalar, schema, table)?,
    }
    Ok(())
}
