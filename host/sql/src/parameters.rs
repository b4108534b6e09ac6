//! Values for the parameters of a statement, as they come from a plugin.

use minicbor::Decoder;
use minicbor::data::Type;
use num_bigint::{BigInt, Sign};

use crate::calendar::{Moment, NANOS};
use crate::cell::Number;
use crate::connect_type::{ConnectType, INSTANT_SCALE};
use crate::error::{Reason, SqlError};

/// A value to be bound.
#[derive(Debug, Clone, PartialEq)]
pub enum Parameter {
    /// NULL.
    Null,
    /// INT8 to INT64.
    Int(i64),
    /// FLOAT32.
    Float32(f32),
    /// FLOAT64.
    Float64(f64),
    /// BOOLEAN.
    Boolean(bool),
    /// STRING.
    Text(String),
    /// BYTES.
    Bytes(Vec<u8>),
    /// DECIMAL.
    Decimal(Number),
    /// DATE: days since the epoch.
    Date(i64),
    /// TIME: milliseconds since the epoch.
    Time(i64),
    /// TIMESTAMP and INSTANT.
    Moment(Moment),
    /// ARRAY.
    Array(Vec<Parameter>),
}

/// The rows of parameters: `[* [* value]]`. A row that is several of a table's has the types again and again.
///
/// # Errors
/// Bytes that are none of these types.
pub fn decode(types: &[ConnectType], bytes: &[u8]) -> Result<Vec<Vec<Parameter>>, SqlError> {
    let mut reader = Decoder::new(bytes);
    let count = definite(reader.array())?;
    let mut rows = Vec::with_capacity(usize::try_from(count).unwrap_or(0).min(bytes.len()));
    for _ in 0..count {
        let values = usize::try_from(definite(reader.array())?).unwrap_or(usize::MAX);
        let fits = if types.is_empty() { values == 0 } else { values > 0 && values.is_multiple_of(types.len()) };
        if !fits {
            return Err(malformed("a row has a value for each of the types, or for each several times"));
        }
        rows.push(types.iter().cycle().take(values).map(|type_| value(&mut reader, type_)).collect::<Result<_, _>>()?);
    }
    Ok(rows)
}

fn malformed(rule: impl std::fmt::Display) -> SqlError {
    SqlError::new(Reason::Other, format!("malformed parameters: {rule}"))
}

fn read<T>(item: Result<T, minicbor::decode::Error>) -> Result<T, SqlError> {
    item.map_err(malformed)
}

fn definite(length: Result<Option<u64>, minicbor::decode::Error>) -> Result<u64, SqlError> {
    read(length)?.ok_or_else(|| malformed("arrays have definite lengths"))
}

fn value(reader: &mut Decoder<'_>, type_: &ConnectType) -> Result<Parameter, SqlError> {
    if read(reader.datatype())? == Type::Null {
        read(reader.null())?;
        return Ok(Parameter::Null);
    }
    Ok(match type_ {
        ConnectType::Int8 | ConnectType::Int16 | ConnectType::Int32 | ConnectType::Int64 | ConnectType::Nanos => {
            Parameter::Int(read(reader.i64())?)
        }
        ConnectType::Float32 => Parameter::Float32(read(reader.f32())?),
        ConnectType::Float64 => Parameter::Float64(read(reader.f64())?),
        ConnectType::Boolean => Parameter::Boolean(read(reader.bool())?),
        ConnectType::String => Parameter::Text(read(reader.str())?.to_owned()),
        ConnectType::Bytes => Parameter::Bytes(read(reader.bytes())?.to_vec()),
        ConnectType::Decimal(_) => Parameter::Decimal(decimal(reader)?),
        ConnectType::Date => Parameter::Date(date(reader)?.div_euclid(86_400_000)),
        ConnectType::Time => Parameter::Time(date(reader)?),
        ConnectType::Timestamp => Parameter::Moment(Moment::of_millis(date(reader)?)),
        ConnectType::Instant => Parameter::Moment(instant(&decimal(reader)?)?),
        ConnectType::Array(items) => {
            let count = definite(reader.array())?;
            Parameter::Array((0..count).map(|_| value(reader, items)).collect::<Result<_, _>>()?)
        }
    })
}

fn date(reader: &mut Decoder<'_>) -> Result<i64, SqlError> {
    match read(reader.tag())?.as_u64() {
        7004 => read(reader.i64()),
        other => Err(malformed(format!("tag {other} in the place of a date's"))),
    }
}

fn decimal(reader: &mut Decoder<'_>) -> Result<Number, SqlError> {
    if read(reader.tag())?.as_u64() != 4 || definite(reader.array())? != 2 {
        return Err(malformed("a decimal is tag 4 and [exponent, mantissa]"));
    }
    let scale = read(reader.i64())?.checked_neg().and_then(|scale| i32::try_from(scale).ok());
    let scale = scale.ok_or_else(|| malformed("a decimal's exponent exceeds 32 bits"))?;
    let unscaled = match read(reader.datatype())? {
        Type::Tag => {
            let tag = read(reader.tag())?.as_u64();
            let magnitude = BigInt::from_bytes_be(Sign::Plus, read(reader.bytes())?);
            match tag {
                2 => magnitude,
                3 => -magnitude - 1,
                other => return Err(malformed(format!("tag {other} in a decimal"))),
            }
        }
        _ => read(reader.i64())?.into(),
    };
    Ok(Number { unscaled, scale })
}

fn instant(number: &Number) -> Result<Moment, SqlError> {
    let nanos = i128::try_from(&number.unscaled).ok().filter(|_| number.scale == INSTANT_SCALE);
    let nanos = nanos.ok_or_else(|| malformed("an INSTANT is a decimal of scale 9"))?;
    let seconds =
        i64::try_from(nanos.div_euclid(NANOS.into())).map_err(|_| malformed("an INSTANT exceeds 64 bits of seconds"))?;
    Ok(Moment { seconds, nanos: i64::try_from(nanos.rem_euclid(NANOS.into())).unwrap_or(0) })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn one(word: &str, value: &[u8]) -> Result<Parameter, SqlError> {
        let bytes = [&[0x81, 0x81], value].concat();
        decode(&[word.parse().unwrap()], &bytes).map(|mut rows| rows.remove(0).remove(0))
    }

    #[test]
    fn values_are_read_by_their_types() {
        assert_eq!(one("INT8", &[0x20]).unwrap(), Parameter::Int(-1));
        assert_eq!(one("STRING", &[0x61, b'x']).unwrap(), Parameter::Text("x".into()));
        assert_eq!(one("DATE", &[0xd9, 0x1b, 0x5c, 0x1a, 0x05, 0x26, 0x5c, 0x00]).unwrap(), Parameter::Date(1));
        assert_eq!(
            one("TIMESTAMP", &[0xd9, 0x1b, 0x5c, 0x20]).unwrap(),
            Parameter::Moment(Moment { seconds: -1, nanos: 999_000_000 })
        );
        assert_eq!(
            one("DECIMAL:1", &[0xc4, 0x82, 0x20, 0x0f]).unwrap(),
            Parameter::Decimal(Number { unscaled: 15.into(), scale: 1 })
        );
        assert_eq!(
            one("INSTANT", &[0xc4, 0x82, 0x28, 0x20]).unwrap(),
            Parameter::Moment(Moment { seconds: -1, nanos: 999_999_999 })
        );
        assert_eq!(one("ARRAY:INT8", &[0x82, 0x01, 0xf6]).unwrap(), Parameter::Array(vec![Parameter::Int(1), Parameter::Null]));
        assert_eq!(one("BYTES", &[0xf6]).unwrap(), Parameter::Null);
        assert_eq!(decode(&[], &[0x81, 0x80]).unwrap(), vec![Vec::new()]);
    }

    #[test]
    fn several_rows_at_once_have_the_types_of_one() {
        let types = [ConnectType::Int8, ConnectType::String];
        let row = |number, text: &str| [Parameter::Int(number), Parameter::Text(text.into())];
        let rows = decode(&types, &[0x81, 0x84, 0x01, 0x61, b'x', 0x02, 0x61, b'y']).unwrap();
        assert_eq!(rows, [[row(1, "x"), row(2, "y")].concat()]);
        assert!(decode(&types, &[0x81, 0x83, 0x01, 0x61, b'x', 0x02]).unwrap_err().message.contains("several times"));
        assert!(decode(&types, &[0x81, 0x84, 0x01, 0x61, b'x', 0x61, b'y', 0x02]).is_err());
    }

    #[test]
    fn large_decimals_are_whole() {
        let value = [&[0xc4, 0x82, 0x00, 0xc3, 0x49][..], &[0xff; 9]].concat();
        let Parameter::Decimal(number) = one("DECIMAL:0", &value).unwrap() else { unreachable!() };
        assert_eq!(number.unscaled, -BigInt::from(1u8) * (BigInt::from(1u8) << 72));
    }

    #[test]
    fn malformed_values_are_told() {
        for (word, value) in [
            ("INT8", &[0x61, b'x'][..]),
            ("DATE", &[0x01]),
            ("DECIMAL:0", &[0xc4, 0x81, 0x01]),
            ("STRING", &[0x61]),
            ("INSTANT", &[0xc4, 0x82, 0x20, 0x01]),
        ] {
            assert!(one(word, value).unwrap_err().message.contains("malformed"), "{word}");
        }
        assert!(decode(&[ConnectType::Int8], &[0x81, 0x80]).is_err());
        assert!(decode(&[], &[0x9f]).is_err());
    }
}
