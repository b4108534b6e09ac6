//! Parameters, as PostgreSQL reads them: as texts, in the form of the type that the server has inferred for the place.

use std::error::Error;
use std::fmt::Write;

use bytes::BytesMut;
use tokio_postgres::types::{Format, IsNull, ToSql, Type, to_sql_checked};

use crate::calendar::{self, Calendar, Local, Moment};
use crate::cell::plain_text;
use crate::parameters::Parameter;

/// A parameter, with the calendar for days and times.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bound<'p> {
    parameter: &'p Parameter,
    calendar: &'p Calendar,
}

impl<'p> Bound<'p> {
    pub(super) fn new(parameter: &'p Parameter, calendar: &'p Calendar) -> Self {
        Self { parameter, calendar }
    }
}

impl ToSql for Bound<'_> {
    fn to_sql(&self, type_: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self.parameter {
            Parameter::Null => return Ok(IsNull::Yes),
            Parameter::Bytes(bytes) if *type_ == Type::BYTEA => out.extend_from_slice(bytes),
            Parameter::Text(text) => out.extend_from_slice(text.as_bytes()),
            Parameter::Int(number) => write!(out, "{number}")?,
            other => out.extend_from_slice(text(other, self.calendar, type_)?.as_bytes()),
        }
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn encode_format(&self, type_: &Type) -> Format {
        match self.parameter {
            Parameter::Bytes(_) if *type_ == Type::BYTEA => Format::Binary,
            _ => Format::Text,
        }
    }

    to_sql_checked!();
}

fn text(parameter: &Parameter, calendar: &Calendar, type_: &Type) -> Result<String, Box<dyn Error + Sync + Send>> {
    let beyond = || "the day is beyond those that PostgreSQL can say";
    Ok(match parameter {
        Parameter::Null => String::new(),
        Parameter::Int(number) => number.to_string(),
        Parameter::Float32(number) => float(f64::from(*number), number.to_string()),
        Parameter::Float64(number) => float(*number, number.to_string()),
        Parameter::Boolean(is_true) if is_number(type_) => u8::from(*is_true).to_string(),
        Parameter::Boolean(is_true) => is_true.to_string(),
        Parameter::Text(text) => text.clone(),
        Parameter::Bytes(bytes) => bytes.iter().fold("\\x".to_owned(), |text, byte| text + &format!("{byte:02x}")),
        Parameter::Decimal(number) => plain_text(number),
        Parameter::Date(days) => calendar::date_text(calendar.local_days(*days)).ok_or_else(beyond)?,
        Parameter::Time(millis) => calendar::time_text(calendar.local(Moment::of_millis(*millis)).nanos, 3),
        Parameter::Moment(moment) => {
            let local = calendar.local(*moment);
            written(local, *moment, calendar).ok_or_else(beyond)?
        }
        Parameter::Array(items) => array(items, calendar, type_)?,
    })
}

/// With the zone's offset behind: a column with a zone needs it, and one without drops it.
fn written(local: Local, moment: Moment, calendar: &Calendar) -> Option<String> {
    let date = calendar::date_text(local.days)?;
    let (date, era) = match date.strip_suffix(" BC") {
        Some(date) => (date, " BC"),
        None => (date.as_str(), ""),
    };
    let shown = calendar.days(local.days) * calendar::DAY + local.nanos.div_euclid(calendar::NANOS);
    let offset = shown - moment.seconds;
    let sign = if offset < 0 { '-' } else { '+' };
    let offset = calendar::time_text(offset.abs() * calendar::NANOS, 0);
    Some(format!("{date} {}{sign}{offset}{era}", calendar::time_text(local.nanos, 9)))
}

fn float(number: f64, text: String) -> String {
    match number {
        number if number.is_nan() => "NaN".to_owned(),
        f64::INFINITY => "Infinity".to_owned(),
        f64::NEG_INFINITY => "-Infinity".to_owned(),
        _ => text,
    }
}

fn is_number(type_: &Type) -> bool {
    matches!(*type_, Type::INT2 | Type::INT4 | Type::INT8 | Type::NUMERIC | Type::FLOAT4 | Type::FLOAT8 | Type::BIT)
}

/// `{1,"a b",NULL}`.
fn array(items: &[Parameter], calendar: &Calendar, type_: &Type) -> Result<String, Box<dyn Error + Sync + Send>> {
    let mut parts = Vec::with_capacity(items.len());
    for item in items {
        parts.push(match item {
            Parameter::Null => "NULL".to_owned(),
            Parameter::Array(_) => text(item, calendar, type_)?,
            other => format!("\"{}\"", text(other, calendar, type_)?.replace('\\', "\\\\").replace('"', "\\\"")),
        });
    }
    Ok(format!("{{{}}}", parts.join(",")))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::cell::parse_number;

    fn bound(parameter: Parameter, zone: &str, type_: Type) -> String {
        text(&parameter, &Calendar::new(zone, true).unwrap(), &type_).unwrap()
    }

    #[test]
    fn values_are_texts_of_the_type_of_their_place() {
        assert_eq!(bound(Parameter::Boolean(true), "UTC", Type::BOOL), "true");
        assert_eq!(bound(Parameter::Boolean(true), "UTC", Type::INT2), "1");
        assert_eq!(bound(Parameter::Float64(f64::NEG_INFINITY), "UTC", Type::FLOAT8), "-Infinity");
        assert_eq!(bound(Parameter::Decimal(parse_number("-1e-3").unwrap()), "UTC", Type::NUMERIC), "-0.001");
        assert_eq!(bound(Parameter::Bytes(vec![0, 255]), "UTC", Type::TEXT), "\\x00ff");
        let items = vec![Parameter::Int(1), Parameter::Null, Parameter::Text("a \"b\\".to_owned())];
        assert_eq!(bound(Parameter::Array(items), "UTC", Type::TEXT_ARRAY), r#"{"1",NULL,"a \"b\\"}"#);
    }

    #[test]
    fn moments_have_the_offset_of_their_zone() {
        let moment = Parameter::Moment(Moment { seconds: 1_709_243_999, nanos: 123_456_789 });
        assert_eq!(bound(moment.clone(), "UTC", Type::TIMESTAMP), "2024-02-29 21:59:59.123456789+00:00:00");
        assert_eq!(bound(moment, "Europe/Helsinki", Type::TIMESTAMP), "2024-02-29 23:59:59.123456789+02:00:00");
        assert_eq!(bound(Parameter::Date(-735_162), "UTC", Type::DATE), "0044-03-15 BC");
        assert_eq!(bound(Parameter::Time(38_096_789), "Europe/Helsinki", Type::TIME), "12:34:56.789");
    }
}
