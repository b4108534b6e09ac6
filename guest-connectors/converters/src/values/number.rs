//! The narrowest type that a number has room in (`Values.ValueParser.parseAsNumber`).

use caisson_sdk::data::logical;
use caisson_sdk::{Datum, Decimal, Error, Schema, Type, Value};
use num_bigint::{BigInt, Sign};

/// Digits that Java's `Character.isDigit` knows: the zeros of the Unicode blocks of category Nd in use.
const ZEROS: [u32; 20] = [
    0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xe50, 0xed0, 0xf20, 0x1040, 0x17e0,
    0x1810, 0x1946, 0xff10,
];

/// The value of a decimal digit of any script.
pub fn digit(c: char) -> Option<char> {
    if c.is_ascii() {
        return c.is_ascii_digit().then_some(c);
    }
    let code = u32::from(c);
    let zero = ZEROS.into_iter().find(|zero| (*zero..*zero + 10).contains(&code))?;
    char::from_digit(code - zero, 10)
}

/// A number; none for text that `new BigDecimal` refuses.
pub fn parse(text: &str) -> Result<Option<Datum<'static>>, Error> {
    let ascii: String = text.chars().map(|c| digit(c).unwrap_or(c)).collect();
    let Ok(number) = ascii.parse::<Decimal>() else { return Ok(None) };
    if let Some(whole) = whole(&number)
        && let Ok(whole) = i64::try_from(whole)
    {
        return Ok(Some(narrowest(whole)));
    }
    if number.scale() != 0 {
        let float: f32 = ascii.parse().unwrap_or(f32::NAN);
        if float.is_finite() {
            return Ok(Some(Datum { schema: Some(Schema::primitive(Type::Float32)), value: Value::Float32(float) }));
        }
        let double: f64 = ascii.parse().unwrap_or(f64::NAN);
        if double.is_finite() {
            return Ok(Some(Datum { schema: Some(Schema::primitive(Type::Float64)), value: Value::Float64(double) }));
        }
    }
    let schema = logical::decimal(number.scale()).build()?;
    Ok(Some(Datum { schema: Some(schema), value: Value::Decimal(number) }))
}

fn narrowest(number: i64) -> Datum<'static> {
    let (type_, value) = if let Ok(narrow) = i8::try_from(number) {
        (Type::Int8, Value::Int8(narrow))
    } else if let Ok(narrow) = i16::try_from(number) {
        (Type::Int16, Value::Int16(narrow))
    } else if let Ok(narrow) = i32::try_from(number) {
        (Type::Int32, Value::Int32(narrow))
    } else {
        (Type::Int64, Value::Int64(number))
    };
    Datum { schema: Some(Schema::primitive(type_)), value }
}

/// The number, if it has no fraction and at most twenty digits: a longer one fits no type anyway.
fn whole(number: &Decimal) -> Option<BigInt> {
    let unscaled = number.unscaled();
    if unscaled.sign() == Sign::NoSign {
        return Some(BigInt::ZERO);
    }
    let digits = unscaled.magnitude().to_string().len() as i64;
    let before_point = digits - i64::from(number.scale());
    if !(1..=20).contains(&before_point) {
        return None;
    }
    let power = BigInt::from(10).pow(number.scale().unsigned_abs());
    if number.scale() <= 0 {
        return Some(unscaled * power);
    }
    let whole = unscaled / &power;
    (&whole * power == *unscaled).then_some(whole)
}
