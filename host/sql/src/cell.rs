//! A value of a database on its way to Connect, as its driver gave it.

use std::borrow::Cow;

use num_bigint::{BigInt, Sign};

use crate::calendar::{self, Calendar, DAY, Local, Moment, NANOS, Written};
use crate::connect_type::{ConnectType, INSTANT_SCALE};
use crate::error::{Reason, SqlError};
use crate::rows::Writer;

/// What pgjdbc makes of infinity, in milliseconds since the epoch.
const INFINITY: i64 = 9_223_372_036_825_200_000;
/// The same of minus infinity.
const MINUS_INFINITY: i64 = -9_223_372_036_832_400_000;

/// A number of any size: `unscaled × 10^-scale`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Number {
    /// The digits.
    pub unscaled: BigInt,
    /// How many of them stand behind the point.
    pub scale: i32,
}

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell<'a> {
    /// NULL.
    Null,
    /// An integer.
    Int(i64),
    /// An integer that may exceed the signed ones.
    Unsigned(u64),
    /// A number of single precision.
    Float32(f32),
    /// A number of double precision.
    Float64(f64),
    /// A number of any precision.
    Decimal(Number),
    /// True or false.
    Boolean(bool),
    /// A text.
    Text(Cow<'a, str>),
    /// Bytes.
    Bytes(Cow<'a, [u8]>),
    /// Bits, the first the highest.
    Bits(Cow<'a, [u8]>),
    /// A day.
    Date(i64),
    /// A time of day in nanoseconds; it may be beyond the day.
    Time(i64),
    /// A time of day at an offset from UTC, in nanoseconds and seconds.
    OffsetTime(i64, i64),
    /// A day and time without a zone.
    Local(Local),
    /// A moment.
    Moment(Moment),
    /// Before or after all moments.
    Infinity {
        /// Before.
        negative: bool,
    },
}

impl Cell<'_> {
    /// Writes the value as one of that type.
    ///
    /// # Errors
    /// [`Reason::Value`]: it is none, or does not fit.
    pub fn write(&self, as_type: &ConnectType, calendar: &Calendar, out: &mut Writer) -> Result<(), SqlError> {
        if let Self::Null = self {
            out.null();
            return Ok(());
        }
        match as_type {
            ConnectType::Int8 => out.integer(self.integer(i8::MIN.into(), i8::MAX.into(), as_type)?),
            ConnectType::Int16 => out.integer(self.integer(i16::MIN.into(), i16::MAX.into(), as_type)?),
            ConnectType::Int32 => out.integer(self.integer(i32::MIN.into(), i32::MAX.into(), as_type)?),
            ConnectType::Int64 => out.integer(self.integer(i64::MIN, i64::MAX, as_type)?),
            ConnectType::Float32 => out.float32(self.float32().ok_or_else(|| self.misfit(as_type))?),
            ConnectType::Float64 => out.float64(self.float64().ok_or_else(|| self.misfit(as_type))?),
            ConnectType::Boolean => out.boolean(self.boolean().ok_or_else(|| self.misfit(as_type))?),
            ConnectType::String => out.text(&self.text().ok_or_else(|| self.misfit(as_type))?),
            ConnectType::Bytes => match self {
                Self::Bytes(bytes) | Self::Bits(bytes) => out.bytes(bytes),
                Self::Text(text) => out.bytes(text.as_bytes()),
                _ => return Err(self.misfit(as_type)),
            },
            ConnectType::Decimal(scale) => self.decimal(*scale, as_type, out)?,
            ConnectType::Date => out.date(self.days(calendar).ok_or_else(|| self.misfit(as_type))? * DAY * 1000),
            ConnectType::Time => out.date(self.time(calendar).ok_or_else(|| self.misfit(as_type))?),
            ConnectType::Timestamp => out.date(self.millis(calendar).ok_or_else(|| self.misfit(as_type))?),
            ConnectType::Nanos => out.integer(self.moment(calendar).ok_or_else(|| self.misfit(as_type))?.nanos),
            ConnectType::Instant => {
                let moment = self.moment(calendar).ok_or_else(|| self.misfit(as_type))?;
                let unscaled = BigInt::from(moment.seconds) * NANOS + moment.nanos;
                out.decimal(&Number { unscaled, scale: INSTANT_SCALE });
            }
            ConnectType::Array(_) => return Err(self.misfit(as_type)),
        }
        Ok(())
    }

    #[cold]
    fn misfit(&self, as_type: &ConnectType) -> SqlError {
        let shown: String = format!("{self:?}").chars().take(100).collect();
        SqlError::new(Reason::Value, format!("the value {shown} does not fit {as_type}"))
    }

    /// As JDBC's getLong and its like: a fraction is cut off, a text is read.
    fn integer(&self, least: i64, most: i64, as_type: &ConnectType) -> Result<i64, SqlError> {
        let number = match self {
            Self::Int(number) => Some(*number),
            Self::Unsigned(number) => i64::try_from(*number).ok(),
            Self::Boolean(is_true) => Some((*is_true).into()),
            Self::Float32(number) => whole(f64::from(*number)),
            Self::Float64(number) => whole(*number),
            Self::Decimal(number) => i64::try_from(rescaled(number, 0, true).unwrap_or_default()).ok(),
            Self::Text(text) => text.trim().parse::<i64>().ok().or_else(|| text.trim().parse().ok().and_then(whole)),
            Self::Bits(bits) if bits.len() == 1 && least == i64::from(i8::MIN) => bits.first().map(|byte| (*byte as i8).into()),
            Self::Bits(bits) => i64::try_from(BigInt::from_bytes_be(Sign::Plus, bits)).ok(),
            _ => None,
        };
        number.filter(|number| (least..=most).contains(number)).ok_or_else(|| self.misfit(as_type))
    }

    fn float64(&self) -> Option<f64> {
        match self {
            Self::Int(number) => Some(*number as f64),
            Self::Unsigned(number) => Some(*number as f64),
            // By its digits, as a driver that reads texts has it: 0.1 stays 0.1.
            Self::Float32(number) => number.to_string().parse().ok(),
            Self::Float64(number) => Some(*number),
            Self::Decimal(number) => plain_text(number).parse().ok(),
            Self::Boolean(is_true) => Some(f64::from(u8::from(*is_true))),
            Self::Text(text) => text.trim().parse().ok(),
            _ => None,
        }
    }

    fn float32(&self) -> Option<f32> {
        match self {
            Self::Float32(number) => Some(*number),
            other => other.float64().map(|number| number as f32),
        }
    }

    fn boolean(&self) -> Option<bool> {
        match self {
            Self::Boolean(is_true) => Some(*is_true),
            Self::Bits(bits) => Some(bits.iter().any(|byte| *byte != 0)),
            Self::Text(text) => match text.trim().to_ascii_lowercase().as_str() {
                "1" | "t" | "true" | "y" | "yes" | "on" => Some(true),
                "0" | "f" | "false" | "n" | "no" | "off" => Some(false),
                _ => None,
            },
            other => other.float64().map(|number| number != 0.0),
        }
    }

    fn text(&self) -> Option<Cow<'_, str>> {
        let moment =
            |local: &Local| Some(format!("{} {}", calendar::date_text(local.days)?, calendar::time_text(local.nanos, 9)));
        Some(match self {
            Self::Text(text) => Cow::Borrowed(text),
            Self::Int(number) => number.to_string().into(),
            Self::Unsigned(number) => number.to_string().into(),
            Self::Float32(number) => number.to_string().into(),
            Self::Float64(number) => number.to_string().into(),
            Self::Decimal(number) => plain_text(number).into(),
            Self::Boolean(is_true) => (if *is_true { "true" } else { "false" }).into(),
            Self::Bytes(bytes) | Self::Bits(bytes) => std::str::from_utf8(bytes).ok()?.into(),
            Self::Date(days) => calendar::date_text(*days)?.into(),
            Self::Time(nanos) => calendar::time_text(*nanos, 9).into(),
            Self::Local(local) => moment(local)?.into(),
            Self::Null | Self::OffsetTime(..) | Self::Moment(_) | Self::Infinity { .. } => return None,
        })
    }

    fn decimal(&self, scale: i32, as_type: &ConnectType, out: &mut Writer) -> Result<(), SqlError> {
        let number = match self {
            Self::Int(number) => Some(Number { unscaled: (*number).into(), scale: 0 }),
            Self::Unsigned(number) => Some(Number { unscaled: (*number).into(), scale: 0 }),
            Self::Boolean(is_true) => Some(Number { unscaled: u8::from(*is_true).into(), scale: 0 }),
            Self::Decimal(number) => Some(number.clone()),
            Self::Float32(number) => parse_number(&number.to_string()),
            Self::Float64(number) => parse_number(&number.to_string()),
            Self::Text(text) => parse_number(text.trim()),
            Self::Bits(bits) => Some(Number { unscaled: BigInt::from_bytes_be(Sign::Plus, bits), scale: 0 }),
            _ => None,
        };
        let number = number.ok_or_else(|| self.misfit(as_type))?;
        let unscaled = rescaled(&number, scale, false).ok_or_else(|| {
            let text = format!("the number {} has more than {scale} digits behind its point", plain_text(&number));
            SqlError::new(Reason::Value, text)
        })?;
        out.decimal(&Number { unscaled, scale });
        Ok(())
    }

    /// Days since the epoch, as Connect counts them. The zone has no say.
    fn days(&self, calendar: &Calendar) -> Option<i64> {
        match self {
            Self::Date(days) => Some(calendar.days(*days)),
            Self::Local(local) => Some(calendar.days(local.days)),
            Self::Moment(moment) => Some(moment.seconds.div_euclid(DAY)),
            Self::Text(text) => match calendar::read(text)? {
                Written::Local(local) => Some(calendar.days(local.days)),
                Written::Moment(moment) => Some(moment.seconds.div_euclid(DAY)),
            },
            _ => None,
        }
    }

    /// Milliseconds of the day.
    fn time(&self, calendar: &Calendar) -> Option<i64> {
        let nanos = match self {
            Self::Time(nanos) => calendar.time_of_day(*nanos),
            Self::OffsetTime(nanos, offset) => (nanos - offset * NANOS).rem_euclid(DAY * NANOS),
            Self::Local(local) => calendar.time_of_day(local.nanos),
            Self::Moment(moment) => moment.seconds.rem_euclid(DAY) * NANOS + moment.nanos,
            Self::Text(text) => match text.trim().parse::<jiff::civil::Time>() {
                Ok(time) => {
                    let seconds = i64::from(time.hour()) * 3600 + i64::from(time.minute()) * 60 + i64::from(time.second());
                    calendar.time_of_day(seconds * NANOS + i64::from(time.subsec_nanosecond()))
                }
                Err(_) => return self.moment(calendar).map(|moment| moment.millis().rem_euclid(DAY * 1000)),
            },
            _ => return None,
        };
        Some(nanos.div_euclid(1_000_000))
    }

    fn millis(&self, calendar: &Calendar) -> Option<i64> {
        match self {
            Self::Infinity { negative: false } => Some(INFINITY),
            Self::Infinity { negative: true } => Some(MINUS_INFINITY),
            other => other.moment(calendar).map(Moment::millis),
        }
    }

    fn moment(&self, calendar: &Calendar) -> Option<Moment> {
        match self {
            Self::Moment(moment) => Some(*moment),
            Self::Local(local) => Some(calendar.moment(*local)),
            Self::Date(days) => Some(calendar.moment(Local { days: *days, nanos: 0 })),
            Self::Time(nanos) => Some(calendar.moment(Local { days: 0, nanos: *nanos })),
            Self::Text(text) => match calendar::read(text)? {
                Written::Local(local) => Some(calendar.moment(local)),
                Written::Moment(moment) => Some(moment),
            },
            _ => None,
        }
    }
}

/// The number without its fraction, if 64 bits hold it.
fn whole(number: f64) -> Option<i64> {
    let cut = number.trunc();
    (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&cut).then_some(cut as i64)
}

/// The digits at another scale; `cut`: digits are cut off where it needs fewer, else there is none then.
fn rescaled(number: &Number, scale: i32, cut: bool) -> Option<BigInt> {
    let more = i64::from(scale) - i64::from(number.scale);
    let power = BigInt::from(10).pow(u32::try_from(more.unsigned_abs()).ok().filter(|digits| *digits < 100_000)?);
    if more >= 0 {
        return Some(&number.unscaled * power);
    }
    let (whole, rest) = (&number.unscaled / &power, &number.unscaled % &power);
    (cut || rest.sign() == Sign::NoSign).then_some(whole)
}

/// A number without an exponent: `-0.001`, `12000`.
pub fn plain_text(number: &Number) -> String {
    let digits = number.unscaled.magnitude().to_string();
    let sign = if number.unscaled.sign() == Sign::Minus { "-" } else { "" };
    let Ok(behind) = usize::try_from(number.scale) else {
        return format!("{sign}{digits}{}", "0".repeat(number.scale.unsigned_abs() as usize));
    };
    if behind == 0 {
        return format!("{sign}{digits}");
    }
    let padded = format!("{digits:0>width$}", width = behind + 1);
    let (whole, fraction) = padded.split_at(padded.len() - behind);
    format!("{sign}{whole}.{fraction}")
}

/// A number that a database wrote: digits with a point, perhaps an exponent.
pub fn parse_number(text: &str) -> Option<Number> {
    let (digits, exponent) = match text.split_once(['e', 'E']) {
        Some((digits, exponent)) => (digits, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let unscaled = format!("{whole}{fraction}").parse().ok()?;
    Some(Number { unscaled, scale: i32::try_from(fraction.len()).ok()?.checked_sub(exponent)? })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn written(cell: &Cell<'_>, word: &str) -> Result<Vec<u8>, SqlError> {
        let mut out = Writer::default();
        cell.write(&word.parse().unwrap(), &Calendar::new("UTC", true).unwrap(), &mut out)?;
        Ok(out.into_bytes())
    }

    #[test]
    fn integers_have_the_width_of_their_type() {
        assert_eq!(written(&Cell::Int(-128), "INT8").unwrap(), [0x38, 0x7f]);
        assert_eq!(written(&Cell::Boolean(true), "INT8").unwrap(), [0x01]);
        assert_eq!(written(&Cell::Text("101".into()), "INT8").unwrap(), [0x18, 101]);
        assert_eq!(written(&Cell::Float64(1.9), "INT32").unwrap(), [0x01]);
        assert_eq!(written(&Cell::Bits(vec![0xf0].into()), "INT8").unwrap(), [0x2f]);
        assert_eq!(written(&Cell::Bits(vec![0, 0, 0, 0, 0, 0, 0, 1].into()), "INT8").unwrap(), [0x01]);
        assert_eq!(written(&Cell::Null, "INT8").unwrap(), [0xf6]);
        for (cell, word) in [(Cell::Int(300), "INT8"), (Cell::Unsigned(u64::MAX), "INT64"), (Cell::Text("x".into()), "INT64")] {
            let error = written(&cell, word).unwrap_err();
            assert_eq!(error.reason, Reason::Value, "{error}");
        }
    }

    #[test]
    fn decimals_keep_the_scale_that_was_asked_for() {
        let number = |text: &str| Cell::Decimal(parse_number(text).unwrap());
        assert_eq!(written(&number("1.5"), "DECIMAL:2").unwrap(), [0xc4, 0x82, 0x21, 0x18, 150]);
        assert_eq!(written(&number("1.50"), "DECIMAL:1").unwrap(), [0xc4, 0x82, 0x20, 0x0f]);
        assert_eq!(written(&Cell::Int(-1), "DECIMAL:0").unwrap(), [0xc4, 0x82, 0x00, 0x20]);
        assert!(written(&number("1.55"), "DECIMAL:1").is_err());
        assert_eq!(written(&number("1e30"), "DECIMAL:0").unwrap()[..4], [0xc4, 0x82, 0x00, 0xc2]);
        assert!(written(&Cell::Float64(f64::NAN), "DECIMAL:0").is_err());
    }

    #[test]
    fn numbers_are_written_without_an_exponent() {
        for (text, plain) in
            [("1.50", "1.50"), ("-0.001", "-0.001"), ("1e3", "1000"), ("-5E-2", "-0.05"), ("0", "0"), (".5", "0.5")]
        {
            assert_eq!(plain_text(&parse_number(text).unwrap()), plain);
        }
        for text in ["", "x", "1.x", "1.-2", "1e", "--1"] {
            assert_eq!(parse_number(text), None, "{text}");
        }
    }

    #[test]
    fn times_are_days_and_milliseconds() {
        let local = Cell::Local(Local { days: 19_782, nanos: 86_399_123_456_000 });
        assert_eq!(written(&local, "TIMESTAMP").unwrap()[..3], [0xd9, 0x1b, 0x5c]);
        assert_eq!(written(&local, "NANOS").unwrap(), [0x1a, 0x07, 0x5b, 0xca, 0x00]);
        assert_eq!(written(&Cell::Time(-1_000_000), "TIME").unwrap(), [0xd9, 0x1b, 0x5c, 0x20]);
        assert_eq!(written(&Cell::Date(1), "DATE").unwrap(), [0xd9, 0x1b, 0x5c, 0x1a, 0x05, 0x26, 0x5c, 0x00]);
        assert!(written(&Cell::Infinity { negative: false }, "DATE").is_err());
        assert!(written(&Cell::Text("not a time".into()), "TIMESTAMP").is_err());
    }

    #[test]
    fn single_precision_keeps_its_digits() {
        assert_eq!(Cell::Float32(0.1).float64(), Some(0.1));
        assert_eq!(Cell::Float64(1.5e308).float32(), Some(f32::INFINITY));
        assert_eq!(Cell::Text("true".into()).boolean(), Some(true));
        assert_eq!(Cell::Int(5).boolean(), Some(true));
    }
}
