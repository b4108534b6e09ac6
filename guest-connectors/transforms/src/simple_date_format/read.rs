//! An instant from text, as `SimpleDateFormat.parse` reads it.

use super::fields::{Field, Fields, from_monday};
use super::names::{AM_PM, DAYS, ERAS, LONG_ERAS, MONTHS, find, find_long_or_short};
use super::number;
use super::pattern::{Letter, Part};
use super::{calendar, zones};

const MILLIS_PER_MINUTE: i32 = 60_000;

/// The instant in milliseconds since the epoch; none where the text does not match.
pub fn parse(text: &str, parts: &[Part], century_start: i64) -> Option<i64> {
    let mut reader = Reader { text, at: 0, fields: Fields::new(), century_start, is_first_year: false };
    for (index, part) in parts.iter().enumerate() {
        match part {
            Part::Text(expected) => {
                reader.text.get(reader.at..)?.starts_with(expected.as_str()).then_some(())?;
                reader.at += expected.len();
            }
            Part::Field(letter, count) => {
                let width = parts.get(index + 1).is_some_and(is_numeric).then_some(*count);
                reader.field(*letter, *count, width)?;
            }
        }
    }
    let mut instant = reader.fields.instant();
    if reader.is_first_year && instant < century_start {
        reader.fields.add_years(100);
        instant = reader.fields.instant();
    }
    Some(instant)
}

/// Whether digits may belong to that part, so that a field before it takes no more of them than it has letters.
fn is_numeric(part: &Part) -> bool {
    match part {
        Part::Text(_) => false,
        Part::Field(Letter::Month, count) => *count <= 2,
        Part::Field(letter, _) => !matches!(
            letter,
            Letter::Era | Letter::DayName | Letter::AmPm | Letter::ZoneName | Letter::ZoneOffset | Letter::IsoZone
        ),
    }
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    fields: Fields,
    century_start: i64,
    /// A year of two digits is the one in which the century starts, so that day and month decide which end of it is meant.
    is_first_year: bool,
}

impl Reader<'_> {
    fn field(&mut self, letter: Letter, count: usize, width: Option<usize>) -> Option<()> {
        let start = self.text.get(self.at..)?;
        let trimmed = start.trim_start_matches([' ', '\t']);
        if trimmed.is_empty() {
            return None;
        }
        let actual = self.text.len() - trimmed.len();
        // Names have to stand where the field starts; only numbers and zones may have blanks before them.
        match letter {
            Letter::Era => {
                let (era, length) = find(start, &LONG_ERAS).or_else(|| find(start, &ERAS))?;
                self.found(Field::Era, era, length)
            }
            Letter::Month if count >= 3 => {
                let (month, length) = find_long_or_short(start, &MONTHS)?;
                self.found(Field::Month, month, length)
            }
            Letter::DayName => {
                let (day, length) = find_long_or_short(start, &DAYS)?;
                self.found(Field::DayOfWeek, day + 1, length)
            }
            Letter::AmPm => {
                let (half, length) = find(start, &AM_PM)?;
                self.found(Field::AmPm, half, length)
            }
            Letter::ZoneName | Letter::ZoneOffset => self.zone(start, actual),
            Letter::IsoZone => self.iso_zone(actual, count),
            _ => self.number(letter, count, width, actual),
        }
    }

    fn found(&mut self, field: Field, value: i32, length: usize) -> Option<()> {
        self.fields.set(field, value);
        self.at += length;
        Some(())
    }

    fn number(&mut self, letter: Letter, count: usize, width: Option<usize>, actual: usize) -> Option<()> {
        let end = match width {
            Some(width) => self.at + char_bytes(self.text.get(self.at..)?, width)?,
            None => self.text.len(),
        };
        let (value, length) = number::read(self.text.get(actual..end)?)?;
        let (field, value) = match letter {
            Letter::Year => (Field::Year, self.year(value, count, actual, length)),
            Letter::WeekYear => (Field::WeekYear, self.year(value, count, actual, length)),
            Letter::Month => (Field::Month, value.wrapping_sub(1)),
            Letter::WeekOfYear => (Field::WeekOfYear, value),
            Letter::WeekOfMonth => (Field::WeekOfMonth, value),
            Letter::DayOfYear => (Field::DayOfYear, value),
            Letter::DayOfWeekInMonth => (Field::DayOfWeekInMonth, value),
            Letter::DayNumber => (Field::DayOfWeek, from_monday(value.into()) as i32),
            Letter::HourOfDay1 => (Field::HourOfDay, if value == 24 { 0 } else { value }),
            Letter::HourOfDay0 => (Field::HourOfDay, value),
            Letter::Hour1 => (Field::Hour, if value == 12 { 0 } else { value }),
            Letter::Hour0 => (Field::Hour, value),
            Letter::Minute => (Field::Minute, value),
            Letter::Second => (Field::Second, value),
            Letter::Millisecond => (Field::Millisecond, value),
            _ => (Field::DayOfMonth, value),
        };
        self.fields.set(field, value);
        self.at = actual + length;
        Some(())
    }

    /// A year of exactly two digits is one of the hundred years from the start of the century on.
    fn year(&mut self, value: i32, count: usize, actual: usize, length: usize) -> i32 {
        let digits = self.text.get(actual..actual + length).unwrap_or_default();
        let is_short = count <= 2 && digits.chars().count() == 2 && digits.chars().all(char::is_numeric);
        if !is_short {
            return value;
        }
        let first = calendar::Day::of(self.century_start.div_euclid(calendar::MILLIS_PER_DAY)).year as i32;
        self.is_first_year = value == first % 100;
        value + first / 100 * 100 + if value < first % 100 { 100 } else { 0 }
    }

    /// `+0100`, `GMT+1:00`, `GMT` or an abbreviation.
    fn zone(&mut self, start: &str, actual: usize) -> Option<()> {
        let text = self.text.get(actual..)?;
        if text.starts_with(['+', '-']) {
            return self.offset(actual, 0, false);
        }
        if text.starts_with(['G', 'g']) && start.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("GMT")) {
            let after = self.at + 3;
            if self.text.get(after..)?.starts_with(['+', '-']) {
                return self.offset(after, 0, true);
            }
            return self.utc(after);
        }
        let long = "Coordinated Universal Time";
        if text.get(..long.len()).is_some_and(|start| start.eq_ignore_ascii_case(long)) {
            return self.utc(actual + long.len());
        }
        let (length, minutes) = zones::abbreviation(text)?;
        self.utc(actual + length)?;
        self.fields.set(Field::ZoneOffset, minutes * MILLIS_PER_MINUTE);
        Some(())
    }

    /// `Z`, or an offset of as many digits as there are letters.
    fn iso_zone(&mut self, actual: usize, count: usize) -> Option<()> {
        let text = self.text.get(actual..)?;
        if text.starts_with('Z') {
            return self.utc(actual + 1);
        }
        if text.starts_with(['+', '-']) { self.offset(actual, count, count == 3) } else { None }
    }

    fn utc(&mut self, end: usize) -> Option<()> {
        self.fields.set(Field::ZoneOffset, 0);
        self.fields.set(Field::DstOffset, 0);
        self.at = end;
        Some(())
    }

    /// A sign, hours and, unless `count` is 1, minutes. An hour of one digit is right only before a colon and without `count`.
    fn offset(&mut self, at: usize, count: usize, colon: bool) -> Option<()> {
        let bytes = self.text.as_bytes();
        let digit = |at: usize| bytes.get(at).filter(|byte| byte.is_ascii_digit()).map(|byte| i32::from(byte - b'0'));
        let sign = if bytes.get(at) == Some(&b'-') { -1 } else { 1 };
        let mut end = at + 2;
        let mut hours = digit(at + 1)?;
        match digit(end) {
            Some(second) => {
                hours = hours * 10 + second;
                end += 1;
            }
            None if count > 0 || !colon => return None,
            // Java looks at the next character, and so fails at the end of the text.
            None => {
                bytes.get(end)?;
            }
        }
        let mut minutes = 0;
        if count != 1 {
            if colon {
                (bytes.get(end) == Some(&b':')).then_some(())?;
                end += 1;
            }
            minutes = digit(end)? * 10 + digit(end + 1)?;
            end += 2;
        }
        if hours > 23 || minutes > 59 {
            return None;
        }
        self.utc(end)?;
        self.fields.set(Field::ZoneOffset, (hours * 60 + minutes) * MILLIS_PER_MINUTE * sign);
        Some(())
    }
}

/// How many bytes so many characters take; none if there are fewer.
fn char_bytes(text: &str, count: usize) -> Option<usize> {
    let mut ends = text.char_indices().map(|(start, c)| start + c.len_utf8());
    if count == 0 { Some(0) } else { ends.nth(count - 1) }
}
