//! Source positions: partitions and offsets as maps.

use crate::codec::values::{self, Reader};
use crate::codec::write;
use crate::data::value::Value;
use crate::error::Error;

/// A source partition or offset: names to values, as the connector made it. Values are null, booleans, numbers, text or bytes.
pub type OffsetMap = Vec<(String, Value<'static>)>;

/// A change of offsets that a user wants: the partition, and its new offset; none to forget it.
pub type OffsetChange = (Option<OffsetMap>, Option<OffsetMap>);

/// Writes a map, or null. `DataException` for a value that needs a schema.
pub(crate) fn write_map(out: &mut Vec<u8>, map: Option<&[(&str, Value<'_>)]>) -> Result<(), Error> {
    let Some(map) = map else {
        write::null(out);
        return Ok(());
    };
    write::map(out, map.len());
    for (name, value) in map {
        write::text(out, name);
        write::value(out, value, None, &mut write::NoTable)?;
    }
    Ok(())
}

/// Reads a map, or null.
pub(crate) fn read_map(reader: &mut Reader<'_>) -> Result<Option<OffsetMap>, Error> {
    if reader.null() {
        return Ok(None);
    }
    let count = reader.map()?;
    let mut map = Vec::new();
    for _ in 0..count {
        let name = reader.text()?.to_owned();
        map.push((name, values::read(reader, None, &[])?.into_owned()?));
    }
    Ok(Some(map))
}

/// Reads `offset-maps`.
pub(crate) fn read_maps(bytes: &[u8]) -> Result<Vec<Option<OffsetMap>>, Error> {
    let mut reader = Reader::new(bytes);
    let count = reader.array()?;
    let mut maps = Vec::new();
    for _ in 0..count {
        maps.push(read_map(&mut reader)?);
    }
    Ok(maps)
}

/// Reads `offset-changes`.
#[cfg(target_arch = "wasm32")]
pub(crate) fn read_changes(bytes: &[u8]) -> Result<Vec<OffsetChange>, Error> {
    let mut reader = Reader::new(bytes);
    let count = reader.array()?;
    let mut changes = Vec::new();
    for _ in 0..count {
        if reader.array()? != 2 {
            return Err(Error::data("malformed offsets: a change is [partition, offset]"));
        }
        let partition = read_map(&mut reader)?;
        changes.push((partition, read_map(&mut reader)?));
    }
    Ok(changes)
}

/// Writes `origins` beside the batch that is being made.
#[derive(Default)]
pub(crate) struct OriginsWriter {
    partitions: Vec<Vec<u8>>,
    positions: Vec<u8>,
    count: usize,
}

impl OriginsWriter {
    /// The number of that source partition, the same for equal maps.
    pub(crate) fn partition(&mut self, partition: Option<&[(&str, Value<'_>)]>) -> Result<u32, Error> {
        let mut bytes = Vec::new();
        write_map(&mut bytes, partition)?;
        let index = match self.partitions.iter().position(|other| *other == bytes) {
            Some(index) => index,
            None => {
                self.partitions.push(bytes);
                self.partitions.len() - 1
            }
        };
        u32::try_from(index).map_err(|_| Error::data("a poll has more source partitions than can be counted"))
    }

    /// The position of the next record. After an error nothing of it is left.
    pub(crate) fn position(&mut self, partition: u32, offset: Option<&[(&str, Value<'_>)]>) -> Result<(), Error> {
        let start = self.positions.len();
        write::array(&mut self.positions, 2);
        write::unsigned(&mut self.positions, partition.into());
        let written = write_map(&mut self.positions, offset);
        match written {
            Ok(()) => self.count += 1,
            Err(_) => self.positions.truncate(start),
        }
        written
    }

    /// Takes back what was added since the mark.
    pub(crate) fn truncate(&mut self, (bytes, count): (usize, usize)) {
        self.positions.truncate(bytes);
        self.count = count;
    }

    /// Bytes and number of the positions so far.
    pub(crate) fn mark(&self) -> (usize, usize) {
        (self.positions.len(), self.count)
    }

    /// The bytes of `origins`.
    pub(crate) fn finish(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.positions.len() + 64);
        write::array(&mut out, 2);
        write::array(&mut out, self.partitions.len());
        for partition in &self.partitions {
            out.extend_from_slice(partition);
        }
        write::array(&mut out, self.count);
        out.extend_from_slice(&self.positions);
        out
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        self.partitions.clear();
        self.positions.clear();
        self.count = 0;
    }
}
