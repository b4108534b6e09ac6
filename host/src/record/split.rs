//! Taking some records of a batch.

use minicbor::Encoder;

use super::index::{Index, bytes};

/// A batch of those records of `batch` that `keep` admits by id, in order. Schemas and sources stay as they are, so that indexes
/// into them hold.
pub fn split(batch: &[u8], index: &Index, mut keep: impl FnMut(u32) -> bool) -> Vec<u8> {
    let kept: Vec<_> = index.entries().iter().filter(|entry| keep(entry.id)).collect();
    let size: usize = kept.iter().map(|entry| entry.span.len()).sum();
    let schemas = batch.get(index.schemas()).unwrap_or_default();
    let sources = index.sources().map(|span| batch.get(span).unwrap_or_default());
    let capacity = size + schemas.len() + sources.map_or(0, <[u8]>::len) + 16;
    let mut out = Encoder::new(Vec::with_capacity(capacity));
    // Writing to a Vec cannot fail.
    let _ = out.array(if sources.is_some() { 3 } else { 2 });
    match schemas {
        [] => drop(out.array(0)),
        schemas => out.writer_mut().extend_from_slice(schemas),
    }
    let _ = out.array(kept.len() as u64);
    let mut out = out.into_writer();
    for entry in kept {
        out.extend_from_slice(bytes(batch, entry));
    }
    out.extend_from_slice(sources.unwrap_or_default());
    out
}
