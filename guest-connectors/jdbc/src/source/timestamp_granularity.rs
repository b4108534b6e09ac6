//! What timestamps become, beyond Connect's own type of milliseconds.

use caisson_sdk::sql::column_type::ColumnType;
use caisson_sdk::{Error, Value};

use crate::instant::Instant;
use crate::time_zone::TimeZone;

/// The value of `timestamp.granularity`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimestampGranularity {
    /// Connect's Timestamp.
    ConnectLogical,
    /// Microseconds since the epoch.
    MicrosLong,
    /// The same as text.
    MicrosString,
    /// Text in ISO 8601, in the database's time zone.
    MicrosIso,
    /// Nanoseconds since the epoch.
    NanosLong,
    /// The same as text.
    NanosString,
    /// Text in ISO 8601, in the database's time zone.
    NanosIso,
}

impl TimestampGranularity {
    /// The names that `timestamp.granularity` may have.
    pub const NAMES: [&'static str; 7] = [
        "connect_logical",
        "micros_long",
        "micros_string",
        "micros_iso_datetime_string",
        "nanos_long",
        "nanos_string",
        "nanos_iso_datetime_string",
    ];

    /// The granularity of a name, in small letters or capitals.
    pub fn named(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "connect_logical" => Some(Self::ConnectLogical),
            "micros_long" => Some(Self::MicrosLong),
            "micros_string" => Some(Self::MicrosString),
            "micros_iso_datetime_string" => Some(Self::MicrosIso),
            "nanos_long" => Some(Self::NanosLong),
            "nanos_string" => Some(Self::NanosString),
            "nanos_iso_datetime_string" => Some(Self::NanosIso),
            _ => None,
        }
    }

    /// The type of a field that holds a timestamp.
    pub fn field_type(self) -> ColumnType {
        match self {
            Self::ConnectLogical => ColumnType::Timestamp,
            Self::MicrosLong | Self::NanosLong => ColumnType::Int64,
            Self::MicrosString | Self::MicrosIso | Self::NanosString | Self::NanosIso => ColumnType::String,
        }
    }

    /// A time as the field has it. `DataException` for one that 64 bits of nanoseconds cannot tell.
    pub fn value(self, time: Instant, zone: &TimeZone) -> Result<Value<'static>, Error> {
        let below_second = |unit: i64| i64::from(time.nanos) / unit;
        let since_epoch = |per_second: i64, unit: i64| {
            let seconds = time.millis.div_euclid(1000).checked_mul(per_second);
            let since = seconds.and_then(|seconds| seconds.checked_add(below_second(unit)));
            since.ok_or_else(|| {
                Error::data(format!("{} ms since the epoch are beyond what INT64 can say in that granularity", time.millis))
            })
        };
        Ok(match self {
            Self::ConnectLogical => Value::Date(time.millis),
            Self::MicrosLong => Value::Int64(since_epoch(1_000_000, 1_000)?),
            Self::MicrosString => Value::from(since_epoch(1_000_000, 1_000)?.to_string()),
            Self::NanosLong => Value::Int64(since_epoch(1_000_000_000, 1)?),
            Self::NanosString => Value::from(since_epoch(1_000_000_000, 1)?.to_string()),
            Self::MicrosIso => Value::from(format!("{}.{:06}", zone.iso_seconds(time.millis)?, below_second(1_000))),
            Self::NanosIso => Value::from(format!("{}.{:09}", zone.iso_seconds(time.millis)?, time.nanos)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_a_form_in_each_granularity() {
        let time = Instant { millis: -1, nanos: 999_123_456 };
        let told: Vec<Value<'_>> = TimestampGranularity::NAMES
            .iter()
            .map(|name| {
                TimestampGranularity::named(name).unwrap().value(time, &TimeZone::named("Europe/Helsinki").unwrap()).unwrap()
            })
            .collect();
        let expected = [
            Value::Date(-1),
            Value::Int64(-877),
            Value::from("-877"),
            Value::from("1970-01-01T01:59:59.999123"),
            Value::Int64(-876_544),
            Value::from("-876544"),
            Value::from("1970-01-01T01:59:59.999123456"),
        ];
        assert_eq!(told, expected);
        let far = Instant::of_millis(253_402_300_799_000);
        assert!(TimestampGranularity::NanosLong.value(far, &TimeZone::UTC).is_err());
        assert_eq!(TimestampGranularity::MicrosLong.value(far, &TimeZone::UTC).unwrap(), Value::Int64(253_402_300_799_000_000));
    }
}
