//! The fields that a text has set, and the instant that they mean to a lenient `GregorianCalendar`.

use super::calendar::{Day, MILLIS_PER_DAY, System, choose, day_of_week_on_or_before, first_of_month, is_leap};

/// A field of Java's `Calendar`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    Era,
    Year,
    Month,
    WeekOfYear,
    WeekOfMonth,
    DayOfMonth,
    DayOfYear,
    DayOfWeek,
    DayOfWeekInMonth,
    AmPm,
    Hour,
    HourOfDay,
    Minute,
    Second,
    Millisecond,
    ZoneOffset,
    DstOffset,
    /// With `WeekOfYear` and `DayOfWeek` it makes a date of its own.
    WeekYear,
}

const COUNT: usize = Field::WeekYear as usize + 1;

/// What was set, and in which order: of fields that contradict each other the latest count.
#[derive(Debug, Clone)]
pub struct Fields {
    values: [i32; COUNT],
    /// 0: not set.
    stamps: [u32; COUNT],
    next: u32,
}

impl Fields {
    /// Nothing set.
    pub fn new() -> Self {
        Self { values: [0; COUNT], stamps: [0; COUNT], next: 1 }
    }

    /// Sets a field.
    pub fn set(&mut self, field: Field, value: i32) {
        if let (Some(slot), Some(stamp)) = (self.values.get_mut(field as usize), self.stamps.get_mut(field as usize)) {
            *slot = value;
            *stamp = self.next;
            self.next += 1;
        }
    }

    /// Moves the years that are set.
    pub fn add_years(&mut self, years: i32) {
        for field in [Field::Year, Field::WeekYear] {
            if let Some(value) = self.values.get_mut(field as usize) {
                *value = value.wrapping_add(years);
            }
        }
    }

    fn value(&self, field: Field) -> i64 {
        self.values.get(field as usize).copied().unwrap_or_default().into()
    }

    fn stamp(&self, field: Field) -> u32 {
        self.stamps.get(field as usize).copied().unwrap_or_default()
    }

    fn is_set(&self, field: Field) -> bool {
        self.stamp(field) > 0
    }

    /// The instant, in milliseconds since the epoch. Numbers without bounds wrap around, as in Java.
    pub fn instant(&self) -> i64 {
        if self.is_set(Field::WeekYear) && self.stamp(Field::WeekYear) > self.stamp(Field::Year) {
            return self.of_week_date().millis();
        }
        self.millis()
    }

    /// The same with year, month and day in the place of the week's year, its number and the day.
    fn of_week_date(&self) -> Self {
        let mut week = if self.is_set(Field::WeekOfYear) { self.value(Field::WeekOfYear) } else { 1 };
        let mut day_of_week = if self.is_set(Field::DayOfWeek) { self.value(Field::DayOfWeek) } else { 1 };
        if day_of_week >= 8 {
            day_of_week -= 1;
            week += day_of_week / 7;
            day_of_week = from_monday(day_of_week % 7 + 1);
        } else if day_of_week <= 0 {
            let weeks = (-day_of_week) / 7 + 1;
            day_of_week = from_monday(day_of_week + 7 * weeks);
            week -= weeks;
        }
        let mut start = Self::new();
        start.set(Field::Year, self.value(Field::WeekYear) as i32);
        start.set(Field::WeekOfYear, 1);
        start.set(Field::DayOfWeek, 1);
        let first = start.millis().div_euclid(MILLIS_PER_DAY);
        let day = Day::of(first + day_of_week - 1 + 7 * (week - 1));
        let mut fields = self.clone();
        fields.set(Field::Era, (day.year > 0).into());
        fields.set(Field::Year, if day.year > 0 { day.year } else { 1 - day.year } as i32);
        fields.set(Field::Month, day.month as i32);
        fields.set(Field::DayOfMonth, day.day_of_month as i32);
        fields
    }

    fn millis(&self) -> i64 {
        let mut year = if self.is_set(Field::Year) { self.value(Field::Year) } else { 1970 };
        if self.is_set(Field::Era) && self.value(Field::Era) == 0 {
            year = i64::from(1_i32.wrapping_sub(year as i32));
        }
        let time = self.time_of_day();
        let date = self.date();
        let days = |system| self.days(system, year, date) + time.div_euclid(MILLIS_PER_DAY);
        let from_start_of_year = matches!(date, Date::OfYear | Date::WeekOfYear);
        let days = choose(year, days(System::Gregorian), days(System::Julian), from_start_of_year);
        let offsets = self.value(Field::ZoneOffset) + self.value(Field::DstOffset);
        days.wrapping_mul(MILLIS_PER_DAY).wrapping_add(time.rem_euclid(MILLIS_PER_DAY)).wrapping_sub(offsets)
    }

    /// Milliseconds, of the day or beyond it.
    fn time_of_day(&self) -> i64 {
        let of_day = self.stamp(Field::HourOfDay);
        let (hour, half) = (self.stamp(Field::Hour), self.stamp(Field::AmPm));
        let of_half = both(hour, half);
        let hours = if of_day.max(of_half) > 0 { of_day > of_half } else { false };
        let hours = match hours {
            true => self.value(Field::HourOfDay),
            false => self.value(Field::Hour) + 12 * self.value(Field::AmPm),
        };
        let minutes = hours * 60 + self.value(Field::Minute);
        (minutes * 60 + self.value(Field::Second)) * 1000 + self.value(Field::Millisecond)
    }

    /// Which of the fields set make the date (`Calendar.selectFields`).
    fn date(&self) -> Date {
        let day_of_week = self.stamp(Field::DayOfWeek);
        let (week_of_month, in_month) = (self.stamp(Field::WeekOfMonth), self.stamp(Field::DayOfWeekInMonth));
        let week_of_year = self.stamp(Field::WeekOfYear);
        let mut of_month = self.stamp(Field::DayOfMonth);
        let of_year = self.stamp(Field::DayOfYear);
        let mut by_week_of_month = both(week_of_month, day_of_week);
        let mut by_in_month = both(in_month, day_of_week);
        let by_week_of_year = both(week_of_year, day_of_week);
        let mut best = of_month.max(by_week_of_month).max(by_in_month).max(of_year).max(by_week_of_year);
        if best == 0 {
            // No whole group is set: a week alone, or a day of the week alone as the first one of the month.
            by_week_of_month = week_of_month;
            by_in_month = in_month.max(day_of_week);
            best = by_week_of_month.max(by_in_month).max(week_of_year);
            if best == 0 {
                of_month = self.stamp(Field::Month);
                best = of_month;
            }
        }
        if best == of_month {
            Date::OfMonth
        } else if (best == by_week_of_month && week_of_month >= week_of_year) || (best == by_in_month && in_month >= week_of_year)
        {
            let is_week = if by_week_of_month == by_in_month { week_of_month >= in_month } else { best == by_week_of_month };
            if is_week { Date::WeekOfMonth } else { Date::InMonth }
        } else if best == of_year {
            Date::OfYear
        } else {
            Date::WeekOfYear
        }
    }

    /// Days since the epoch of the date in one of the calendars.
    fn days(&self, system: System, year: i64, date: Date) -> i64 {
        let day_of_week = if self.is_set(Field::DayOfWeek) { Some(self.value(Field::DayOfWeek)) } else { None };
        if matches!(date, Date::OfYear | Date::WeekOfYear) {
            let first = first_of_month(system, year, 0);
            if date == Date::OfYear {
                return first + self.value(Field::DayOfYear) - 1;
            }
            return in_week(first, day_of_week) + 7 * (self.value(Field::WeekOfYear) - 1);
        }
        let months = self.value(Field::Month);
        let (year, month) = (i64::from((year + months.div_euclid(12)) as i32), months.rem_euclid(12));
        let first = first_of_month(system, year, month);
        match date {
            Date::WeekOfMonth => in_week(first, day_of_week) + 7 * (self.value(Field::WeekOfMonth) - 1),
            Date::InMonth => {
                let count = if self.is_set(Field::DayOfWeekInMonth) { self.value(Field::DayOfWeekInMonth) } else { 1 };
                let last = if count >= 0 { 7 * count } else { length_of_month(year, month) + 7 * (count + 1) };
                day_of_week_on_or_before(first + last - 1, day_of_week.unwrap_or(1))
            }
            _ if self.is_set(Field::DayOfMonth) => first + self.value(Field::DayOfMonth) - 1,
            _ => first,
        }
    }
}

/// How a date is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Date {
    OfMonth,
    WeekOfMonth,
    InMonth,
    OfYear,
    WeekOfYear,
}

/// The age of two fields that say something only together.
fn both(a: u32, b: u32) -> u32 {
    if a == 0 || b == 0 { 0 } else { a.max(b) }
}

/// That day of the week, Sunday if none is given, in the week of the first day of a month or year.
fn in_week(first: i64, day_of_week: Option<i64>) -> i64 {
    let sunday = day_of_week_on_or_before(first, 1);
    day_of_week.map_or(sunday, |day| day_of_week_on_or_before(sunday + 6, day))
}

fn length_of_month(year: i64, month: i64) -> i64 {
    match month {
        1 => 28 + i64::from(is_leap(year)),
        3 | 5 | 8 | 10 => 30,
        _ => 31,
    }
}

/// A day of the week counted from 1 for Monday as `Calendar` counts it, from 1 for Sunday; a number that is none stays.
pub fn from_monday(day: i64) -> i64 {
    match day {
        1..=6 => day + 1,
        7 => 1,
        other => other,
    }
}
