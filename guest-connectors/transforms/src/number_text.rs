//! Text as numbers, as `org.apache.kafka.connect.data.Values` converts it.

use caisson_sdk::Decimal;
use num_bigint::BigInt;

/// The digits before the point; the low 64 bits of a number beyond them (`new BigDecimal(text).longValue()`).
pub fn long(text: &str) -> Option<i64> {
    text.parse().ok().map(|number| low_bits(&number))
}

/// `BigDecimal.longValue`.
pub fn low_bits(number: &Decimal) -> i64 {
    let power = BigInt::from(10).pow(number.scale().unsigned_abs().min(MOST_DIGITS));
    let whole = if number.scale() > 0 { number.unscaled() / power } else { number.unscaled() * power };
    let filler = if whole < BigInt::from(0) { 0xff } else { 0 };
    let mut bytes = [filler; 8];
    for (slot, byte) in bytes.iter_mut().zip(whole.to_signed_bytes_le()) {
        *slot = byte;
    }
    i64::from_le_bytes(bytes)
}

/// 10^64 is a multiple of 2^64, so that a higher power changes no bit; and no setting has as many digits.
const MOST_DIGITS: u32 = 10_000;

/// `new BigDecimal(text).doubleValue()`.
pub fn double(text: &str) -> Option<f64> {
    let number: Decimal = text.parse().ok()?;
    if number.unscaled() == &BigInt::from(0) { Some(0.0) } else { text.parse().ok() }
}

/// `new BigDecimal(text).floatValue()`.
pub fn float(text: &str) -> Option<f32> {
    let number: Decimal = text.parse().ok()?;
    if number.unscaled() == &BigInt::from(0) { Some(0.0) } else { text.parse().ok() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_are_cut_off_and_large_numbers_wrap() {
        assert_eq!(long("-12.9"), Some(-12));
        assert_eq!(long("9223372036854775808"), Some(i64::MIN));
        assert_eq!(long("1e400"), Some(0));
        assert_eq!(long("NaN"), None);
        assert_eq!(double("1e3"), Some(1000.0));
        assert_eq!(float("-0.0"), Some(0.0));
    }
}
