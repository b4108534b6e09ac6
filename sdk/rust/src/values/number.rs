//! The narrowest type that a number has room in (`Values.ValueParser.parseAsNumber`).

use num_bigint::{BigInt, Sign};

use crate::data::decimal::Decimal;
use crate::data::java_digit;
use crate::data::logical;
use crate::data::record::Datum;
use crate::data::schema::{Schema, Type};
use crate::data::value::Value;
use crate::error::Error;

/// A number; none for text that `new BigDecimal` refuses.
pub fn parse(text: &str) -> Result<Option<Datum<'static>>, Error> {
    let ascii: String = text.chars().map(|c| java_digit::ascii(c).unwrap_or(c)).collect();
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
