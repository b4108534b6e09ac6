//! PostgreSQL's types: what pgjdbc calls them, and their values.

use std::error::Error;

use num_bigint::{BigInt, Sign};
use postgres_protocol::types as wire;
use tokio_postgres::types::{FromSql, Kind, Type};

use crate::calendar::{DAY, Local, Moment, NANOS};
use crate::cell::{Cell, Number};
use crate::column::Column;

/// 1 January 2000, in days since 1970: PostgreSQL's epoch.
const EPOCH: i64 = 10_957;
/// What precision a text has that has no limit.
const UNLIMITED: i32 = i32::MAX;

/// A column of that type, as pgjdbc's metadata tell it; `modifier` is -1 or what stands in brackets behind the type.
pub(super) fn column(name: &str, type_: &Type, modifier: i32) -> Column {
    let type_ = base(type_);
    let known = |sql: &'static str, signed: bool, precision: i32, scale: i32| {
        Column::new(name, sql, type_.name(), signed, precision, scale)
    };
    let length = if modifier == -1 { UNLIMITED } else { modifier - 4 };
    let fraction = if modifier == -1 { 6 } else { modifier };
    match *type_ {
        Type::INT2 => known("SMALLINT", true, 5, 0),
        Type::INT4 => known("INTEGER", true, 10, 0),
        Type::INT8 => known("BIGINT", true, 19, 0),
        Type::OID => known("BIGINT", false, 10, 0),
        Type::FLOAT4 => known("REAL", true, 8, 8),
        Type::FLOAT8 => known("DOUBLE", true, 17, 17),
        Type::MONEY => known("DOUBLE", false, 0, 0),
        Type::NUMERIC if modifier == -1 => known("NUMERIC", true, 0, 0),
        Type::NUMERIC => known("NUMERIC", true, ((modifier - 4) >> 16) & 0xffff, scale(modifier)),
        Type::BOOL => known("BIT", false, 1, 0),
        Type::BIT => known("BIT", false, modifier, 0),
        Type::CHAR => known("CHAR", false, 1, 0),
        Type::BPCHAR => known("CHAR", false, length, 0),
        Type::VARCHAR => known("VARCHAR", false, length, 0),
        Type::TEXT | Type::NAME => known("VARCHAR", false, UNLIMITED, 0),
        Type::BYTEA => known("BINARY", false, UNLIMITED, 0),
        Type::DATE => known("DATE", false, 13, 0),
        Type::TIME => known("TIME", false, 15, fraction),
        Type::TIMETZ => known("TIME", false, 21, fraction),
        Type::TIMESTAMP => known("TIMESTAMP", false, 29, fraction),
        Type::TIMESTAMPTZ => known("TIMESTAMP", false, 35, fraction),
        Type::XML => known("SQLXML", false, UNLIMITED, 0),
        // The JVM's connector reads these three as texts, though JDBC has no name for them.
        Type::JSON | Type::JSONB | Type::UUID => {
            let mut column = known("OTHER", false, UNLIMITED, 0);
            column.connect_type = Some(crate::connect_type::ConnectType::String);
            column
        }
        _ => match type_.kind() {
            Kind::Enum(_) => known("VARCHAR", false, UNLIMITED, 0),
            Kind::Array(_) => known("ARRAY", false, UNLIMITED, 0),
            Kind::Composite(_) => known("STRUCT", false, UNLIMITED, 0),
            _ => known("OTHER", false, UNLIMITED, 0),
        },
    }
}

/// The scale of a numeric, which since PostgreSQL 15 may be negative: eleven bits with a sign.
fn scale(modifier: i32) -> i32 {
    let bits = (modifier - 4) & 0x7ff;
    if bits & 0x400 == 0 { bits } else { bits - 0x800 }
}

/// What a domain is over.
fn base(type_: &Type) -> &Type {
    match type_.kind() {
        Kind::Domain(over) => base(over),
        _ => type_,
    }
}

/// A value as it comes over the wire.
pub(super) struct Value<'a>(pub(super) Cell<'a>);

impl<'a> FromSql<'a> for Value<'a> {
    fn from_sql(type_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        cell(base(type_), raw).map(Value)
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(Cell::Null))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

fn cell<'a>(type_: &Type, raw: &'a [u8]) -> Result<Cell<'a>, Box<dyn Error + Sync + Send>> {
    Ok(match *type_ {
        Type::BOOL => Cell::Boolean(wire::bool_from_sql(raw)?),
        Type::INT2 => Cell::Int(wire::int2_from_sql(raw)?.into()),
        Type::INT4 => Cell::Int(wire::int4_from_sql(raw)?.into()),
        Type::INT8 => Cell::Int(wire::int8_from_sql(raw)?),
        Type::OID => Cell::Int(wire::oid_from_sql(raw)?.into()),
        Type::FLOAT4 => Cell::Float32(wire::float4_from_sql(raw)?),
        Type::FLOAT8 => Cell::Float64(wire::float8_from_sql(raw)?),
        Type::MONEY => Cell::Decimal(Number { unscaled: wire::int8_from_sql(raw)?.into(), scale: 2 }),
        Type::NUMERIC => numeric(raw)?,
        Type::BYTEA => Cell::Bytes(raw.into()),
        Type::JSONB => Cell::Text(wire::text_from_sql(raw.get(1..).unwrap_or_default())?.into()),
        Type::UUID => Cell::Text(uuid(wire::uuid_from_sql(raw)?).into()),
        Type::BIT | Type::VARBIT => Cell::Text(bits(raw)?.into()),
        Type::CHAR => Cell::Text(char::from(wire::char_from_sql(raw)? as u8).to_string().into()),
        Type::DATE => match wire::date_from_sql(raw)? {
            i32::MAX => Cell::Infinity { negative: false },
            i32::MIN => Cell::Infinity { negative: true },
            days => Cell::Date(i64::from(days) + EPOCH),
        },
        Type::TIME => Cell::Time(wire::time_from_sql(raw)? * 1000),
        Type::TIMETZ => offset_time(raw)?,
        Type::TIMESTAMP | Type::TIMESTAMPTZ => moment(wire::timestamp_from_sql(raw)?, *type_ == Type::TIMESTAMPTZ),
        Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::JSON | Type::XML | Type::UNKNOWN => {
            Cell::Text(wire::text_from_sql(raw)?.into())
        }
        _ => match type_.kind() {
            Kind::Enum(_) => Cell::Text(wire::text_from_sql(raw)?.into()),
            _ => return Err(format!("values of PostgreSQL's type {} are not read; cast the column to text", type_.name()).into()),
        },
    })
}

/// Microseconds since 2000.
fn moment(micros: i64, has_zone: bool) -> Cell<'static> {
    if micros == i64::MAX || micros == i64::MIN {
        return Cell::Infinity { negative: micros == i64::MIN };
    }
    let (seconds, nanos) = (micros.div_euclid(1_000_000), micros.rem_euclid(1_000_000) * 1000);
    match has_zone {
        true => Cell::Moment(Moment { seconds: seconds + EPOCH * DAY, nanos }),
        false => Cell::Local(Local { days: seconds.div_euclid(DAY) + EPOCH, nanos: seconds.rem_euclid(DAY) * NANOS + nanos }),
    }
}

/// Microseconds of the day, and seconds west of Greenwich.
fn offset_time(raw: &[u8]) -> Result<Cell<'static>, Box<dyn Error + Sync + Send>> {
    let (time, west) = raw.split_at_checked(8).ok_or("a timetz has twelve bytes")?;
    Ok(Cell::OffsetTime(wire::time_from_sql(time)? * 1000, -i64::from(wire::int4_from_sql(west)?)))
}

/// The bits as digits, as pgjdbc has them.
fn bits(raw: &[u8]) -> Result<String, Box<dyn Error + Sync + Send>> {
    let bits = wire::varbit_from_sql(raw)?;
    let digits = bits.bytes().iter().flat_map(|byte| (0..8).rev().map(move |bit| if byte >> bit & 1 == 1 { '1' } else { '0' }));
    Ok(digits.take(bits.len()).collect())
}

fn uuid(bytes: [u8; 16]) -> String {
    let hex = |part: &[u8]| part.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let [a, b, c, d, e, f, g, h, i, j, rest @ ..] = bytes;
    [hex(&[a, b, c, d]), hex(&[e, f]), hex(&[g, h]), hex(&[i, j]), hex(&rest)].join("-")
}

/// A numeric: digits of base 10,000. Crates that read it hold 28 digits, and PostgreSQL 131,072 before the point alone.
fn numeric(raw: &[u8]) -> Result<Cell<'static>, Box<dyn Error + Sync + Send>> {
    let mut words = raw.chunks_exact(2).map(|pair| pair.iter().fold(0_u16, |word, byte| word << 8 | u16::from(*byte)));
    let mut word = || words.next().ok_or("a numeric is cut short");
    let (count, weight, sign, scale) = (word()?, word()? as i16, word()?, word()?);
    match sign {
        0x0000 | 0x4000 => {}
        0xd000 => return Ok(Cell::Float64(f64::INFINITY)),
        0xf000 => return Ok(Cell::Float64(f64::NEG_INFINITY)),
        _ => return Ok(Cell::Float64(f64::NAN)),
    }
    let mut digits = BigInt::ZERO;
    for _ in 0..count {
        digits = digits * 10_000 + word()?;
    }
    if sign == 0x4000 && digits.sign() == Sign::Plus {
        digits = -digits;
    }
    // The last digit stands at this power of ten; the scale says how many places are shown.
    let power = 4 * (i64::from(weight) - i64::from(count) + 1) + i64::from(scale);
    let ten = BigInt::from(10).pow(u32::try_from(power.unsigned_abs())?);
    let unscaled = if power >= 0 { digits * ten } else { digits / ten };
    Ok(Cell::Decimal(Number { unscaled, scale: scale.into() }))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::cell::plain_text;

    #[test]
    fn numerics_of_any_size_are_read() {
        let read = |words: &[u16]| {
            let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes()).collect();
            match numeric(&bytes).unwrap() {
                Cell::Decimal(number) => plain_text(&number),
                other => format!("{other:?}"),
            }
        };
        assert_eq!(read(&[2, 0, 0, 2, 1, 5000]), "1.50");
        assert_eq!(read(&[1, 0, 0x4000, 0, 42]), "-42");
        assert_eq!(read(&[1, 1, 0, 0, 1]), "10000");
        assert_eq!(read(&[1, 0xffff, 0, 5, 1]), "0.00010");
        assert_eq!(read(&[0, 0, 0, 2]), "0.00");
        assert_eq!(read(&[0, 0, 0xc000, 0]), "Float64(NaN)");
        assert!(numeric(&[0, 1, 0, 0]).is_err());
    }

    #[test]
    fn modifiers_are_lengths_and_scales() {
        let told = |type_: &Type, modifier| {
            let column = column("c", type_, modifier);
            (column.type_, column.precision, column.scale)
        };
        assert_eq!(told(&Type::NUMERIC, (10 << 16 | 2) + 4), ("NUMERIC", 10, 2));
        assert_eq!(told(&Type::NUMERIC, (5 << 16 | 0x7fe) + 4), ("NUMERIC", 5, -2));
        assert_eq!(told(&Type::NUMERIC, -1), ("NUMERIC", 0, 0));
        assert_eq!(told(&Type::VARCHAR, 14), ("VARCHAR", 10, 0));
        assert_eq!(told(&Type::TIMESTAMP, 3), ("TIMESTAMP", 29, 3));
    }

    #[test]
    fn moments_begin_in_2000() {
        assert_eq!(moment(0, true), Cell::Moment(Moment { seconds: 946_684_800, nanos: 0 }));
        assert_eq!(moment(-1, false), Cell::Local(Local { days: EPOCH - 1, nanos: DAY * NANOS - 1000 }));
        assert_eq!(moment(i64::MIN, false), Cell::Infinity { negative: true });
        assert_eq!(uuid([0xab; 16]), "abababab-abab-abab-abab-abababababab");
    }
}
