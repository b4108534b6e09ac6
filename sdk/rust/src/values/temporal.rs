//! Dates, times and timestamps, in the ISO 8601 forms of `Values`, as `SimpleDateFormat` reads and writes them in UTC.

use crate::data::java_calendar::{civil, days};
use crate::data::logical::{self, MILLIS_PER_DAY};
use crate::data::record::Datum;
use crate::data::schema_builder::SchemaBuilder;
use crate::data::value::Value;
use crate::error::Error;

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
