//! The numbers of JSON as Jackson's nodes turn them into Java's: integers wrap, fractions are cut off.

use caisson_sdk::Value;
use caisson_sdk::data::decimal::Decimal;
use num_bigint::BigInt;

use super::reader::{MAX_DIGITS, Number};

impl Number<'_> {
    /// The value that it is without a schema.
    pub fn schemaless(&self) -> Value<'static> {
        if self.integral { Value::Int64(self.long()) } else { Value::Float64(self.double()) }
    }

    /// `JsonNode.longValue`: the low 64 bits of a number beyond them.
    pub fn long(&self) -> i64 {
        if self.integral {
            if let Some(digits) = self.digits {
                let size = digits as i64;
                return if self.is_negative() { -size } else { size };
            }
            if let Ok(small) = self.text.parse() {
                return small;
            }
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
        if let Some(double) = self.exact_double() {
            return double;
        }
        let value: f64 = self.text.parse().unwrap_or(f64::NAN);
        if value == 0.0 && self.is_zero() { 0.0 } else { value }
    }

    /// The number divided by a power of ten, where both are doubles without rounding: then the quotient is the double nearest to it.
    /// This is the short way of std's parser as well (Clinger), which begins with reading the digits once more.
    fn exact_double(&self) -> Option<f64> {
        let digits = self.digits.filter(|digits| *digits < 1 << f64::MANTISSA_DIGITS)?;
        let size = digits as f64 / POWERS_OF_TEN.get(self.decimals)?;
        Some(if digits != 0 && self.is_negative() { -size } else { size })
    }

    fn is_negative(&self) -> bool {
        self.text.starts_with('-')
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

const POWERS_OF_TEN: [f64; MAX_DIGITS + 1] =
    [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18];

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
    fn few_digits_are_the_nearest_double() {
        let mut state = 7_u64;
        for _ in 0..100_000 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let digits = (state >> 11) >> (state & 31);
            let decimals = (state >> 5) as usize % 19;
            let text = format!("{digits:0width$}", width = decimals + 1);
            let (whole, rest) = text.split_at(text.len() - decimals);
            for text in [format!("{whole}.{rest}0"), format!("-{whole}.{rest}0")] {
                let read = number(&text);
                assert_eq!(
                    read.exact_double().unwrap_or(read.double()).to_bits(),
                    (text.parse::<f64>().unwrap() + 0.0).to_bits(),
                    "{text}"
                );
            }
        }
        assert_eq!(number("123.5").exact_double(), Some(123.5));
        assert_eq!(number("0.1").exact_double(), Some(0.1));
        assert_eq!(number("-999999999999999999").long(), -999_999_999_999_999_999);
        assert_eq!(number("12345678901234567.5").exact_double(), None);
        assert_eq!(number("1e2").exact_double(), None);
    }

    #[test]
    fn zero_has_no_sign() {
        assert!(number("-0.0").double().is_sign_positive());
        assert!(number("-0").float().is_sign_positive());
        assert!(number("-1e-400").double().is_sign_negative());
        assert_eq!(number("1E400").double(), f64::INFINITY);
    }
}
