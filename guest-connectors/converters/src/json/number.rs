//! The numbers of JSON as Jackson's nodes turn them into Java's: integers wrap, fractions are cut off.

use caisson_sdk::data::decimal::Decimal;
use num_bigint::BigInt;

use super::reader::Number;

impl Number<'_> {
    /// `JsonNode.longValue`: the low 64 bits of a number beyond them.
    pub fn long(&self) -> i64 {
        if self.integral
            && let Ok(small) = self.text.parse()
        {
            return small;
        }
        self.whole().map_or(0, |whole| low_bits(&whole))
    }

    /// `JsonNode.intValue`: the low 32 bits.
    pub fn int(&self) -> i32 {
        self.long() as i32
    }

    /// The number as an int, if it is a whole one that fits (`JsonNode.isInt`).
    pub fn exact_int(&self) -> Option<i32> {
        if self.integral { self.text.parse().ok() } else { None }
    }

    /// `JsonNode.doubleValue`. Zero has no sign, as `BigDecimal` has none.
    pub fn double(&self) -> f64 {
        let value: f64 = self.text.parse().unwrap_or(f64::NAN);
        if value == 0.0 && self.is_zero() { 0.0 } else { value }
    }

    /// `JsonNode.floatValue`.
    pub fn float(&self) -> f32 {
        let value: f32 = self.text.parse().unwrap_or(f32::NAN);
        if value == 0.0 && self.is_zero() { 0.0 } else { value }
    }

    /// `JsonNode.decimalValue`, with the scale as written. None for an exponent beyond 32 bits.
    pub fn decimal(&self) -> Option<Decimal> {
        self.text.parse().ok()
    }

    fn is_zero(&self) -> bool {
        let mantissa = self.text.split(['e', 'E']).next().unwrap_or_default();
        mantissa.bytes().all(|byte| matches!(byte, b'0' | b'-' | b'.'))
    }

    /// Without its fraction. None where the low 64 bits of it are zero anyway, however many digits it has.
    fn whole(&self) -> Option<BigInt> {
        let number = self.decimal()?;
        let scale = number.scale();
        if scale <= -64 {
            // 10^64 is a multiple of 2^64.
            return None;
        }
        let power = BigInt::from(10).pow(scale.unsigned_abs().min(MOST_DIGITS));
        Some(if scale > 0 { number.unscaled() / power } else { number.unscaled() * power })
    }
}

/// No number has more digits (see `reader`), so dividing by a higher power of ten gives zero as well.
const MOST_DIGITS: u32 = 1001;

fn low_bits(number: &BigInt) -> i64 {
    let mut bytes = [if number.sign() == num_bigint::Sign::Minus { 0xff } else { 0 }; 8];
    for (slot, byte) in bytes.iter_mut().zip(number.to_signed_bytes_le()) {
        *slot = byte;
    }
    i64::from_le_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::super::reader::Reader;
    use super::*;

    fn number(text: &str) -> Number<'_> {
        Reader::new(text).number().unwrap()
    }

    #[test]
    fn integers_wrap_and_fractions_are_cut_off() {
        assert_eq!(number("9223372036854775808").long(), i64::MIN);
        assert_eq!(number("123456789012345678901234567890").long(), -4362896299872285998);
        assert_eq!(number("-1.9").long(), -1);
        assert_eq!(number("1e400").long(), 0);
        assert_eq!(number("1e-999999999").long(), 0);
        assert_eq!(number("1.5e3").int(), 1500);
        assert_eq!(number("2147483648").int(), i32::MIN);
        assert_eq!(number("2147483648").exact_int(), None);
        assert_eq!(number("007").exact_int(), Some(7));
    }

    #[test]
    fn zero_has_no_sign() {
        assert!(number("-0.0").double().is_sign_positive());
        assert!(number("-0").float().is_sign_positive());
        assert!(number("-1e-400").double().is_sign_negative());
        assert_eq!(number("1E400").double(), f64::INFINITY);
    }
}
