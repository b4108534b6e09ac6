//! Where the records of a batch begin and end.

use std::ops::Range;

use minicbor::Decoder;

use super::malformed::Malformed;
use super::skip::end_of_items;

/// One record's place in its batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The host's number for the record.
    pub id: u32,
    /// All its bytes, array header included.
    pub span: Range<usize>,
    /// Where its topic begins.
    pub topic: usize,
}

/// The boundaries of a batch. Reused from batch to batch, so that reading one allocates nothing in the long run.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Index {
    schemas: Range<usize>,
    sources: Option<Range<usize>>,
    entries: Vec<Entry>,
}

impl Index {
    /// Reads a batch's boundaries; an empty list is a batch without records.
    pub fn of(batch: &[u8]) -> Result<Self, Malformed> {
        let mut index = Self::default();
        index.read(batch)?;
        Ok(index)
    }

    /// The boundaries of a batch with sources, from whoever wrote it.
    pub(super) fn known(schemas: Range<usize>, entries: Vec<Entry>, sources: Range<usize>) -> Self {
        Self { schemas, sources: Some(sources), entries }
    }

    /// Reads another batch's boundaries in place of what was there.
    ///
    /// Lengths are believed only as far as bytes follow: a record takes at least eight bytes, so memory is bounded by the batch.
    // I10: values are skipped, not decoded.
    pub fn read(&mut self, batch: &[u8]) -> Result<(), Malformed> {
        self.entries.clear();
        self.schemas = 0..0;
        self.sources = None;
        if batch.is_empty() {
            return Ok(());
        }
        let mut decoder = Decoder::new(batch);
        let members = array(&mut decoder, "a batch")?;
        if members != 2 && members != 3 {
            return Err(Malformed::new(format!("a batch has 2 or 3 members, not {members}")));
        }
        self.schemas = span(&mut decoder)?;
        let records = array(&mut decoder, "the records of a batch")?;
        for place in 0..records {
            let entry = entry(&mut decoder).map_err(|error| error.within(format_args!("record {place} of the batch")))?;
            self.entries.push(entry);
        }
        if members == 3 {
            self.sources = Some(span(&mut decoder)?);
        }
        if decoder.position() != batch.len() {
            return Err(Malformed::new("bytes follow the end of the batch"));
        }
        Ok(())
    }

    /// Number of records.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are no records.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The records in order.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The ids in order.
    pub fn ids(&self) -> impl Iterator<Item = u32> + '_ {
        self.entries.iter().map(|entry| entry.id)
    }

    /// The array of schemas.
    pub(super) fn schemas(&self) -> Range<usize> {
        self.schemas.clone()
    }

    /// The array of sources, if the batch is a sink's.
    pub(super) fn sources(&self) -> Option<Range<usize>> {
        self.sources.clone()
    }

    /// Checks that ids count from 0, as those of a polled batch do.
    pub fn counts_from_zero(&self) -> Result<(), Malformed> {
        for (place, id) in self.ids().enumerate() {
            if usize::try_from(id) != Ok(place) {
                return Err(Malformed::new(format!(
                    "record {place} of the batch has the id {id}: a polled batch numbers its records from 0"
                )));
            }
        }
        Ok(())
    }
}

/// The bytes of a record found by [`Index::read`] in this batch.
pub fn bytes<'b>(batch: &'b [u8], entry: &Entry) -> &'b [u8] {
    batch.get(entry.span.clone()).unwrap_or_default()
}

fn entry(decoder: &mut Decoder<'_>) -> Result<Entry, Malformed> {
    let start = decoder.position();
    let members = array(decoder, "a record")?;
    if members != 7 && members != 8 {
        return Err(Malformed::new(format!("a record has 7 or 8 members, not {members}")));
    }
    let id = decoder.u32().map_err(|error| Malformed::from(error).within("its id"))?;
    let topic = decoder.position();
    decoder.set_position(end_of_items(decoder.input(), topic, members - 1)?);
    Ok(Entry { id, span: start..decoder.position(), topic })
}

fn span(decoder: &mut Decoder<'_>) -> Result<Range<usize>, Malformed> {
    let start = decoder.position();
    decoder.set_position(end_of_items(decoder.input(), start, 1)?);
    Ok(start..decoder.position())
}

/// The length of a definite array.
pub(super) fn array(decoder: &mut Decoder<'_>, what: &str) -> Result<u64, Malformed> {
    match decoder.array() {
        Ok(Some(length)) => Ok(length),
        Ok(None) => Err(Malformed::new(format!("{what} must be an array of definite length"))),
        Err(error) => Err(Malformed::from(error).within(what)),
    }
}
