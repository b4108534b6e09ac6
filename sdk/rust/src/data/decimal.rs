//! Decimal numbers of any size, as `java.math.BigDecimal` holds them.

use std::str::FromStr;

use num_bigint::{BigInt, Sign};

use crate::data::decimal_text;
use crate::error::Error;

/// `unscaled × 10^-scale`. Equal only to a number of the same scale, as `BigDecimal.equals`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Decimal {
    unscaled: BigInt,
    scale: i32,
}

impl Decimal {
    /// The number `unscaled × 10^-scale`.
    pub fn new(unscaled: impl Into<BigInt>, scale: i32) -> Self {
        Self { unscaled: unscaled.into(), scale }
    }

    /// From the big-endian two's complement bytes that Connect's Decimal type stores. `DataException` when empty.
    pub fn from_bytes(bytes: &[u8], scale: i32) -> Result<Self, Error> {
        if bytes.is_empty() {
            return Err(Error::data("Zero length BigInteger").with_class("java.lang.NumberFormatException"));
        }
        Ok(Self { unscaled: BigInt::from_signed_bytes_be(bytes), scale })
    }

    /// The unscaled number in big-endian two's complement, shortest form.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.unscaled.to_signed_bytes_be()
    }

    /// The digits.
    pub fn unscaled(&self) -> &BigInt {
        &self.unscaled
    }

    /// How many digits stand after the point; negative: zeros before it.
    pub fn scale(&self) -> i32 {
        self.scale
    }

    /// As `BigDecimal.toPlainString`: no exponent. Grows with the scale: a scale of a million gives a million characters.
    pub fn to_plain_string(&self) -> String {
        let digits = self.unscaled.magnitude().to_string();
        let mut text = String::new();
        if self.unscaled.sign() == Sign::Minus {
            text.push('-');
        }
        if self.scale <= 0 {
            text.push_str(&digits);
            if self.unscaled.sign() != Sign::NoSign {
                push_zeros(&mut text, self.scale.unsigned_abs() as usize);
            }
            return text;
        }
        push_with_point(&mut text, &digits, self.scale as usize);
        text
    }
}

/// As `BigDecimal.toString`: with an exponent when the scale is negative or the number very small.
impl std::fmt::Display for Decimal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let digits = self.unscaled.magnitude().to_string();
        let mut text = String::new();
        if self.unscaled.sign() == Sign::Minus {
            text.push('-');
        }
        let adjusted = digits.len() as i64 - 1 - i64::from(self.scale);
        if self.scale == 0 {
            text.push_str(&digits);
        } else if self.scale > 0 && adjusted >= -6 {
            push_with_point(&mut text, &digits, self.scale as usize);
        } else {
            let (first, rest) = digits.split_at(1);
            text.push_str(first);
            if !rest.is_empty() {
                text.push('.');
                text.push_str(rest);
            }
            if adjusted != 0 {
                text.push('E');
                if adjusted > 0 {
                    text.push('+');
                }
                text.push_str(&adjusted.to_string());
            }
        }
        f.write_str(&text)
    }
}

/// As `new BigDecimal(String)`: `12.50`, `-1e-7`, `.5`, `5.`. A `NumberFormatException` for text that is no number.
impl FromStr for Decimal {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        decimal_text::read(text)
    }
}

fn push_zeros(text: &mut String, count: usize) {
    text.extend(std::iter::repeat_n('0', count));
}

/// Writes digits so that `scale` of them stand after the point.
fn push_with_point(text: &mut String, digits: &str, scale: usize) {
    if digits.len() > scale {
        let (whole, fraction) = digits.split_at(digits.len() - scale);
        text.push_str(whole);
        text.push('.');
        text.push_str(fraction);
        return;
    }
    text.push_str("0.");
    push_zeros(text, scale - digits.len());
    text.push_str(digits);
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
mod tests {
    use super::*;

    fn shown(unscaled: i64, scale: i32) -> (String, String) {
        let number = Decimal::new(unscaled, scale);
        (number.to_string(), number.to_plain_string())
    }

    #[test]
    fn text_is_that_of_big_decimal() {
        assert_eq!(shown(123, 2), ("1.23".into(), "1.23".into()));
        assert_eq!(shown(-1, 3), ("-0.001".into(), "-0.001".into()));
        assert_eq!(shown(1, 7), ("1E-7".into(), "0.0000001".into()));
        assert_eq!(shown(12, -3), ("1.2E+4".into(), "12000".into()));
        assert_eq!(shown(0, 0), ("0".into(), "0".into()));
        assert_eq!(shown(0, -2), ("0E+2".into(), "0".into()));
        assert_eq!(shown(0, 2), ("0.00".into(), "0.00".into()));
    }

    #[test]
    fn bytes_round_trip() {
        for unscaled in [0_i64, 1, -1, 127, 128, -128, -129, i64::MAX, i64::MIN] {
            let number = Decimal::new(unscaled, 4);
            assert_eq!(Decimal::from_bytes(&number.to_bytes(), 4), Ok(number));
        }
        assert!(Decimal::from_bytes(&[], 0).is_err());
    }
}
