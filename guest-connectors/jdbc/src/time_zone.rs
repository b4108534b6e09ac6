//! The zone of a database's dates and times that have none of their own.

use caisson_sdk::Error;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZoneDatabase;

/// A zone of the time zone database that the connector carries along.
#[derive(Debug, Clone)]
pub struct TimeZone(jiff::tz::TimeZone);

impl TimeZone {
    /// UTC.
    pub const UTC: Self = Self(jiff::tz::TimeZone::UTC);

    /// The zone of an IANA name; none: there is no such zone.
    pub fn named(name: &str) -> Option<Self> {
        TimeZoneDatabase::bundled().get(name).ok().map(Self)
    }

    /// The day of an instant, in milliseconds since the epoch: `2024-02-29`. `ConnectException` beyond the year 9999.
    pub fn date(&self, millis: i64) -> Result<String, Error> {
        Ok(self.civil(millis)?.strftime("%Y-%m-%d").to_string())
    }

    /// The time of day of an instant: `12:34:56.789`.
    pub fn time(&self, millis: i64) -> Result<String, Error> {
        Ok(self.civil(millis)?.strftime("%H:%M:%S.%3f").to_string())
    }

    /// Both: `2024-02-29 12:34:56.789`.
    pub fn timestamp(&self, millis: i64) -> Result<String, Error> {
        Ok(self.civil(millis)?.strftime("%Y-%m-%d %H:%M:%S.%3f").to_string())
    }

    /// Both in ISO 8601, without what is below a second: `2024-02-29T12:34:56`.
    pub fn iso_seconds(&self, millis: i64) -> Result<String, Error> {
        Ok(self.civil(millis)?.strftime("%Y-%m-%dT%H:%M:%S").to_string())
    }

    fn civil(&self, millis: i64) -> Result<DateTime, Error> {
        let instant = Timestamp::from_millisecond(millis);
        let instant = instant.map_err(|_| Error::connect(format!("{millis} ms since the epoch is no time that SQL can say")))?;
        Ok(self.0.to_datetime(instant))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_told_in_its_zone() {
        let zone = TimeZone::named("America/New_York").unwrap();
        assert_eq!(zone.timestamp(1_709_251_199_123).unwrap(), "2024-02-29 18:59:59.123");
        assert_eq!(zone.date(0).unwrap(), "1969-12-31");
        assert_eq!(TimeZone::UTC.time(45_296_789).unwrap(), "12:34:56.789");
        assert!(TimeZone::UTC.date(i64::MAX).is_err());
        assert!(TimeZone::named("Mars/Olympus").is_none());
    }
}
