//! Finding the end of an encoded item without decoding it.
//!
//! The UTF-8 of texts is not checked, since most spans are only copied; indefinite lengths, which the contract excludes, are
//! refused; and the nesting is bounded, so that whoever decodes a span later may recurse.

use crate::error::Error;

/// How deep values may nest: as deep as Kafka's JSON parser allows.
pub(crate) const MAX_DEPTH: usize = 1000;

/// What is wrong with an item. Small, so that finding the end of a good one costs little.
#[derive(Clone, Copy)]
enum Fault {
    CutShort,
    NoHead(u8),
    TooDeep,
}

impl Fault {
    #[cold]
    fn error(self) -> Error {
        match self {
            Self::CutShort => cut_short(),
            Self::NoHead(first) => no_head(first),
            Self::TooDeep => too_deep(),
        }
    }
}

/// The length of the item at the start of `bytes`. `DataException` when it is cut short, nests too deep, has an indefinite
/// length or claims more items than bytes are left.
pub(crate) fn item_length(bytes: &[u8]) -> Result<usize, Error> {
    items_length(bytes, 1)
}

/// The length of so many items, as [`item_length`].
pub(crate) fn items_length(bytes: &[u8], items: usize) -> Result<usize, Error> {
    end_of_items(bytes, 0, items as u64, 0).map_err(Fault::error)
}

/// The major type and argument of a head, and where it ends.
#[inline]
pub(crate) fn head(bytes: &[u8], position: usize) -> Result<(u8, u64, usize), Error> {
    let first = *bytes.get(position).ok_or_else(cut_short)?;
    let argument = first & 0x1f;
    if argument < 24 {
        return Ok((first >> 5, argument.into(), position + 1));
    }
    let (argument, end) = long_argument(bytes, position + 1, first).map_err(Fault::error)?;
    Ok((first >> 5, argument, end))
}

#[cold]
pub(crate) fn cut_short() -> Error {
    Error::data("malformed batch: it ends in the middle of an item")
}

#[cold]
pub(crate) fn too_deep() -> Error {
    Error::data(format!("malformed batch: a value nests deeper than {MAX_DEPTH} levels"))
}

#[cold]
fn no_head(first: u8) -> Error {
    Error::data(format!("malformed batch: byte {first:#04x} begins no item of definite length"))
}

/// How many bytes an item takes, by its first byte. 0: that has to be found out, it is a container, a tag, a long text or no item.
///
/// Most items of a record are small numbers and short texts; with this table reading over a map takes half the time.
const LENGTHS: [u8; 256] = lengths();

#[allow(clippy::indexing_slicing, reason = "at compile time")]
const fn lengths() -> [u8; 256] {
    let mut lengths = [0; 256];
    let mut first = 0;
    while first < 256 {
        let argument = first & 0x1f;
        lengths[first] = match (first >> 5, argument) {
            (2 | 3, 0..=23) => 1 + argument as u8,
            (0 | 1 | 7, 0..=23) => 1,
            (0 | 1 | 7, 24..=27) => 1 + (1 << (argument - 24)),
            _ => 0,
        };
        first += 1;
    }
    lengths
}

/// Where so many items end that begin at `position`.
fn end_of_items(bytes: &[u8], mut position: usize, items: u64, depth: usize) -> Result<usize, Fault> {
    let mut left = items;
    while left > 0 {
        left -= 1;
        let first = *bytes.get(position).ok_or(Fault::CutShort)?;
        let length = LENGTHS.get(usize::from(first)).copied().unwrap_or_default();
        if length > 0 {
            // That it is not beyond the end shows at the next item, or below.
            position += usize::from(length);
            continue;
        }
        let (argument, end) = match first & 0x1f {
            small @ 0..=23 => (small.into(), position + 1),
            _ => long_argument(bytes, position + 1, first)?,
        };
        position = end;
        let available = (bytes.len() - position) as u64;
        let inner = match first >> 5 {
            2 | 3 if argument > available => return Err(Fault::CutShort),
            2 | 3 => {
                position += argument as usize;
                continue;
            }
            4 => argument,
            5 => argument.saturating_mul(2),
            _ => 1,
        };
        if inner > available {
            return Err(Fault::CutShort);
        }
        if let Some(end) = end_of_plain_items(bytes, position, inner) {
            position = end;
            continue;
        }
        if depth >= MAX_DEPTH {
            return Err(Fault::TooDeep);
        }
        position = end_of_items(bytes, position, inner, depth + 1)?;
    }
    if position > bytes.len() { Err(Fault::CutShort) } else { Ok(position) }
}

/// The same for items that hold no others but what is embedded. None: one does, or the last is cut short.
///
/// What a record consists of besides its value is short arrays of such; a call for each took half of the time.
#[inline(always)]
fn end_of_plain_items(bytes: &[u8], mut position: usize, mut items: u64) -> Option<usize> {
    while items > 0 {
        let first = *bytes.get(position)?;
        match (LENGTHS.get(usize::from(first)).copied().unwrap_or_default(), first) {
            (0, SHORT_BYTES | SHORT_TEXT) => position += 2 + usize::from(*bytes.get(position + 1)?),
            (0, SHORT_TAG) => {
                position += 2;
                continue;
            }
            (0, _) => return None,
            (length, _) => position += usize::from(length),
        }
        items -= 1;
    }
    (position <= bytes.len()).then_some(position)
}

/// First bytes of items whose length, or tag, is the second byte.
const SHORT_BYTES: u8 = 0x58;
const SHORT_TEXT: u8 = 0x78;
const SHORT_TAG: u8 = 0xd8;

/// The argument that stands behind the first byte, and where it ends.
fn long_argument(bytes: &[u8], start: usize, first: u8) -> Result<(u64, usize), Fault> {
    let behind = bytes.get(start..).unwrap_or_default();
    let read: Option<(u64, usize)> = match first & 0x1f {
        24 => behind.first().map(|byte| ((*byte).into(), 1)),
        25 => behind.first_chunk().map(|bytes| (u16::from_be_bytes(*bytes).into(), 2)),
        26 => behind.first_chunk().map(|bytes| (u32::from_be_bytes(*bytes).into(), 4)),
        27 => behind.first_chunk().map(|bytes| (u64::from_be_bytes(*bytes), 8)),
        _ => return Err(Fault::NoHead(first)),
    };
    let (argument, width) = read.ok_or(Fault::CutShort)?;
    Ok((argument, start + width))
}

/// The length of the item, if its first byte tells it and all of it is there.
#[inline(always)]
pub(crate) fn plain_length(bytes: &[u8]) -> Option<usize> {
    let length = usize::from(LENGTHS.get(usize::from(*bytes.first()?)).copied().unwrap_or_default());
    (length > 0 && length <= bytes.len()).then_some(length)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
mod tests {
    use super::*;

    const EMBEDDED: &[u8] = &[0x82, 0xf6, 0xd8, 0x18, 0x58, 2, 0x81, 0xf6];
    const NESTED: &[u8] = &[0x83, 0x18, 0x20, 0x82, 0x80, 0x78, 1, b'x', 0x80];

    #[test]
    fn the_end_of_an_item_is_found() {
        for item in [
            &[0x00][..],
            &[0x18, 0xff],
            &[0x63, 1, 2, 3],
            &[0x82, 0x01, 0x41, 9],
            &[0xa1, 0x01, 0xf6],
            &[0xc2, 0x40],
            EMBEDDED,
            NESTED,
        ] {
            assert_eq!(item_length(item), Ok(item.len()), "{item:?}");
            let longer = [item, &[0x00, 0x00]].concat();
            assert_eq!(item_length(&longer), Ok(item.len()), "{item:?}");
        }
    }

    #[test]
    fn malformed_items_are_refused() {
        let nested = vec![0x81; MAX_DEPTH + 2];
        for item in [
            &[][..],
            &[0x18],
            &[0x63, 1],
            &[0x9f, 0xff],
            &[0x9b, 0xff, 0, 0, 0, 0, 0, 0, 0],
            &[0x1c],
            &[0x81, 0xd8],
            &[0x82, 0xd8, 0x18, 0x58],
            &nested,
        ] {
            assert!(item_length(item).is_err(), "{item:?}");
        }
        for (item, length) in [EMBEDDED, NESTED].into_iter().flat_map(|item| (0..item.len()).map(move |length| (item, length))) {
            let item = &item[..length];
            assert!(item_length(item).is_err(), "{item:?}");
        }
    }
}
