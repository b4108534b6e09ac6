//! Days as years, months and days of Java's `GregorianCalendar` in UTC: Julian before October 15, 1582.

/// 1582-10-15, the first day of the Gregorian calendar, in days since the epoch.
const GREGORIAN_START: i64 = -141_427;
/// From March 1 of the year 0 to the epoch in either calendar.
const JULIAN_OFFSET: i64 = 719_470;
const GREGORIAN_OFFSET: i64 = 719_468;

/// Days since the epoch of a day. Months and days may be out of range; year 0 is the one before year 1.
pub fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = year + (month - 1).div_euclid(12);
    let month = (month - 1).rem_euclid(12) + 1;
    // Counted from March, so that the leap day comes last.
    let shifted_year = if month > 2 { year } else { year - 1 };
    let shifted_month = (month + 9) % 12;
    let of_year = (153 * shifted_month + 2) / 5 + day - 1;
    let julian = shifted_year * 365 + shifted_year.div_euclid(4) + of_year - JULIAN_OFFSET;
    let gregorian = julian + 2 - shifted_year.div_euclid(100) + shifted_year.div_euclid(400);
    if gregorian >= GREGORIAN_START { gregorian } else { julian }
}

/// Year, month (from 1) and day of a day since the epoch.
pub fn civil(days: i64) -> (i64, i64, i64) {
    let (year, of_year) = if days < GREGORIAN_START { julian(days + JULIAN_OFFSET) } else { gregorian(days + GREGORIAN_OFFSET) };
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year + i64::from(month <= 2), month, day)
}

/// Year from March on, and day of it.
fn julian(days: i64) -> (i64, i64) {
    let year = (4 * days + 3).div_euclid(1461);
    (year, days - (1461 * year).div_euclid(4))
}

/// As `julian` (H. Hinnant's `civil_from_days`).
fn gregorian(days: i64) -> (i64, i64) {
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    (year + era * 400, of_era - (365 * year + year / 4 - year / 100))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
mod tests {
    use super::*;

    #[test]
    fn the_calendar_is_julian_before_1582_10_15() {
        assert_eq!(days(1582, 10, 15), GREGORIAN_START);
        assert_eq!(days(1582, 10, 4), GREGORIAN_START - 1);
        assert_eq!(days(1970, 1, 1), 0);
        assert_eq!(days(1, 1, 1), -719_164);
        assert_eq!(civil(GREGORIAN_START - 1), (1582, 10, 4));
        assert_eq!(civil(-719_165), (0, 12, 31));
    }

    #[test]
    fn every_day_is_found_again() {
        for day in (-1_000_000..3_000_000).step_by(7) {
            let (year, month, of_month) = civil(day);
            assert_eq!(days(year, month, of_month), day);
        }
    }
}
