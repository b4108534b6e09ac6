//! Values as whole numbers: Java's `Number.longValue`.

use num_bigint::BigInt;

use crate::data::decimal::Decimal;

/// A power of ten that many times or more is a multiple of 2^64.
const NOTHING_LEFT: i32 = -64;

/// The lowest 64 bits of a number's whole part, as `BigDecimal.longValue`.
pub fn of_decimal(number: &Decimal) -> i64 {
    let scale = number.scale();
    if scale <= NOTHING_LEFT {
        return 0;
    }
    if scale <= 0 {
        return of_big(&(number.unscaled() * BigInt::from(10).pow(scale.unsigned_abs())));
    }
    // A fraction alone: its power of ten may be too large to be made.
    if number.unscaled().magnitude().to_string().len() as i64 <= i64::from(scale) {
        return 0;
    }
    of_big(&(number.unscaled() / BigInt::from(10).pow(scale.unsigned_abs())))
}

/// The lowest 64 bits, as `BigInteger.longValue`.
pub fn of_big(number: &BigInt) -> i64 {
    let low: BigInt = number & BigInt::from(u64::MAX);
    u64::try_from(low).unwrap_or_default() as i64
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
mod tests {
    use super::*;

    #[test]
    fn only_the_lowest_bits_stay() {
        let whole = |text: &str| of_decimal(&text.parse().unwrap());
        assert_eq!(whole("-2.75"), -2);
        assert_eq!(whole("1e-2147483647"), 0);
        assert_eq!(whole("1e2147483647"), 0);
        assert_eq!(whole("9223372036854775808"), i64::MIN);
        assert_eq!(of_big(&"123456789012345678901234567890".parse().unwrap()), -4_362_896_299_872_285_998);
        assert_eq!(of_big(&BigInt::from(-1)), -1);
    }
}
