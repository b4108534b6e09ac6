//! Floating point numbers as `Double.toString` and `Float.toString` write them.

/// Appends `Double.toString(value)`.
pub fn push_double(text: &mut Vec<u8>, value: f64) {
    if let Some(word) = special(value) {
        text.extend_from_slice(word.as_bytes());
        return;
    }
    if push_thousandths(text, value) {
        return;
    }
    let shortest = Shortest::read(&format!("{value:e}"));
    let two_digits = || Some(format!("{value:.1e}")).filter(|two| two.parse() == Ok(value));
    push(text, &shortest.or_two_digits(two_digits));
}

/// Writes a number of at most three decimals that Java lays out plainly, such as an amount; false: it is none.
///
/// A quotient is the double nearest to it, and no two decimals of fifteen digits have the same nearest one: if the quotient is the
/// number, its digits are the shortest.
fn push_thousandths(text: &mut Vec<u8>, value: f64) -> bool {
    let size = value.abs();
    if !(1e-3..1e7).contains(&size) {
        return false;
    }
    let thousandths = (size * 1000.0 + 0.5) as u64;
    if thousandths as f64 / 1000.0 != size {
        return false;
    }
    if value < 0.0 {
        text.push(b'-');
    }
    // Below ten million: a number of 32 bits takes half the time in a sandbox.
    text.extend_from_slice(itoa::Buffer::new().format((thousandths / 1000) as u32).as_bytes());
    text.push(b'.');
    let mut rest = (thousandths % 1000) as u32;
    // At least one decimal, and no zeros behind it.
    for place in [100, 10, 1] {
        text.push(b'0' + (rest / place) as u8);
        rest %= place;
        if rest == 0 {
            break;
        }
    }
    true
}

/// Appends `Float.toString(value)`.
pub fn push_float(text: &mut Vec<u8>, value: f32) {
    if let Some(word) = special(value.into()) {
        text.extend_from_slice(word.as_bytes());
        return;
    }
    let shortest = Shortest::read(&format!("{value:e}"));
    let two_digits = || Some(format!("{value:.1e}")).filter(|two| two.parse() == Ok(value));
    push(text, &shortest.or_two_digits(two_digits));
}

/// `Double.toString(value)`.
pub fn double_to_string(value: f64) -> String {
    let mut text = Vec::new();
    push_double(&mut text, value);
    // Digits, letters and signs are UTF-8.
    String::from_utf8(text).unwrap_or_default()
}

/// `Float.toString(value)`.
pub fn float_to_string(value: f32) -> String {
    let mut text = Vec::new();
    push_float(&mut text, value);
    String::from_utf8(text).unwrap_or_default()
}

fn special(value: f64) -> Option<&'static str> {
    if value.is_nan() {
        return Some("NaN");
    }
    if value.is_infinite() {
        return Some(if value > 0.0 { "Infinity" } else { "-Infinity" });
    }
    if value == 0.0 {
        return Some(if value.is_sign_negative() { "-0.0" } else { "0.0" });
    }
    None
}

/// Numbers of a higher power of ten have so many digits that one that is enough is followed by zeros.
const LEAST_PRECISE: i32 = -40;

/// The shortest digits that read back as the same number, and the power of ten of the first.
struct Shortest {
    negative: bool,
    digits: String,
    exponent: i32,
}

impl Shortest {
    /// From std's `-d.ddde-n`.
    fn read(scientific: &str) -> Self {
        let (mantissa, exponent) = scientific.split_once('e').unwrap_or((scientific, "0"));
        let digits = mantissa.chars().filter(char::is_ascii_digit).collect();
        // std writes no exponent beyond three digits.
        Self { negative: mantissa.starts_with('-'), digits, exponent: exponent.parse().unwrap_or(0) }
    }

    /// Java writes two digits at least, and of those that read back the nearest: the smallest double is 4.9E-324, not 5.0E-324.
    fn or_two_digits(self, two_digits: impl FnOnce() -> Option<String>) -> Self {
        if self.digits.len() > 1 || self.exponent > LEAST_PRECISE {
            return self;
        }
        match two_digits() {
            Some(text) => {
                let mut two = Self::read(&text);
                two.digits.truncate(two.digits.trim_end_matches('0').len().max(1));
                two
            }
            None => self,
        }
    }
}

/// Java's layout: plain between 10^-3 and 10^7, else `d.dddE±n`; always one digit after the point.
fn push(text: &mut Vec<u8>, number: &Shortest) {
    let (digits, exponent) = (number.digits.as_bytes(), number.exponent);
    if number.negative {
        text.push(b'-');
    }
    if !(-3..7).contains(&exponent) {
        let (first, rest) = digits.split_at(digits.len().min(1));
        text.extend_from_slice(first);
        text.push(b'.');
        text.extend_from_slice(if rest.is_empty() { b"0" } else { rest });
        text.push(b'E');
        text.extend_from_slice(exponent.to_string().as_bytes());
        return;
    }
    if exponent < 0 {
        text.extend_from_slice(b"0.");
        text.extend(std::iter::repeat_n(b'0', (-1 - exponent) as usize));
        text.extend_from_slice(digits);
        return;
    }
    let whole = exponent as usize + 1;
    if digits.len() <= whole {
        text.extend_from_slice(digits);
        text.extend(std::iter::repeat_n(b'0', whole - digits.len()));
        text.extend_from_slice(b".0");
        return;
    }
    let (before, after) = digits.split_at(whole);
    text.extend_from_slice(before);
    text.push(b'.');
    text.extend_from_slice(after);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_are_laid_out_as_java_does() {
        let cases = [
            (1.0, "1.0"),
            (-0.0, "-0.0"),
            (1e10, "1.0E10"),
            (1234567.0, "1234567.0"),
            (12345678.0, "1.2345678E7"),
            (0.001, "0.001"),
            (0.00012, "1.2E-4"),
            (3.25, "3.25"),
            (-100.5, "-100.5"),
            (9999999.999, "9999999.999"),
            (0.1 + 0.2, "0.30000000000000004"),
            (1.005, "1.005"),
            (1e7, "1.0E7"),
            (f64::MAX, "1.7976931348623157E308"),
            (f64::from_bits(1), "4.9E-324"),
            (f64::from_bits(2), "9.9E-324"),
            (f64::NAN, "NaN"),
            (f64::NEG_INFINITY, "-Infinity"),
        ];
        for (value, text) in cases {
            assert_eq!(double_to_string(value), text);
        }
    }

    /// The way for few decimals against the way for all.
    #[test]
    fn few_decimals_are_written_like_any() {
        for number in 1..30_000_u32 {
            for value in [f64::from(number) / 1000.0, f64::from(number) * 333.333, f64::from(number).sqrt()] {
                let mut text = Vec::new();
                if push_thousandths(&mut text, value) {
                    let mut general = Vec::new();
                    push(&mut general, &Shortest::read(&format!("{value:e}")));
                    assert_eq!(text, general);
                }
            }
        }
        assert!(push_thousandths(&mut Vec::new(), 12.125));
        assert!(!push_thousandths(&mut Vec::new(), 0.0625));
    }

    #[test]
    fn floats_have_the_digits_of_their_width() {
        assert_eq!(float_to_string(0.1), "0.1");
        assert_eq!(float_to_string(123456.79), "123456.79");
        assert_eq!(float_to_string(f32::MAX), "3.4028235E38");
        assert_eq!(float_to_string(f32::from_bits(1)), "1.4E-45");
    }
}
