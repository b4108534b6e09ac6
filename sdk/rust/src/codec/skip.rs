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
            Self::TooDeep => Error::data(format!("malformed batch: a value nests deeper than {MAX_DEPTH} levels")),
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
fn no_head(first: u8) -> Error {
    Error::data(format!("malformed batch: byte {first:#04x} begins no item of definite length"))
}

/// Where so many items end that begin at `position`.
fn end_of_items(bytes: &[u8], mut position: usize, items: u64, depth: usize) -> Result<usize, Fault> {
    for _ in 0..items {
        let first = *bytes.get(position).ok_or(Fault::CutShort)?;
        position += 1;
        let mut argument = u64::from(first & 0x1f);
        if argument > 23 {
            (argument, position) = long_argument(bytes, position, first)?;
        }
        let inner = match first >> 5 {
            0 | 1 | 7 => continue,
            2 | 3 => {
                if argument > (bytes.len() - position) as u64 {
                    return Err(Fault::CutShort);
                }
                position += argument as usize;
                continue;
            }
            4 => argument,
            5 => argument.saturating_mul(2),
            _ => 1,
        };
        if inner > (bytes.len() - position) as u64 {
            return Err(Fault::CutShort);
        }
        if depth >= MAX_DEPTH {
            return Err(Fault::TooDeep);
        }
        position = end_of_items(bytes, position, inner, depth + 1)?;
    }
    Ok(position)
}

/// The argument that stands behind the first byte, and where it ends.
fn long_argument(bytes: &[u8], start: usize, first: u8) -> Result<(u64, usize), Fault> {
    let width = match first & 0x1f {
        24 => 1,
        25 => 2,
        26 => 4,
        27 => 8,
        _ => return Err(Fault::NoHead(first)),
    };
    let argument = bytes.get(start..start + width).ok_or(Fault::CutShort)?;
    Ok((argument.iter().fold(0_u64, |value, byte| (value << 8) | u64::from(*byte)), start + width))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_an_item_is_found() {
        for item in [&[0x00][..], &[0x18, 0xff], &[0x63, 1, 2, 3], &[0x82, 0x01, 0x41, 9], &[0xa1, 0x01, 0xf6], &[0xc2, 0x40]] {
            assert_eq!(item_length(item), Ok(item.len()), "{item:?}");
            let longer = [item, &[0x00, 0x00]].concat();
            assert_eq!(item_length(&longer), Ok(item.len()), "{item:?}");
        }
    }

    #[test]
    fn malformed_items_are_refused() {
        let nested = vec![0x81; MAX_DEPTH + 2];
        for item in [&[][..], &[0x18], &[0x63, 1], &[0x9f, 0xff], &[0x9b, 0xff, 0, 0, 0, 0, 0, 0, 0], &[0x1c], &nested] {
            assert!(item_length(item).is_err(), "{item:?}");
        }
    }
}
