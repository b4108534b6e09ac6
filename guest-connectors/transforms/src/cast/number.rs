//! Numbers as `java.lang.Number` narrows them, and texts as `parseLong` and `parseDouble` read them.

use caisson_sdk::Decimal;
use caisson_sdk::data::java_digit::ascii as digit;

use crate::number_text;

/// A number of any of Java's classes.
#[derive(Debug, Clone, Copy)]
pub enum Number<'v> {
    /// `Byte`, `Short`, `Integer` and `Long`.
    Integer(i64),
    /// `Float`.
    Float(f32),
    /// `Double`.
    Double(f64),
    /// `BigDecimal`.
    Decimal(&'v Decimal),
}

// `as` narrows as Java does: integers lose their high bits, floating points saturate.
impl Number<'_> {
    /// `intValue`, which `byteValue` and `shortValue` are narrowed from.
    pub fn int(self) -> i32 {
        match self {
            Self::Integer(number) => number as i32,
            Self::Float(number) => number as i32,
            Self::Double(number) => number as i32,
            Self::Decimal(number) => number_text::low_bits(number) as i32,
        }
    }

    /// `longValue`.
    pub fn long(self) -> i64 {
        match self {
            Self::Integer(number) => number,
            Self::Float(number) => number as i64,
            Self::Double(number) => number as i64,
            Self::Decimal(number) => number_text::low_bits(number),
        }
    }

    /// `floatValue`.
    pub fn float(self) -> f32 {
        match self {
            Self::Integer(number) => number as f32,
            Self::Float(number) => number,
            Self::Double(number) => number as f32,
            Self::Decimal(number) => number.to_string().parse().unwrap_or(f32::NAN),
        }
    }

    /// `doubleValue`.
    pub fn double(self) -> f64 {
        match self {
            Self::Integer(number) => number as f64,
            Self::Float(number) => number.into(),
            Self::Double(number) => number,
            Self::Decimal(number) => number.to_string().parse().unwrap_or(f64::NAN),
        }
    }
}

/// `Long.parseLong`: a sign and digits of any script, nothing else.
pub fn parse_integer(text: &str) -> Option<i64> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let digits: String = unsigned.chars().map(digit).collect::<Option<_>>()?;
    let sign = if text.starts_with('-') { "-" } else { "" };
    format!("{sign}{digits}").parse().ok()
}

/// `Double.parseDouble`.
pub fn parse_double(text: &str) -> Option<f64> {
    let (negative, number) = prepared(text)?;
    let size = match number {
        Prepared::Special(size) => size,
        Prepared::Decimal(digits) => digits.parse().ok()?,
        Prepared::Hexadecimal(hexadecimal) => hexadecimal.round(f64::MANTISSA_DIGITS, f64::MIN_EXP, f64::MAX_EXP),
    };
    Some(if negative { -size } else { size })
}

/// `Float.parseFloat`.
pub fn parse_float(text: &str) -> Option<f32> {
    let (negative, number) = prepared(text)?;
    let size = match number {
        Prepared::Special(size) => size as f32,
        Prepared::Decimal(digits) => digits.parse().ok()?,
        // Rounded once, so that narrowing changes nothing.
        Prepared::Hexadecimal(hexadecimal) => hexadecimal.round(f32::MANTISSA_DIGITS, f32::MIN_EXP, f32::MAX_EXP) as f32,
    };
    Some(if negative { -size } else { size })
}

/// A floating point number as it is written, without sign.
enum Prepared<'t> {
    Special(f64),
    /// Text that std reads as Java does.
    Decimal(&'t str),
    Hexadecimal(Hexadecimal),
}

fn prepared(text: &str) -> Option<(bool, Prepared<'_>)> {
    let text = text.trim_matches(|c: char| c <= ' ');
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let negative = text.starts_with('-');
    let number = match unsigned {
        "NaN" => Prepared::Special(f64::NAN),
        "Infinity" => Prepared::Special(f64::INFINITY),
        _ => {
            let digits = unsigned.strip_suffix(['d', 'D', 'f', 'F']).unwrap_or(unsigned);
            match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
                Some(_) => Prepared::Hexadecimal(Hexadecimal::read(unsigned)?),
                None => {
                    // std knows words as well, and reads a second sign.
                    let plain = |byte| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-');
                    let starts = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.');
                    (starts && digits.bytes().all(plain)).then_some(Prepared::Decimal(digits))?
                }
            }
        }
    };
    Some((negative, number))
}

/// `0x1.8p3`: the digits as one number, and the power of two of its last bit.
#[derive(Debug, PartialEq)]
struct Hexadecimal {
    digits: u128,
    /// Something but zeros follows the digits kept.
    more: bool,
    exponent: i64,
}

impl Hexadecimal {
    fn read(text: &str) -> Option<Self> {
        let text = text.strip_suffix(['d', 'D', 'f', 'F']).unwrap_or(text);
        let (digits, exponent) = text.get(2..)?.split_once(['p', 'P'])?;
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        let unsigned = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        if unsigned.is_empty() || !unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        // Beyond any number's range it is all the same.
        let size: i64 = unsigned.parse().unwrap_or(i64::MAX).min(1_000_000_000);
        let mut read = Self { digits: 0, more: false, exponent: if exponent.starts_with('-') { -size } else { size } };
        for (index, c) in whole.chars().chain(fraction.chars()).enumerate() {
            let digit = c.to_digit(16)?;
            let is_fraction = index >= whole.len();
            if read.digits >> 120 == 0 {
                read.digits = read.digits << 4 | u128::from(digit);
                read.exponent -= if is_fraction { 4 } else { 0 };
            } else {
                read.more |= digit != 0;
                read.exponent += if is_fraction { 0 } else { 4 };
            }
        }
        Some(read)
    }

    /// The nearest number of that many bits, half to even; `least` and `most` are the exponents of a type as std has them.
    fn round(&self, bits: u32, least: i32, most: i32) -> f64 {
        let length = i64::from(128 - self.digits.leading_zeros());
        if length == 0 {
            return 0.0;
        }
        // The first bit stands for 2^top; a number below the least has fewer bits.
        let top = self.exponent + length;
        let kept = i64::from(bits) - (i64::from(least) - top).max(0);
        if top > i64::from(most) {
            return f64::INFINITY;
        }
        if kept < 0 {
            return 0.0;
        }
        let dropped = length - kept;
        let (mut rounded, mut exponent) = (self.digits, self.exponent);
        if dropped > 0 {
            let half = 1_u128 << (dropped - 1);
            let rest = self.digits & ((half << 1) - 1);
            rounded = if dropped >= 128 { 0 } else { self.digits >> dropped };
            exponent += dropped;
            let up = rest > half || (rest == half && (self.more || rounded & 1 == 1));
            rounded += u128::from(up);
        }
        let length = i64::from(128 - rounded.leading_zeros());
        if exponent + length > i64::from(most) {
            return f64::INFINITY;
        }
        scaled(rounded as f64, exponent)
    }
}

/// `number * 2^exponent`, which has to be exact: in steps that a double has room for.
fn scaled(number: f64, exponent: i64) -> f64 {
    let mut number = number;
    let mut left = exponent;
    while left != 0 {
        let step = left.clamp(-1000, 1000);
        number *= 2_f64.powi(step as i32);
        left -= step;
        if number == 0.0 || number.is_infinite() {
            break;
        }
    }
    number
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_digits_of_any_script() {
        assert_eq!(parse_integer("+\u{663}"), Some(3));
        assert_eq!(parse_integer("-9223372036854775808"), Some(i64::MIN));
        for text in ["", "+", " 1", "1L", "9223372036854775808", "1_0"] {
            assert_eq!(parse_integer(text), None, "{text}");
        }
    }

    #[test]
    fn floats_are_read_as_java_reads_them() {
        for (text, value) in [(" 1.5f ", 1.5), ("-.5", -0.5), ("1.", 1.0), ("1e3D", 1000.0), ("-Infinity", f64::NEG_INFINITY)] {
            assert_eq!(parse_double(text), Some(value), "{text}");
        }
        assert!(parse_double("+NaN").is_some_and(f64::is_nan));
        for text in ["", ".", "inf", "nan", "1L", "--1", "0x1", "1e", "NaNd"] {
            assert_eq!(parse_double(text), None, "{text}");
        }
    }

    #[test]
    fn hexadecimal_floats_are_rounded_to_even() {
        for (text, value) in [
            ("0x1.8p3", 12.0),
            ("0x.8p1f", 1.0),
            ("0X1p-1074", f64::from_bits(1)),
            ("0x1p-1075", 0.0),
            ("0x1.8p-1074", f64::from_bits(2)),
            ("0x1p1024", f64::INFINITY),
            ("0x1.fffffffffffff8p1023", f64::INFINITY),
            ("0x1.00000000000008p0", 1.0),
            ("0x1.000000000000080000000000000000000000000001p0", 1.0 + f64::EPSILON),
            ("0x1p99999999999999999999", f64::INFINITY),
            ("0x0p9", 0.0),
        ] {
            assert_eq!(parse_double(text), Some(value), "{text}");
        }
        assert_eq!(parse_float("0x1.000001p0"), Some(1.0));
        assert_eq!(parse_float("0x1p-149"), Some(f32::from_bits(1)));
    }
}
