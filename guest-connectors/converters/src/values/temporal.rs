//! Dates, times and timestamps, in the ISO 8601 forms of `Values`, as `SimpleDateFormat` reads and writes them in UTC.

use caisson_sdk::data::logical;
use caisson_sdk::{Datum, Error, SchemaBuilder, Value};

const MILLIS_PER_DAY: i64 = 86_400_000;
/// 1582-10-15, the first day of the Gregorian calendar, in days since the epoch.
const GREGORIAN_START: i64 = -141_427;

const DATE_LENGTH: usize = "yyyy-MM-dd".len();
const TIME_LENGTH: usize = "HH:mm:ss.SSSZ".len();
const TIMESTAMP_LENGTH: usize = "yyyy-MM-ddTHH:mm:ss.SSSZ".len();

/// A date, time or timestamp, told apart by the length of the text; none when it is none. Fields out of range roll over.
pub fn parse(token: &str) -> Result<Option<Datum<'static>>, Error> {
    let text = token.replace("\\:", ":");
    let mut fields = Fields { rest: &text };
    let parsed = match text.encode_utf16().count() {
        TIME_LENGTH => fields.time().map(|millis| (logical::time(), millis)),
        TIMESTAMP_LENGTH => fields.timestamp().map(|millis| (logical::timestamp(), millis)),
        DATE_LENGTH => fields.date().map(|days| (logical::date(), days * MILLIS_PER_DAY)),
        _ => None,
    };
    parsed.map(|(builder, millis)| datum(builder, millis)).transpose()
}

fn datum(builder: SchemaBuilder, millis: i64) -> Result<Datum<'static>, Error> {
    Ok(Datum { schema: Some(builder.build()?), value: Value::Date(millis) })
}

/// Reads fields as a lenient `SimpleDateFormat`.
struct Fields<'t> {
    rest: &'t str,
}

impl Fields<'_> {
    /// A number, after blanks, with a minus before it if there is one.
    fn number(&mut self) -> Option<i64> {
        let text = self.rest.trim_start_matches([' ', '\t']);
        let unsigned = text.strip_prefix('-').unwrap_or(text);
        let digits = unsigned.find(|c: char| !c.is_ascii_digit()).unwrap_or(unsigned.len());
        let number: i64 = unsigned.get(..digits)?.parse().ok()?;
        self.rest = unsigned.get(digits..)?;
        Some(if unsigned.len() < text.len() { -number } else { number })
    }

    fn literal(&mut self, expected: char) -> Option<()> {
        self.rest = self.rest.strip_prefix(expected)?;
        Some(())
    }

    /// Days since the epoch.
    fn date(&mut self) -> Option<i64> {
        let year = self.number()?;
        self.literal('-')?;
        let month = self.number()?;
        self.literal('-')?;
        let day = self.number()?;
        Some(days(year, month, day))
    }

    /// Milliseconds of the day, or beyond it.
    fn time(&mut self) -> Option<i64> {
        let hours = self.number()?;
        self.literal(':')?;
        let minutes = self.number()?;
        self.literal(':')?;
        let seconds = self.number()?;
        self.literal('.')?;
        let millis = self.number()?;
        self.literal('Z')?;
        Some(((hours * 60 + minutes) * 60 + seconds) * 1000 + millis)
    }

    fn timestamp(&mut self) -> Option<i64> {
        let days = self.date()?;
        self.literal('T')?;
        Some(days * MILLIS_PER_DAY + self.time()?)
    }
}

/// Days since the epoch of a day in `GregorianCalendar`: Julian before October 15, 1582. Months and days may be out of range.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = year + (month - 1).div_euclid(12);
    let month = (month - 1).rem_euclid(12) + 1;
    // Counted from March, so that the leap day comes last.
    let shifted_year = if month > 2 { year } else { year - 1 };
    let shifted_month = (month + 9) % 12;
    let of_year = (153 * shifted_month + 2) / 5 + day - 1;
    let julian = shifted_year * 365 + shifted_year.div_euclid(4) + of_year - 719_470;
    let gregorian = julian + 2 - shifted_year.div_euclid(100) + shifted_year.div_euclid(400);
    if gregorian >= GREGORIAN_START { gregorian } else { julian }
}

/// A `java.util.Date` in the form that its value suggests: of the first day or before it, only the time; without a time
/// of day, only the date.
pub fn push(text: &mut String, millis: i64) {
    let of_day = millis.rem_euclid(MILLIS_PER_DAY);
    let (seconds, fraction) = (of_day / 1000, of_day % 1000);
    let time = format!("{:02}:{:02}:{:02}.{fraction:03}Z", seconds / 3600, seconds / 60 % 60, seconds % 60);
    if millis < MILLIS_PER_DAY {
        text.push_str(&time);
        return;
    }
    let (year, month, day) = civil(millis / MILLIS_PER_DAY);
    text.push_str(&format!("{year:04}-{month:02}-{day:02}"));
    if of_day != 0 {
        text.push('T');
        text.push_str(&time);
    }
}

/// Year, month and day of a day after the epoch (H. Hinnant's `civil_from_days`).
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted / 146_097;
    let of_era = shifted % 146_097;
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn millis(text: &str) -> Option<i64> {
        match parse(text).unwrap()?.value {
            Value::Date(millis) => Some(millis),
            _ => None,
        }
    }

    #[test]
    fn fields_out_of_range_roll_over() {
        assert_eq!(millis("2020-02-30"), Some(1_583_020_800_000));
        assert_eq!(millis("1969-12-31"), Some(-MILLIS_PER_DAY));
        assert_eq!(millis("25:61:61.000Z"), Some(93_721_000));
        assert_eq!(millis("2020-01-01T12\\:34\\:56.789Z"), Some(1_577_882_096_789));
        assert_eq!(millis("2020-1-1"), None);
        assert_eq!(millis("12:34:56.789z"), None);
    }

    #[test]
    fn the_calendar_is_julian_before_1582_10_15() {
        assert_eq!(days(1582, 10, 15), GREGORIAN_START);
        assert_eq!(days(1582, 10, 4), GREGORIAN_START - 1);
        assert_eq!(days(1970, 1, 1), 0);
        assert_eq!(days(1, 1, 1), -719_164);
    }

    #[test]
    fn the_form_follows_the_value() {
        let shown = |millis| {
            let mut text = String::new();
            push(&mut text, millis);
            text
        };
        assert_eq!(shown(0), "00:00:00.000Z");
        assert_eq!(shown(MILLIS_PER_DAY), "1970-01-02");
        assert_eq!(shown(1_483_425_001_864), "2017-01-03T06:30:01.864Z");
        assert_eq!(shown(253_402_300_799_999), "9999-12-31T23:59:59.999Z");
    }
}
