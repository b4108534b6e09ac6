//! Text as a decimal number: `new BigDecimal(String)` of Java 17, with what it says of text that is none.

use num_bigint::BigInt;

use crate::data::decimal::Decimal;
use crate::data::java_digit;
use crate::error::Error;

/// Java words some mistakes differently in text longer than this, sign aside.
const SHORT: usize = 18;
/// Exponents have at most so many digits, leading zeros aside.
const EXPONENT_DIGITS: usize = 10;

/// The number of a text. `NumberFormatException` for any that is none; Java gives no message where the text ends too soon.
pub(super) fn read(text: &str) -> Result<Decimal, Error> {
    let number = text.strip_prefix(['+', '-']).unwrap_or(text);
    if text.is_empty() {
        return Err(wrong(""));
    }
    let mut digits = String::with_capacity(number.len());
    let (mut scale, mut exponent, mut fraction) = (0_i64, 0_i64, false);
    for (at, c) in number.char_indices() {
        if let Some(digit) = java_digit::ascii(c) {
            digits.push(digit);
            scale += i64::from(fraction);
            continue;
        }
        match c {
            '.' if fraction => return Err(wrong("Character array contains more than one decimal point.")),
            '.' => fraction = true,
            'e' | 'E' => {
                exponent = read_exponent(number.get(at + 1..).unwrap_or_default())?;
                break;
            }
            other => return Err(unexpected(other, number)),
        }
    }
    if digits.is_empty() {
        return Err(wrong("No digits found."));
    }
    let unscaled = BigInt::parse_bytes(digits.as_bytes(), 10).ok_or_else(|| wrong("No digits found."))?;
    let scale = i32::try_from(scale - exponent).map_err(|_| wrong("Scale out of range."))?;
    Ok(Decimal::new(if text.starts_with('-') { -unscaled } else { unscaled }, scale))
}

fn wrong(message: impl Into<String>) -> Error {
    Error::data(message).with_class("java.lang.NumberFormatException")
}

fn unexpected(c: char, number: &str) -> Error {
    if number.encode_utf16().count() > SHORT {
        return wrong("Character array is missing \"e\" notation exponential mark.");
    }
    // Java would show half of a surrogate pair.
    let shown = if c > '\u{ffff}' { '?' } else { c };
    wrong(format!("Character {shown} is neither a decimal digit number, decimal point, nor \"e\" notation exponential mark."))
}

/// What stands behind the `e`.
fn read_exponent(text: &str) -> Result<i64, Error> {
    let mut digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() {
        return Err(wrong(""));
    }
    while digits.encode_utf16().count() > EXPONENT_DIGITS {
        let rest = digits.strip_prefix(|c| java_digit::ascii(c) == Some('0'));
        digits = rest.ok_or_else(|| wrong("Too many nonzero exponent digits."))?;
    }
    let mut exponent = 0_i64;
    for c in digits.chars() {
        let digit = java_digit::ascii(c).and_then(|digit| digit.to_digit(10)).ok_or_else(|| wrong("Not a digit."))?;
        exponent = exponent * 10 + i64::from(digit);
    }
    let exponent = if text.starts_with('-') { -exponent } else { exponent };
    i32::try_from(exponent).map(i64::from).map_err(|_| wrong("Exponent overflow."))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_big_decimal_reads_them() {
        let cases = [
            ("12.50", 1250, 2),
            ("-1e-7", -1, 7),
            (".5", 5, 1),
            ("5.", 5, 0),
            ("+3E2", 3, -2),
            ("1e00000000000000005", 1, -5),
            ("١٢", 12, 0),
            ("1e١", 1, -1),
            ("1e2147483647", 1, -2_147_483_647),
        ];
        for (text, unscaled, scale) in cases {
            assert_eq!(read(text), Ok(Decimal::new(unscaled, scale)), "{text}");
        }
    }

    #[test]
    fn mistakes_are_told_in_javas_words() {
        let cases = [
            ("", ""),
            ("+", "No digits found."),
            (".", "No digits found."),
            ("..", "Character array contains more than one decimal point."),
            ("e5", "No digits found."),
            ("1e", ""),
            ("1e+", ""),
            ("1e+-", "Not a digit."),
            ("1e5x", "Not a digit."),
            ("1e99999999999", "Too many nonzero exponent digits."),
            ("1e2147483648", "Exponent overflow."),
            ("1.5e-2147483647", "Scale out of range."),
            ("1😀", "Character ? is neither a decimal digit number, decimal point, nor \"e\" notation exponential mark."),
            ("1_0", "Character _ is neither a decimal digit number, decimal point, nor \"e\" notation exponential mark."),
            ("1234567890123456789x", "Character array is missing \"e\" notation exponential mark."),
        ];
        for (text, message) in cases {
            assert_eq!(read(text).unwrap_err().message(), message, "{text}");
        }
    }
}
