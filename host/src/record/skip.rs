//! Finding where encoded items end without decoding them.
//!
//! minicbor's own `skip` checks the UTF-8 of every text on the way. Most records only pass through the host, and whoever reads a text
//! checks it, so this one does not: of a sink's record it costs a fifth.

use super::malformed::Malformed;

/// Where so many items end that begin at `position`. Malformed when they are cut short or an item has an indefinite length.
///
/// A loop, so that depth costs no stack; it ends with the bytes, whatever lengths they claim.
pub(super) fn end_of_items(bytes: &[u8], mut position: usize, items: u64) -> Result<usize, Malformed> {
    let mut left = items;
    while left > 0 {
        left -= 1;
        let first = *bytes.get(position).ok_or_else(cut_short)?;
        position += 1;
        let mut argument = u64::from(first & 0x1f);
        if argument > 23 {
            (argument, position) = long_argument(bytes, position, first)?;
        }
        match first >> 5 {
            2 | 3 => {
                if argument > (bytes.len() - position) as u64 {
                    return Err(cut_short());
                }
                position += argument as usize;
            }
            4 => left = left.saturating_add(argument),
            5 => left = left.saturating_add(argument.saturating_mul(2)),
            6 => left = left.saturating_add(1),
            _ => {}
        }
    }
    Ok(position)
}

/// The argument that stands behind the first byte, and where it ends.
fn long_argument(bytes: &[u8], start: usize, first: u8) -> Result<(u64, usize), Malformed> {
    let width = match first & 0x1f {
        24 => 1,
        25 => 2,
        26 => 4,
        27 => 8,
        _ => return Err(Malformed::new(format!("byte {first:#04x} begins no item of definite length"))),
    };
    let argument = bytes.get(start..start + width).ok_or_else(cut_short)?;
    Ok((argument.iter().fold(0, |value, byte| (value << 8) | u64::from(*byte)), start + width))
}

#[cold]
fn cut_short() -> Malformed {
    Malformed::new("it ends in the middle of an item")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_items_is_found() {
        for item in [&[0x00][..], &[0x18, 0xff], &[0x63, 1, 2, 3], &[0x82, 0x01, 0x41, 9], &[0xa1, 0x01, 0xf6], &[0xc2, 0x40]] {
            let three = [item, item, &[0x00]].concat();
            assert_eq!(end_of_items(item, 0, 1), Ok(item.len()), "{item:?}");
            assert_eq!(end_of_items(&three, item.len(), 2), Ok(three.len()), "{item:?}");
        }
        let nested = [vec![0x81; 100_000], vec![0x00]].concat();
        assert_eq!(end_of_items(&nested, 0, 1), Ok(nested.len()));
    }

    #[test]
    fn malformed_items_are_refused() {
        for item in
            [&[][..], &[0x18], &[0x63, 1], &[0x9f, 0xff], &[0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], &[0x1c]]
        {
            assert!(end_of_items(item, 0, 1).is_err(), "{item:?}");
        }
    }
}
