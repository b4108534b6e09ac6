//! The source positions that go with a polled batch; only boundaries are read.

use std::ops::Range;

use minicbor::Decoder;

use super::index::array;
use super::malformed::Malformed;

/// Where one record came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// Index into [`Origins::partitions`].
    pub partition: u32,
    /// The bytes of its `offset-map`.
    pub offset: Range<usize>,
}

// I11: positions stay here, a record's under its number; no stage sees them.
/// The boundaries of an `origins`. Reused from poll to poll.
#[derive(Debug, Default)]
pub struct Origins {
    partitions: Vec<Range<usize>>,
    positions: Vec<Position>,
}

impl Origins {
    /// Reads `bytes`; `records` positions are expected.
    pub fn read(&mut self, bytes: &[u8], records: usize) -> Result<(), Malformed> {
        self.partitions.clear();
        self.positions.clear();
        if bytes.is_empty() && records == 0 {
            return Ok(());
        }
        let mut decoder = Decoder::new(bytes);
        if array(&mut decoder, "the origins")? != 2 {
            return Err(Malformed::new("the origins have 2 members"));
        }
        for _ in 0..array(&mut decoder, "the source partitions")? {
            let start = decoder.position();
            decoder.skip()?;
            self.partitions.push(start..decoder.position());
        }
        let positions = array(&mut decoder, "the source positions")?;
        if usize::try_from(positions) != Ok(records) {
            return Err(Malformed::new(format!("{records} records were polled with {positions} source positions")));
        }
        for _ in 0..positions {
            let position = self.position(&mut decoder)?;
            self.positions.push(position);
        }
        if decoder.position() != bytes.len() {
            return Err(Malformed::new("bytes follow the end of the origins"));
        }
        Ok(())
    }

    /// The source partitions: spans of `offset-map`s.
    pub fn partitions(&self) -> &[Range<usize>] {
        &self.partitions
    }

    /// One position a record, in the batch's order.
    pub fn positions(&self) -> &[Position] {
        &self.positions
    }

    fn position(&self, decoder: &mut Decoder<'_>) -> Result<Position, Malformed> {
        if array(decoder, "a source position")? != 2 {
            return Err(Malformed::new("a source position has 2 members"));
        }
        let partition = decoder.u32()?;
        if partition as usize >= self.partitions.len() {
            return Err(Malformed::new(format!("a source position is in partition {partition} of {}", self.partitions.len())));
        }
        let start = decoder.position();
        decoder.skip()?;
        Ok(Position { partition, offset: start..decoder.position() })
    }
}
