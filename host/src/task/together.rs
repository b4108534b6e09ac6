//! Long waits end together. A worker may hold a thousand tasks that look for something new once a second; woken one by one, waking
//! costs more than the looks.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

/// Waits end at full multiples of this since the worker began.
const TICK: Duration = Duration::from_millis(100);
/// Shorter waits end when they are over: a tick would be much of them.
const LONG: Duration = Duration::from_millis(500);

static BEGINNING: LazyLock<Instant> = LazyLock::new(Instant::now);

/// When a wait of `time` that begins now is over: at most a tick later than asked.
pub(super) fn end_of_wait(time: Duration) -> Instant {
    let end = Instant::now() + time;
    if time < LONG { end } else { at_tick(*BEGINNING, end) }
}

fn at_tick(beginning: Instant, end: Instant) -> Instant {
    let over = end.saturating_duration_since(beginning).as_nanos() % TICK.as_nanos();
    match u64::try_from(over) {
        Ok(0) | Err(_) => end,
        Ok(over) => end + TICK.saturating_sub(Duration::from_nanos(over)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_waits_end_at_the_next_tick() {
        let beginning = Instant::now();
        let after = |millis| beginning + Duration::from_millis(millis);
        assert_eq!(at_tick(beginning, after(1_000)), after(1_000));
        assert_eq!(at_tick(beginning, after(1_001)), after(1_100));
        assert_eq!(at_tick(beginning, after(1_099)), after(1_100));
        assert_eq!(at_tick(after(5), after(1_001)), after(1_005));
    }

    #[test]
    fn short_waits_are_not_longer() {
        let before = Instant::now();
        let end = end_of_wait(Duration::from_millis(100));
        assert!(end >= before + Duration::from_millis(100) && end <= Instant::now() + Duration::from_millis(100));
    }
}
