//! Points in time.

use caisson_sdk::Decimal;
use caisson_sdk::sql::column_type::INSTANT_SCALE;

/// A time, as exact as databases tell it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instant {
    /// Milliseconds since the epoch.
    pub millis: i64,
    /// Nanoseconds within the second.
    pub nanos: i32,
}

impl Instant {
    /// A time without anything below milliseconds.
    pub fn of_millis(millis: i64) -> Self {
        Self { millis, nanos: i32::try_from(millis.rem_euclid(1000)).unwrap_or(0) * 1_000_000 }
    }

    /// A time in microseconds since the epoch.
    pub fn of_micros(micros: i64) -> Self {
        let below_second = i32::try_from(micros.rem_euclid(1_000_000)).unwrap_or(0);
        Self { millis: micros.div_euclid(1_000), nanos: below_second * 1_000 }
    }

    /// A time in nanoseconds since the epoch.
    pub fn of_nanos(nanos: i64) -> Self {
        let below_second = i32::try_from(nanos.rem_euclid(1_000_000_000)).unwrap_or(0);
        Self { millis: nanos.div_euclid(1_000_000), nanos: below_second }
    }

    /// The seconds since the epoch, as statements are told a time.
    pub fn seconds(self) -> Decimal {
        Decimal::new(i128::from(self.millis.div_euclid(1_000)) * 1_000_000_000 + i128::from(self.nanos), INSTANT_SCALE)
    }

    /// That much earlier, or later.
    pub fn plus_millis(self, millis: i64) -> Self {
        let moved = self.millis.saturating_add(millis);
        Self { millis: moved, nanos: Self::of_millis(moved).nanos + self.nanos % 1_000_000 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_move_by_milliseconds() {
        let time = Instant { millis: -1, nanos: 999_000_123 };
        assert_eq!(time.plus_millis(-1_000), Instant { millis: -1_001, nanos: 999_000_123 });
        assert_eq!(time.seconds().to_plain_string(), "-0.000999877");
        assert_eq!(Instant::of_micros(-1), Instant { millis: -1, nanos: 999_999_000 });
        assert_eq!(time.plus_millis(1), Instant { millis: 0, nanos: 123 });
    }
}
