//! Finding the end of an encoded item without decoding it.
//!
//! minicbor's own `skip` checks the UTF-8 of every text on the way and knows indefinite lengths, which the contract
//! excludes; this one does neither, since most spans are only copied, and bounds the nesting, so that whoever decodes
//! a span later may recurse.

use crate::error::Error;

/// How deep values may nest: as deep as Kafka's JSON parser allows.
pub(crate) const MAX_DEPTH: usize = 1000;

/// The length of the item at the start of `bytes`. `DataException` when it is cut short, nests too deep, has an indefinite
/// length or claims more items than bytes are left.
pub(crate) fn item_length(bytes: &[u8]) -> Result<usize, Error> {
    let mut position = 0;
    skip(bytes, &mut position, 0)?;
    Ok(position)
}

/// The major type and argument of a head, and where it ends.
pub(crate) fn head(bytes: &[u8], position: usize) -> Result<(u8, u64, usize), Error> {
    let first = *bytes.get(position).ok_or_else(cut_short)?;
    let (major, info) = (first >> 5, first & 0x1f);
    let start = position + 1;
    let width = match info {
        0..=23 => return Ok((major, info.into(), start)),
        24 => 1,
        25 => 2,
        26 => 4,
        27 => 8,
        _ => {
            return Err(Error::data(format!("malformed batch: byte {first:#04x} begins no item of definite length")));
        }
    };
    let end = start + width;
    let argument = bytes.get(start..end).ok_or_else(cut_short)?;
    let value = argument.iter().fold(0_u64, |value, byte| (value << 8) | u64::from(*byte));
    Ok((major, value, end))
}

pub(crate) fn cut_short() -> Error {
    Error::data("malformed batch: it ends in the middle of an item")
}

fn skip(bytes: &[u8], position: &mut usize, depth: usize) -> Result<(), Error> {
    let (major, argument, end) = head(bytes, *position)?;
    *position = end;
    let items = match major {
        0 | 1 | 7 => return Ok(()),
        2 | 3 => {
            let left = bytes.len() - end;
            let length = usize::try_from(argument).ok().filter(|length| *length <= left).ok_or_else(cut_short)?;
            *position = end + length;
            return Ok(());
        }
        4 => argument,
        5 => argument.saturating_mul(2),
        _ => 1,
    };
    if items > (bytes.len() - end) as u64 {
        return Err(cut_short());
    }
    if depth >= MAX_DEPTH {
        return Err(Error::data(format!("malformed batch: a value nests deeper than {MAX_DEPTH} levels")));
    }
    for _ in 0..items {
        skip(bytes, position, depth + 1)?;
    }
    Ok(())
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
