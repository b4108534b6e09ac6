//! Putting batches together that were split and have gone different ways.

use minicbor::data::{Tag, Type};
use minicbor::{Decoder, Encoder};

use super::index::{Entry, Index, array};
use super::malformed::Malformed;

/// The tag of a value that carries its own schema (`typed` of record.cddl).
const TYPED: Tag = Tag::new(7005);
/// The tag of a value in a byte string (`embedded` of record.cddl).
const EMBEDDED: Tag = Tag::new(24);

/// One batch with all records of `pieces`, by id. Each piece brings its own schemas, so indexes into them are rewritten.
///
/// # Errors
/// A piece that does not follow record.cddl, or pieces whose sources differ.
pub fn merge<P: AsRef<[u8]>>(pieces: &[P]) -> Result<Vec<u8>, Malformed> {
    let indexes = pieces.iter().map(|piece| Index::of(piece.as_ref())).collect::<Result<Vec<_>, _>>()?;
    let mut tables = Tables::default();
    let mut entries: Vec<(&Entry, &[u8], u64)> = Vec::new();
    let mut sources: Option<&[u8]> = None;
    for (piece, index) in pieces.iter().map(AsRef::as_ref).zip(&indexes) {
        if index.is_empty() {
            continue;
        }
        let shift = tables.add(piece.get(index.schemas()).unwrap_or_default())?;
        let own = index.sources().map(|span| piece.get(span).unwrap_or_default());
        match (sources, own) {
            (Some(known), Some(own)) if known != own => {
                return Err(Malformed::new("the sources of a batch must stay as they were given"));
            }
            (None, own) => sources = own,
            _ => {}
        }
        entries.extend(index.entries().iter().map(|entry| (entry, piece, shift)));
    }
    entries.sort_by_key(|(entry, ..)| entry.id);

    let mut out = Encoder::new(Vec::new());
    // Writing to a Vec cannot fail.
    let _ = out.array(if sources.is_some() { 3 } else { 2 }).and_then(|out| out.array(tables.count));
    out.writer_mut().extend_from_slice(&tables.schemas);
    let _ = out.array(entries.len() as u64);
    for (entry, piece, shift) in entries {
        let record = super::index::bytes(piece, entry);
        if shift == 0 {
            out.writer_mut().extend_from_slice(record);
        } else {
            shift_record(record, shift, &mut out)?;
        }
    }
    let mut out = out.into_writer();
    out.extend_from_slice(sources.unwrap_or_default());
    Ok(out)
}

/// The schemas of several batches, one after the other; equal tables are kept once.
#[derive(Default)]
struct Tables<'b> {
    known: Vec<(&'b [u8], u64)>,
    schemas: Vec<u8>,
    count: u64,
}

impl<'b> Tables<'b> {
    /// Adds a table and returns by how much its indexes move.
    fn add(&mut self, table: &'b [u8]) -> Result<u64, Malformed> {
        if let Some((_, shift)) = self.known.iter().find(|(known, _)| *known == table) {
            return Ok(*shift);
        }
        let shift = self.count;
        let mut decoder = Decoder::new(table);
        let length = array(&mut decoder, "the schemas of a batch")?;
        let mut out = Encoder::new(std::mem::take(&mut self.schemas));
        for _ in 0..length {
            shift_value(&mut decoder, shift, &mut out)?;
        }
        self.schemas = out.into_writer();
        self.count = shift.saturating_add(length);
        self.known.push((table, shift));
        Ok(shift)
    }
}

type Out = Encoder<Vec<u8>>;

fn shift_record(record: &[u8], shift: u64, out: &mut Out) -> Result<(), Malformed> {
    let mut decoder = Decoder::new(record);
    let members = array(&mut decoder, "a record")?;
    for _ in 0..4 {
        decoder.skip()?;
    }
    copy(record, 0, decoder.position(), out);
    for _ in 0..2 {
        array(&mut decoder, "a datum")?;
        let _ = out.array(2);
        shift_index(&mut decoder, shift, out)?;
        shift_held(&mut decoder, shift, out)?;
    }
    let headers = array(&mut decoder, "the headers")?;
    let _ = out.array(headers);
    for _ in 0..headers {
        array(&mut decoder, "a header")?;
        let name = decoder.str()?;
        let _ = out.array(3).and_then(|out| out.str(name));
        shift_index(&mut decoder, shift, out)?;
        shift_held(&mut decoder, shift, out)?;
    }
    if members == 8 {
        copy(record, decoder.position(), record.len(), out);
    }
    Ok(())
}

fn shift_index(decoder: &mut Decoder<'_>, shift: u64, out: &mut Out) -> Result<(), Malformed> {
    if decoder.datatype()? == Type::Null {
        decoder.null()?;
        let _ = out.null();
    } else {
        let _ = out.u64(decoder.u64()?.saturating_add(shift));
    }
    Ok(())
}

/// Copies the value of a datum or header, which may be embedded.
fn shift_held(decoder: &mut Decoder<'_>, shift: u64, out: &mut Out) -> Result<(), Malformed> {
    if decoder.datatype()? != Type::Tag || decoder.probe().tag()? != EMBEDDED {
        return shift_value(decoder, shift, out);
    }
    decoder.tag()?;
    let held = decoder.bytes()?;
    let mut inner = Encoder::new(Vec::with_capacity(held.len()));
    shift_value(&mut Decoder::new(held), shift, &mut inner)?;
    let _ = out.tag(EMBEDDED).and_then(|out| out.bytes(inner.writer()));
    Ok(())
}

/// Copies one value, moving the schema index of every `typed` in it. A loop, so that depth costs no stack.
fn shift_value(decoder: &mut Decoder<'_>, shift: u64, out: &mut Out) -> Result<(), Malformed> {
    let mut left = 1u64;
    while left > 0 {
        let start = decoder.position();
        match decoder.datatype()? {
            Type::Array => left = left.saturating_add(array(decoder, "a value")?),
            Type::Map => {
                let length = decoder.map()?.ok_or_else(|| Malformed::new("a map must have a definite length"))?;
                left = left.saturating_add(length.saturating_mul(2));
            }
            Type::Tag => {
                let tag = decoder.tag()?;
                copy(decoder.input(), start, decoder.position(), out);
                if tag == TYPED {
                    array(decoder, "a typed value")?;
                    let _ = out.array(2);
                    shift_index(decoder, shift, out)?;
                }
                // The tagged value, or the value within `typed`, is still to come.
                continue;
            }
            _ => decoder.skip()?,
        }
        copy(decoder.input(), start, decoder.position(), out);
        left -= 1;
    }
    Ok(())
}

fn copy(from: &[u8], start: usize, end: usize, out: &mut Out) {
    out.writer_mut().extend_from_slice(from.get(start..end).unwrap_or_default());
}
