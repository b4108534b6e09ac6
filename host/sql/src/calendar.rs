//! Days, times and time zones between databases and Connect.
//!
//! A database counts days by the Gregorian calendar, also those before it was introduced. java.sql counts days before 15 October 1582 by the
//! Julian calendar: a day that both call 1 January 1000 is another one, five days later. Kafka Connect's records hold java.sql's.

use jiff::civil::{Date, DateTime, Time};
use jiff::fmt::strtime;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Timestamp};

use crate::error::SqlError;

/// Seconds of a day.
pub const DAY: i64 = 86_400;
/// Nanoseconds of a second.
pub const NANOS: i64 = 1_000_000_000;
/// The first day.
const EPOCH: Date = Date::constant(1970, 1, 1);
/// 15 October 1582, in days since the epoch.
const GREGORIAN: i64 = -141_427;
/// 1 January 1900, in days since the epoch. Java's zones know no offset before it but the one it had.
const JAVA_ZONES: i64 = -25_567;

/// A day without a zone, and the nanoseconds since its midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Local {
    /// Days since 1 January 1970, Gregorian.
    pub days: i64,
    /// Nanoseconds; below a day.
    pub nanos: i64,
}

/// A moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Seconds since the epoch.
    pub seconds: i64,
    /// Nanoseconds within the second.
    pub nanos: i64,
}

impl Moment {
    /// Of milliseconds since the epoch.
    pub fn of_millis(millis: i64) -> Self {
        Self { seconds: millis.div_euclid(1000), nanos: millis.rem_euclid(1000) * 1_000_000 }
    }

    /// Milliseconds since the epoch, rounded down; at the ends of what 64 bits hold, these.
    pub fn millis(self) -> i64 {
        self.seconds.saturating_mul(1000).saturating_add(self.nanos / 1_000_000)
    }
}

/// The zone of dates and times without one, and the calendar of days long ago.
#[derive(Debug, Clone, PartialEq)]
pub struct Calendar {
    zone: TimeZone,
    legacy: bool,
}

impl Calendar {
    /// A zone by its IANA name, or an offset such as `GMT+02:00`; `legacy`: days as java.sql counts them.
    ///
    /// # Errors
    /// A name that is none.
    pub fn new(zone: &str, legacy: bool) -> Result<Self, SqlError> {
        let offset = zone.strip_prefix("GMT").or_else(|| zone.strip_prefix("UTC")).filter(|rest| !rest.is_empty());
        let offset = strtime::parse("%:z", offset.unwrap_or(zone)).ok().and_then(|parsed| parsed.offset());
        let zone = match offset {
            Some(offset) => TimeZone::fixed(offset),
            None => TimeZoneDatabase::bundled().get(zone).map_err(|_| {
                SqlError::config("time.zone", zone, "there is no such time zone; give an IANA name such as Europe/Berlin")
            })?,
        };
        Ok(Self { zone, legacy })
    }

    /// A day, as Connect counts it.
    pub fn days(&self, days: i64) -> i64 {
        if self.legacy && days < GREGORIAN { days + julian_gap(days) } else { days }
    }

    /// A day of Connect, as a database counts it.
    pub fn local_days(&self, days: i64) -> i64 {
        if self.legacy && days < GREGORIAN { days - julian_gap(days - julian_gap(days)) } else { days }
    }

    /// When that day and time is in the zone. A time that the clocks passed over is told by the offset before it, one that they showed
    /// twice is the later, as java.sql has it.
    pub fn moment(&self, local: Local) -> Moment {
        let seconds = local.nanos.div_euclid(NANOS);
        let offset = self.offset_of_local(local.days, seconds);
        Moment { seconds: self.days(local.days) * DAY + seconds - offset, nanos: local.nanos.rem_euclid(NANOS) }
    }

    /// What the clocks show at a moment.
    pub fn local(&self, moment: Moment) -> Local {
        let shown = moment.seconds + self.offset_at(moment.seconds);
        Local { days: self.local_days(shown.div_euclid(DAY)), nanos: shown.rem_euclid(DAY) * NANOS + moment.nanos }
    }

    /// The time of a day on the first day, as Connect counts it: nanoseconds. What the zone alone moves to another day is moved back.
    pub fn time_of_day(&self, nanos: i64) -> i64 {
        let day = DAY * NANOS;
        let moved = nanos - self.offset_of_local(0, nanos.div_euclid(NANOS)) * NANOS;
        if (0..=day).contains(&nanos) && !(0..=day).contains(&moved) { moved.rem_euclid(day) } else { moved }
    }

    fn offset_of_local(&self, days: i64, seconds: i64) -> i64 {
        if self.zone == TimeZone::UTC {
            return 0;
        }
        if days < JAVA_ZONES {
            return self.offset_at(JAVA_ZONES * DAY);
        }
        let shown = days * DAY + seconds;
        match civil(days, seconds).and_then(|civil| self.zone.to_ambiguous_timestamp(civil).later().ok()) {
            Some(moment) => shown - moment.as_second(),
            None => self.offset_at(shown),
        }
    }

    fn offset_at(&self, seconds: i64) -> i64 {
        let seconds = seconds.clamp(JAVA_ZONES * DAY, Timestamp::MAX.as_second());
        Timestamp::from_second(seconds).map_or(0, |moment| self.zone.to_offset(moment).seconds().into())
    }
}

/// How many days the Julian calendar was behind on a day that both name alike: one for each leap day that the Gregorian leaves out.
fn julian_gap(days: i64) -> i64 {
    let Some(date) = date(days) else { return 0 };
    let year = i64::from(date.year()) - i64::from(date.month() <= 2);
    let century = year.div_euclid(100);
    century - century.div_euclid(4) - 2
}

// A civil day and not a moment: jiff's moments end a day before the year 9999 does, which SQL's days do not.
fn date(days: i64) -> Option<Date> {
    EPOCH.checked_add(SignedDuration::from_secs(days.checked_mul(DAY)?)).ok()
}

fn civil(days: i64, seconds: i64) -> Option<DateTime> {
    let nanos = SignedDuration::from_secs(seconds);
    DateTime::from_parts(date(days)?, Time::midnight()).checked_add(nanos).ok()
}

/// The days since the epoch of a date; none where there is no such day, as MySQL's 0000-00-00.
pub fn days_of(year: i64, month: u8, day: u8) -> Option<i64> {
    let date = Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
    Some(date.duration_since(EPOCH).as_secs().div_euclid(DAY))
}

/// A day as SQL writes it, `2024-02-29`; none beyond the years that SQL can say. Years before 1 get `BC` behind, as PostgreSQL has it.
pub fn date_text(days: i64) -> Option<String> {
    let date = date(days)?;
    let (year, era) = match date.year() {
        year if year > 0 => (year, ""),
        year => (1 - year, " BC"),
    };
    Some(format!("{year:04}-{:02}-{:02}{era}", date.month(), date.day()))
}

/// A time of day as SQL writes it, with that many digits of the second's fraction.
pub fn time_text(nanos: i64, digits: usize) -> String {
    let seconds = nanos.div_euclid(NANOS);
    let time = format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    match digits {
        0 => time,
        digits => {
            let fraction = format!("{:09}", nanos.rem_euclid(NANOS));
            format!("{time}.{}", fraction.get(..digits.min(9)).unwrap_or_default())
        }
    }
}

/// What a text says: a moment, if it has an offset, or else a day and time.
pub enum Written {
    /// With an offset.
    Moment(Moment),
    /// Without.
    Local(Local),
}

/// Reads `2024-02-29`, `2024-02-29 12:34:56.789` and the same in ISO 8601; none for anything else.
pub fn read(text: &str) -> Option<Written> {
    let text = text.trim();
    if let Ok(moment) = text.parse::<Timestamp>() {
        let (seconds, nanos) = (moment.as_second(), i64::from(moment.subsec_nanosecond()));
        let down = i64::from(nanos < 0);
        return Some(Written::Moment(Moment { seconds: seconds - down, nanos: nanos + down * NANOS }));
    }
    let civil = text.parse::<DateTime>().ok()?;
    let days = days_of(civil.year().into(), civil.month().try_into().ok()?, civil.day().try_into().ok()?)?;
    let time = civil.time();
    let seconds = i64::from(time.hour()) * 3600 + i64::from(time.minute()) * 60 + i64::from(time.second());
    Some(Written::Local(Local { days, nanos: seconds * NANOS + i64::from(time.subsec_nanosecond()) }))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;

    fn millis(zone: &str, text: &str) -> i64 {
        match read(text).unwrap() {
            Written::Moment(moment) => moment.millis(),
            Written::Local(local) => Calendar::new(zone, true).unwrap().moment(local).millis(),
        }
    }

    /// The numbers are those of the JVM's JDBC source.
    #[test]
    fn moments_are_those_of_java_sql() {
        for (zone, text, expected) in [
            ("UTC", "2024-02-29 23:59:59.123456", 1_709_251_199_123),
            ("UTC", "1969-12-31 23:59:59.999999", -1),
            ("UTC", "0001-01-01 00:00:00", -62_135_769_600_000),
            ("Europe/Helsinki", "2024-02-29 23:59:59.123", 1_709_243_999_123),
            ("Europe/Helsinki", "1969-12-31 23:59:59.999999", -7_200_001),
            ("America/New_York", "1000-01-01 00:00:00", -30_609_774_000_000),
            ("America/New_York", "9999-12-31 23:59:59", 253_402_318_799_000),
            ("America/New_York", "2024-03-31 02:30:00", 1_711_866_600_000),
            ("Europe/Helsinki", "2024-02-29T23:59:59.123Z", 1_709_251_199_123),
        ] {
            assert_eq!(millis(zone, text), expected, "{text} in {zone}");
        }
    }

    #[test]
    fn a_time_passed_over_and_one_shown_twice_are_the_later() {
        assert_eq!(millis("Europe/Berlin", "2024-03-31 02:30:00"), millis("UTC", "2024-03-31 01:30:00"));
        assert_eq!(millis("Europe/Berlin", "2024-10-27 02:30:00"), millis("UTC", "2024-10-27 01:30:00"));
    }

    #[test]
    fn days_before_the_gregorian_calendar_are_julian() {
        let (legacy, proleptic) = (Calendar::new("UTC", true).unwrap(), Calendar::new("UTC", false).unwrap());
        for (days, expected) in
            [(days_of(1582, 10, 4), -141_428), (days_of(-43, 3, 15), -735_162), (days_of(1582, 10, 15), GREGORIAN)]
        {
            assert_eq!(legacy.days(days.unwrap()), expected);
            assert_eq!(proleptic.days(days.unwrap()), days.unwrap());
        }
        for year in [1, 100, 101, 400, 999, 1000, 1300, 1582] {
            for (month, day) in [(1, 1), (2, 28), (3, 1), (10, 4)] {
                let days = days_of(year, month, day).unwrap();
                assert_eq!(legacy.local_days(legacy.days(days)), days, "{year}-{month}-{day}");
            }
        }
    }

    #[test]
    fn what_is_read_is_bound_again() {
        for zone in ["UTC", "Europe/Helsinki", "America/New_York", "GMT+02:00"] {
            let calendar = Calendar::new(zone, true).unwrap();
            for text in ["2024-02-29 23:59:59.123456", "0001-01-01 00:00:00", "1850-06-01 12:00:00", "9999-12-31 23:59:59"] {
                let Some(Written::Local(local)) = read(text) else { panic!("{text}") };
                assert_eq!(calendar.local(calendar.moment(local)), local, "{text} in {zone}");
            }
        }
    }

    #[test]
    fn a_time_of_day_stays_in_its_day() {
        let of = |zone: &str, nanos| Calendar::new(zone, true).unwrap().time_of_day(nanos) / 1_000_000;
        let hour = 3600 * NANOS;
        assert_eq!(of("UTC", 24 * hour), 86_400_000);
        assert_eq!(of("Europe/Helsinki", 24 * hour), 79_200_000);
        assert_eq!(of("Europe/Helsinki", hour), 82_800_000);
        assert_eq!(of("America/New_York", -hour), 14_400_000);
        assert_eq!(of("UTC", -hour), -3_600_000);
    }

    #[test]
    fn texts_are_those_of_sql() {
        assert_eq!(date_text(-719_164).unwrap(), "0001-12-30 BC");
        assert_eq!(date_text(19_782).unwrap(), "2024-02-29");
        assert_eq!(date_text(i64::MAX), None);
        assert_eq!(time_text(45_296_789_012_000, 6), "12:34:56.789012");
        assert_eq!(time_text(0, 0), "00:00:00");
        assert!(read("not a time").is_none());
        assert!(Calendar::new("Mars/Olympus", true).is_err());
    }
}
