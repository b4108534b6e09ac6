//! `GregorianCalendar` in UTC: Julian before October 15, 1582, weeks from Sunday on, the first one that with January 1.

pub const MILLIS_PER_DAY: i64 = 86_400_000;
/// 1582-10-15 in days since the epoch.
const GREGORIAN_START: i64 = -141_427;
/// The year of the change.
const CHANGE: i64 = 1582;

/// The two calendars.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum System {
    /// Every fourth year is a leap year.
    Julian,
    /// Most centuries are none.
    Gregorian,
}

/// Days since the epoch of the first day of a month (from 0, in range) of an astronomical year.
pub fn first_of_month(system: System, year: i64, month: i64) -> i64 {
    // Counted from March, so that the leap day comes last.
    let shifted_year = if month > 1 { year } else { year - 1 };
    let shifted_month = (month + 10) % 12;
    let julian = shifted_year * 365 + shifted_year.div_euclid(4) + (153 * shifted_month + 2) / 5 - 719_470;
    match system {
        System::Julian => julian,
        System::Gregorian => julian + 2 - shifted_year.div_euclid(100) + shifted_year.div_euclid(400),
    }
}

/// The same in the calendar of that time.
fn first(year: i64, month: i64) -> i64 {
    let gregorian = first_of_month(System::Gregorian, year, month);
    if gregorian >= GREGORIAN_START { gregorian } else { first_of_month(System::Julian, year, month) }
}

/// Of two counts of days for the same date, in years before, of and after the change, the one that `GregorianCalendar` takes.
/// `from_start_of_year`: the date is counted from the first day of its year.
pub fn choose(year: i64, gregorian: i64, julian: i64, from_start_of_year: bool) -> i64 {
    if year < CHANGE || (year == CHANGE && from_start_of_year) || gregorian < GREGORIAN_START { julian } else { gregorian }
}

/// Whether February of an astronomical year has 29 days.
pub fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year <= CHANGE || year % 100 != 0 || year % 400 == 0)
}

/// The last day not after `days` that is that day of the week, from 1 for Sunday. A number beyond 7 counts on.
pub fn day_of_week_on_or_before(days: i64, day_of_week: i64) -> i64 {
    // The epoch was a Thursday.
    days - (days + 5 - day_of_week).rem_euclid(7)
}

/// A day in the calendar of its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day {
    /// Astronomical: 0 is 1 BC.
    pub year: i64,
    /// From 0.
    pub month: i64,
    /// From 1.
    pub day_of_month: i64,
    /// Days since the epoch.
    days: i64,
}

impl Day {
    /// The day so many days after the epoch.
    pub fn of(days: i64) -> Self {
        // Years from March on; the estimate in Julian years may be one too high or too low for Gregorian ones.
        let shifted = days + 719_470;
        let (year, of_year) = if days >= GREGORIAN_START {
            let shifted = days + 719_468;
            let era = shifted.div_euclid(146_097);
            let of_era = shifted.rem_euclid(146_097);
            let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
            (year_of_era + era * 400, of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100))
        } else {
            let year = (4 * shifted + 3).div_euclid(1461);
            (year, shifted - (1461 * year).div_euclid(4))
        };
        let shifted_month = (5 * of_year + 2) / 153;
        let day_of_month = of_year - (153 * shifted_month + 2) / 5 + 1;
        let month = (shifted_month + 2) % 12;
        Self { year: year + i64::from(month < 2), month, day_of_month, days }
    }

    /// From 1 for Sunday.
    pub fn day_of_week(self) -> i64 {
        (self.days + 4).rem_euclid(7) + 1
    }

    /// From 1.
    pub fn day_of_year(self) -> i64 {
        self.days - first(self.year, 0) + 1
    }

    /// Which Monday, Tuesday and so on of the month it is.
    pub fn day_of_week_in_month(self) -> i64 {
        (self.days - first(self.year, self.month)) / 7 + 1
    }

    /// From 1.
    pub fn week_of_month(self) -> i64 {
        week(first(self.year, self.month), self.days)
    }

    /// From 1; the last days of December are in the first week of the next year if January 1 is.
    pub fn week_of_year(self) -> i64 {
        let next = first(self.year + 1, 0);
        if self.days >= day_of_week_on_or_before(next, 1) { 1 } else { week(first(self.year, 0), self.days) }
    }

    /// The year that the week belongs to.
    pub fn week_year(self) -> i64 {
        if self.month == 11 && self.week_of_year() == 1 { self.year + 1 } else { self.year }
    }
}

/// The number of the week of a day in a month or year that starts on `first`.
fn week(first: i64, days: i64) -> i64 {
    (days - day_of_week_on_or_before(first, 1)).div_euclid(7) + 1
}

/// The instant so many years before, on the same day of the year's calendar, or the last of that month.
pub fn years_before(millis: i64, years: i64) -> i64 {
    let day = Day::of(millis.div_euclid(MILLIS_PER_DAY));
    let year = day.year - years;
    let is_leap_day = day.month == 1 && day.day_of_month == 29;
    let day_of_month = if is_leap_day && !is_leap(year) { 28 } else { day.day_of_month };
    (first(year, day.month) + day_of_month - 1) * MILLIS_PER_DAY + millis.rem_euclid(MILLIS_PER_DAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_dates_agree_across_the_change() {
        let mut before = Day::of(-800_000);
        for days in -799_999..100_000 {
            let day = Day::of(days);
            let next = day.day_of_month == 1 || day.day_of_month == before.day_of_month + 1 || days == GREGORIAN_START;
            assert!(next, "{before:?} {day:?}");
            if day.day_of_month == 1 {
                assert_eq!(first(day.year, day.month), days);
            }
            before = day;
        }
        let change = Day::of(GREGORIAN_START);
        assert_eq!((change.year, change.month, change.day_of_month), (1582, 9, 15));
        assert_eq!(Day::of(GREGORIAN_START - 1).day_of_month, 4);
        // The first of that month was a Monday, and only ten days are missing.
        assert_eq!((change.week_of_month(), change.day_of_year()), (1, 278));
    }

    #[test]
    fn weeks_start_on_sunday() {
        // 2017-01-01 was a Sunday; 2016-12-31 was in the last week of 2016, 2019-12-31 in the first of 2020.
        assert_eq!(Day::of(17_167).week_of_year(), 1);
        assert_eq!(Day::of(17_166).week_of_year(), 53);
        assert_eq!((Day::of(18_261).week_of_year(), Day::of(18_261).week_year()), (1, 2020));
    }

    #[test]
    fn a_century_starts_eighty_years_ago() {
        assert_eq!(Day::of(years_before(1_582_934_400_000, 80).div_euclid(MILLIS_PER_DAY)).year, 1940);
        // 1900 had no February 29.
        let day = Day::of(years_before(317_174_400_000, 80).div_euclid(MILLIS_PER_DAY));
        assert_eq!((day.year, day.month, day.day_of_month), (1900, 0, 20));
    }
}
