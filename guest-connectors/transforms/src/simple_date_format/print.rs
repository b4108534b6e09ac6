//! An instant as text.

use std::fmt::Write;

use super::calendar::{Day, MILLIS_PER_DAY};
use super::names::{AM_PM, DAYS, ERAS, MONTHS, short_or_long};
use super::pattern::{Letter, Part};

/// Appends the text of an instant, in milliseconds since the epoch.
pub fn push(text: &mut String, parts: &[Part], millis: i64) {
    let day = Day::of(millis.div_euclid(MILLIS_PER_DAY));
    let of_day = millis.rem_euclid(MILLIS_PER_DAY);
    for part in parts {
        match part {
            Part::Text(held) => text.push_str(held),
            Part::Field(letter, count) => push_field(text, *letter, *count, day, of_day),
        }
    }
}

fn push_field(text: &mut String, letter: Letter, count: usize, day: Day, of_day: i64) {
    let name = |names: &[&'static str], index: i64, long: bool| {
        let name = usize::try_from(index).ok().and_then(|index| names.get(index));
        name.map_or("", |name| short_or_long(name, long))
    };
    let hour = of_day / 3_600_000;
    let number = match letter {
        Letter::Era => return text.push_str(name(&ERAS, (day.year > 0).into(), true)),
        Letter::DayName => return text.push_str(name(&DAYS, day.day_of_week() - 1, count >= 4)),
        Letter::AmPm => return text.push_str(name(&AM_PM, hour / 12, true)),
        Letter::Month if count >= 3 => return text.push_str(name(&MONTHS, day.month, count >= 4)),
        Letter::ZoneName => return text.push_str(if count >= 4 { "Coordinated Universal Time" } else { "UTC" }),
        Letter::ZoneOffset => return text.push_str("+0000"),
        Letter::IsoZone => return text.push('Z'),
        Letter::Year => {
            let of_era = if day.year > 0 { day.year } else { 1 - day.year };
            if count == 2 { of_era % 100 } else { of_era }
        }
        Letter::WeekYear if count == 2 => day.week_year() % 100,
        Letter::WeekYear => day.week_year(),
        Letter::Month => day.month + 1,
        Letter::WeekOfYear => day.week_of_year(),
        Letter::WeekOfMonth => day.week_of_month(),
        Letter::DayOfMonth => day.day_of_month,
        Letter::DayOfYear => day.day_of_year(),
        Letter::DayOfWeekInMonth => day.day_of_week_in_month(),
        Letter::DayNumber => (day.day_of_week() + 5) % 7 + 1,
        Letter::HourOfDay1 => (hour + 23) % 24 + 1,
        Letter::HourOfDay0 => hour,
        Letter::Hour1 => (hour + 11) % 12 + 1,
        Letter::Hour0 => hour % 12,
        Letter::Minute => of_day / 60_000 % 60,
        Letter::Second => of_day / 1000 % 60,
        Letter::Millisecond => of_day % 1000,
    };
    let sign = if number < 0 { "-" } else { "" };
    // Writing to a String cannot fail.
    let _ = write!(text, "{sign}{:0count$}", number.unsigned_abs());
}
