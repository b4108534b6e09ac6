//! Integers as `DecimalFormat` reads them: a sign, digits of any script, an exponent; `NaN` and the sign for infinity.

use caisson_sdk::data::java_digit::ascii as digit;

/// The number that a text starts with, narrowed to an `int`, and its length in bytes.
pub fn read(text: &str) -> Option<(i32, usize)> {
    if text.starts_with("NaN") {
        return Some((0, 3));
    }
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let negative = unsigned.len() < text.len();
    if unsigned.starts_with('\u{221e}') {
        let length = text.len() - unsigned.len() + '\u{221e}'.len_utf8();
        return Some((if negative { i32::MIN } else { i32::MAX }, length));
    }
    let mut digits = String::new();
    let mut rest = unsigned;
    while let Some((c, digit)) = rest.chars().next().and_then(|c| Some((c, digit(c)?))) {
        digits.push(digit);
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
    }
    if digits.is_empty() {
        return None;
    }
    let (exponent, rest) = exponent(rest);
    Some((narrowed(&digits, exponent, negative), text.len() - rest.len()))
}

/// The exponent, 0 if there is none, and what follows.
fn exponent(text: &str) -> (i64, &str) {
    let Some(after) = text.strip_prefix('E') else { return (0, text) };
    let unsigned = after.strip_prefix('-').unwrap_or(after);
    let end = unsigned.find(|c| digit(c).is_none()).unwrap_or(unsigned.len());
    let (digits, rest) = unsigned.split_at(end);
    let ascii: String = digits.chars().filter_map(digit).collect();
    match ascii.parse::<i64>() {
        // Java narrows it to an int.
        Ok(number) => {
            let number = number as i32;
            (i64::from(if unsigned.len() < after.len() { number.wrapping_neg() } else { number }), rest)
        }
        Err(_) => (0, text),
    }
}

/// A whole number with room in 64 bits loses its high bits; any other becomes the nearest `int`.
fn narrowed(digits: &str, exponent: i64, negative: bool) -> i32 {
    let sign = if negative { "-" } else { "" };
    if exponent == 0
        && let Ok(number) = format!("{sign}{digits}").parse::<i64>()
    {
        return number as i32;
    }
    let significant = digits.trim_start_matches('0');
    let point = significant.len() as i64 + exponent;
    let significant = significant.trim_end_matches('0');
    let zeros = point - significant.len() as i64;
    if significant.is_empty() {
        return 0;
    }
    if zeros >= 0
        && point <= 19
        && let Ok(number) = format!("{sign}{significant}{}", "0".repeat(zeros as usize)).parse::<i64>()
    {
        return number as i32;
    }
    let float: f64 = format!("{sign}0.{significant}e{point}").parse().unwrap_or(0.0);
    float as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_decimal_format_reads_them() {
        for (text, number, length) in [
            ("2020-", 2020, 4),
            ("-5", -5, 2),
            ("007x", 7, 3),
            ("2E3", 2000, 3),
            ("25E-1", 2, 5),
            ("1Ex", 1, 1),
            ("\u{662}\u{660}", 20, 4),
            ("99999999999", 1_215_752_191, 11),
            ("99999999999999999999", i32::MAX, 20),
            ("NaN", 0, 3),
            ("-\u{221e}", i32::MIN, 4),
        ] {
            assert_eq!(read(text), Some((number, length)), "{text}");
        }
        assert_eq!(read("x"), None);
        assert_eq!(read("+1"), None);
    }
}
