//! Whole batches, as the host writes and reads them: for tests and tools, which run plugins without a host.

use std::sync::Arc;

use crate::codec::decode::Batch;
use crate::codec::encode::BatchWriter;
use crate::codec::schemas::SchemaCache;
use crate::codec::write;
use crate::data::record::Record;
use crate::error::Error;

/// A batch of these records; with `sources` if they have coordinates. `DataException` for a value that no batch can say: an
/// array, map or struct where its schema has none.
pub fn encode_batch(records: &[Record<'_>]) -> Result<Vec<u8>, Error> {
    let mut writer = BatchWriter::on(Arc::default());
    let mut sources: Vec<(&str, i32)> = Vec::new();
    for record in records {
        let mut record = record.clone();
        if let Some(coordinates) = &mut record.coordinates {
            let source = (coordinates.topic, coordinates.partition);
            let known = sources.iter().position(|known| *known == source);
            let index = known.unwrap_or(sources.len());
            if known.is_none() {
                sources.push(source);
            }
            coordinates.source = u32::try_from(index).map_err(|_| Error::data("a batch has more sources than can be counted"))?;
        }
        writer.record(&record)?;
    }
    let mut section = Vec::new();
    write::array(&mut section, sources.len());
    for (topic, partition) in &sources {
        write::array(&mut section, 2);
        write::text(&mut section, topic);
        write::integer(&mut section, (*partition).into());
    }
    let sources = if sources.is_empty() { None } else { Some(section.as_slice()) };
    Ok(writer.finish(&[0x80], sources))
}

/// What `look` makes of every record of a batch, in order. `DataException` for bytes that are no batch.
pub fn with_records<T>(bytes: &[u8], mut look: impl FnMut(Record<'_>) -> T) -> Result<Vec<T>, Error> {
    let batch = Batch::parse(bytes)?;
    let table = SchemaCache::default().table(batch.schemas)?;
    let mut seen = Vec::with_capacity(batch.len());
    for record in batch.records(&table) {
        seen.push(look(record?));
    }
    Ok(seen)
}
