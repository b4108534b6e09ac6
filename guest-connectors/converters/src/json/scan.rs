//! Finding the end of a run of plain bytes, eight at a time.

const LOW: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

/// A mark in the high bit of every byte that is zero (and perhaps of some above one that is).
fn zero_bytes(word: u64) -> u64 {
    word.wrapping_sub(LOW) & !word & HIGH
}

/// A mark for every quote, backslash and control character, and perhaps for some others after the first of these.
fn specials(word: u64) -> u64 {
    let quotes = zero_bytes(word ^ (LOW * b'"' as u64));
    let backslashes = zero_bytes(word ^ (LOW * b'\\' as u64));
    let controls = word.wrapping_sub(LOW * 0x20) & !word & HIGH;
    quotes | backslashes | controls
}

/// A mark for the first byte of every character of four bytes.
fn long_characters(word: u64) -> u64 {
    word & (word << 1) & (word << 2) & (word << 3) & HIGH
}

/// From `at` on, how far the bytes can be skipped in one go: up to the first that is a quote, backslash or control
/// character, and, if asked for, the first of a character of four bytes. It may stop earlier.
#[inline]
pub fn skip_plain(bytes: &[u8], mut at: usize, stop_at_long: bool) -> usize {
    while let Some(chunk) = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        let word = u64::from_le_bytes(*chunk);
        let mut marks = specials(word);
        if stop_at_long {
            marks |= long_characters(word);
        }
        if marks != 0 {
            return at + (marks.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    skip_last(bytes, at, stop_at_long)
}

/// The same for the last bytes, fewer than eight: they are looked at with those before them, which are shifted out.
#[inline]
fn skip_last(bytes: &[u8], at: usize, stop_at_long: bool) -> usize {
    let left = bytes.len().saturating_sub(at);
    let Some(chunk) = bytes.last_chunk::<8>().filter(|_| left > 0) else { return at };
    // Zeros come in behind the end, which are control characters.
    let word = u64::from_le_bytes(*chunk) >> (8 * (8 - left));
    let mut marks = specials(word);
    if stop_at_long {
        marks |= long_characters(word);
    }
    at + (marks.trailing_zeros() / 8) as usize
}

/// Whether two runs of bytes are the same: eight at a time, since a sandbox has no faster way.
pub fn is_same(one: &[u8], other: &[u8]) -> bool {
    let (ones, one_rest) = one.as_chunks::<8>();
    let (others, other_rest) = other.as_chunks::<8>();
    one.len() == other.len()
        && one_rest == other_rest
        && ones.iter().zip(others).all(|(one, other)| u64::from_le_bytes(*one) == u64::from_le_bytes(*other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_compared_to_the_last() {
        let bytes: Vec<u8> = (0..30).collect();
        for length in 0..30 {
            assert!(is_same(&bytes[..length], &bytes[..length]));
            assert!(!is_same(&bytes[..length], &bytes[..length + 1]));
            for wrong in 0..length {
                let mut other = bytes[..length].to_vec();
                other[wrong] ^= 1;
                assert!(!is_same(&bytes[..length], &other), "{wrong} of {length}");
            }
        }
    }

    #[test]
    fn it_stops_at_the_first_special_byte_and_never_beyond() {
        for special in ['"', '\\', '\u{0}', '\u{1f}', '\u{1f600}'] {
            for (before, behind) in (0..20).flat_map(|before| [(before, ""), (before, "plain"), (before, "plain text behind it")])
            {
                let text = format!("{}{special}{behind}", "é".repeat(before));
                let at = skip_plain(text.as_bytes(), 0, true);
                assert!(at <= before * 2, "{special:?} after {before}");
                assert!(before * 2 - at < 8);
            }
        }
        assert_eq!(skip_plain("0123456789\u{1f600}abcdefgh".as_bytes(), 0, false), 22);
        assert_eq!(skip_plain(b"", 0, false), 0);
        assert_eq!(skip_plain(b"abcdefghi", 0, false), 9);
    }
}
