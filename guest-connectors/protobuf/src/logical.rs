//! Decimal, Date, Time and Timestamp as messages of Confluent and Google.

use caisson_sdk::data::decimal::Decimal;
use caisson_sdk::data::java_calendar;
use caisson_sdk::{Error, Schema, Type, Value};
use num_bigint::Sign;
use prost::encoding::{DecodeContext, decode_key, encode_key, encode_varint, skip_field};

use crate::scalar::{Malformed, Scalar, push_delimited};
use crate::well_known::Logical;

const MILLIS_PER_DAY: i64 = 86_400_000;
/// Google's timestamps reach from the year 1 to the year 9999.
const FIRST_SECOND: i64 = -62_135_596_800;
const LAST_SECOND: i64 = 253_402_300_799;

/// The fields of one of the messages, by number; those that the message does not have are 0.
#[derive(Debug, Default)]
struct Parts<'b> {
    numbers: [i64; 4],
    bytes: &'b [u8],
}

fn parts<'b>(logical: Logical, input: &mut &'b [u8]) -> Result<Parts<'b>, Malformed> {
    let mut parts = Parts::default();
    while !input.is_empty() {
        let (number, wire_type) = decode_key(input)?;
        let scalar = match (logical, number) {
            (Logical::Decimal, 1) => Scalar::Bytes,
            (Logical::Decimal, 2) => Scalar::Uint32,
            (Logical::Decimal, 3) | (Logical::Date, 1..=3) | (Logical::Time, 1..=4) | (Logical::Timestamp, 2) => Scalar::Int32,
            (Logical::Timestamp, 1) => Scalar::Int64,
            _ => {
                skip_field(wire_type, number, input, DecodeContext::default())?;
                continue;
            }
        };
        if scalar.wire_type() != wire_type {
            skip_field(wire_type, number, input, DecodeContext::default())?;
            continue;
        }
        if scalar == Scalar::Bytes {
            parts.bytes = crate::scalar::delimited(input)?;
        } else if let (Value::Int64(read), Some(slot)) =
            (scalar.read(input, Type::Int64, false)?, parts.numbers.get_mut(number as usize - 1))
        {
            *slot = read;
        }
    }
    Ok(parts)
}

/// Reads the message. It is malformed too when it is no number, date or time.
pub fn read(logical: Logical, mut input: &[u8]) -> Result<Value<'static>, Malformed> {
    let Parts { numbers: [first, second, third, fourth], bytes } = parts(logical, &mut input)?;
    match logical {
        Logical::Decimal => {
            let number = Decimal::from_bytes(bytes, third as i32);
            number.map(Value::Decimal).map_err(|_| Malformed("a Decimal has no digits".to_owned()))
        }
        Logical::Date => {
            let days = java_calendar::days(first, second, third);
            if first < 1 || java_calendar::civil(days) != (first, second, third) {
                return Err(Malformed(format!("{first}-{second}-{third} is no date")));
            }
            Ok(Value::Date(days * MILLIS_PER_DAY))
        }
        Logical::Time => {
            let valid = (0..24).contains(&first)
                && (0..60).contains(&second)
                && (0..60).contains(&third)
                && (0..1_000_000_000).contains(&fourth);
            if !valid {
                return Err(Malformed(format!("{first}:{second}:{third} and {fourth} ns is no time of day")));
            }
            Ok(Value::Date(((first * 60 + second) * 60 + third) * 1000 + fourth / 1_000_000))
        }
        Logical::Timestamp => {
            if !(FIRST_SECOND..=LAST_SECOND).contains(&first) || !(0..1_000_000_000).contains(&second) {
                return Err(Malformed(format!("{first} s and {second} ns is no timestamp")));
            }
            Ok(Value::Date(first * 1000 + second / 1_000_000))
        }
    }
}

/// Appends the message, without key and length. `DataException` for a value of another type, and one that the message cannot say.
pub fn write(logical: Logical, schema: &Schema, value: &Value<'_>, out: &mut Vec<u8>) -> Result<(), Error> {
    match (logical, value) {
        (Logical::Decimal, Value::Decimal(number)) => {
            encode_key(1, prost::encoding::WireType::LengthDelimited, out);
            push_delimited(out, &number.to_bytes());
            push_number(out, 2, precision(number));
            push_number(out, 3, number.scale().into());
        }
        (Logical::Date, Value::Date(_)) => {
            let Value::Int32(days) = caisson_sdk::data::logical::from_logical(schema, value.clone())? else {
                return Err(mismatch(logical, value));
            };
            let (year, month, day) = java_calendar::civil(days.into());
            for (number, part) in [(1, year), (2, month), (3, day)] {
                push_number(out, number, part);
            }
        }
        (Logical::Time, Value::Date(millis)) => {
            if !(0..=MILLIS_PER_DAY).contains(millis) {
                let text = "Time values must use number of millis greater than 0 and less than 86400000";
                return Err(Error::data(text));
            }
            let seconds = millis / 1000;
            for (number, part) in
                [(1, seconds / 3600 % 24), (2, seconds / 60 % 60), (3, seconds % 60), (4, millis % 1000 * 1_000_000)]
            {
                push_number(out, number, part);
            }
        }
        (Logical::Timestamp, Value::Date(millis)) => {
            let (seconds, nanos) = (millis.div_euclid(1000), millis.rem_euclid(1000) * 1_000_000);
            if !(FIRST_SECOND..=LAST_SECOND).contains(&seconds) {
                return Err(Error::data(format!("{millis} ms since 1970 is no timestamp of the years 1 to 9999.")));
            }
            push_number(out, 1, seconds);
            push_number(out, 2, nanos);
        }
        _ => return Err(mismatch(logical, value)),
    }
    Ok(())
}

fn mismatch(logical: Logical, value: &Value<'_>) -> Error {
    let expected = if logical == Logical::Decimal { "BigDecimal" } else { "Date" };
    Error::data(format!("Invalid type for {logical:?}, expected {expected} but was class {}", value.java_class()))
}

fn push_number(out: &mut Vec<u8>, number: u32, value: i64) {
    if value != 0 {
        encode_key(number, prost::encoding::WireType::Varint, out);
        encode_varint(value as u64, out);
    }
}

/// `BigDecimal.precision`: its digits.
fn precision(number: &Decimal) -> i64 {
    if number.unscaled().sign() == Sign::NoSign {
        return 1;
    }
    number.unscaled().magnitude().to_string().len() as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use caisson_sdk::data::logical as connect;

    fn there_and_back(logical: Logical, schema: &Schema, value: Value<'static>) {
        let mut out = Vec::new();
        write(logical, schema, &value, &mut out).unwrap();
        assert_eq!(read(logical, &out), Ok(value));
    }

    #[test]
    fn values_survive() {
        let decimal = connect::decimal(2).build().unwrap();
        for unscaled in [0, 1, -1, 12345, i64::MIN] {
            there_and_back(Logical::Decimal, &decimal, Value::Decimal(Decimal::new(unscaled, 2)));
        }
        let date = connect::date().build().unwrap();
        for days in [0, -1, 18_321, -141_428, 2_932_896] {
            there_and_back(Logical::Date, &date, Value::Date(days * MILLIS_PER_DAY));
        }
        let time = connect::time().build().unwrap();
        for millis in [0, 1, 45_296_789, MILLIS_PER_DAY - 1] {
            there_and_back(Logical::Time, &time, Value::Date(millis));
        }
        let timestamp = connect::timestamp().build().unwrap();
        for millis in [0, -1, 1_600_000_000_123, FIRST_SECOND * 1000, LAST_SECOND * 1000 + 999] {
            there_and_back(Logical::Timestamp, &timestamp, Value::Date(millis));
        }
    }

    #[test]
    fn what_is_none_is_refused() {
        for (logical, bytes) in [
            (Logical::Decimal, &[][..]),
            (Logical::Date, &[8, 0xe4, 15, 16, 2, 24, 30]),
            (Logical::Time, &[8, 24]),
            (Logical::Timestamp, &[16, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1]),
            (Logical::Timestamp, &[8]),
        ] {
            assert!(read(logical, bytes).is_err(), "{logical:?} {bytes:?}");
        }
        let schema = connect::timestamp().build().unwrap();
        assert!(write(Logical::Timestamp, &schema, &Value::Int64(1), &mut Vec::new()).is_err());
        assert!(write(Logical::Timestamp, &schema, &Value::Date(i64::MAX), &mut Vec::new()).is_err());
    }
}
