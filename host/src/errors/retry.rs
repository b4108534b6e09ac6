//! How long to wait before a failed operation is tried again (Kafka: `RetryWithToleranceOperator`).

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::time::Duration;

use super::policy::ErrorPolicy;

/// The first delay; each further one is twice as long.
const FIRST_DELAY: Duration = Duration::from_millis(300);

/// The wait before the next attempt, after attempt number `attempt` (from 1) failed with a retriable error, `elapsed` after the
/// first began. None: the time for retries is over. `random` draws from `0..n`, for delays beyond `errors.retry.delay.max.ms`.
pub fn delay(policy: &ErrorPolicy, attempt: u32, elapsed: Duration, random: impl FnOnce(u64) -> u64) -> Option<Duration> {
    let left = match policy.retry_timeout {
        Some(timeout) if elapsed >= timeout => return None,
        Some(timeout) => timeout - elapsed,
        None => Duration::MAX,
    };
    let doubled = 2u32.checked_pow(attempt.saturating_sub(1)).unwrap_or(u32::MAX);
    let delay = FIRST_DELAY.saturating_mul(doubled);
    let delay = if delay > policy.retry_delay_max {
        let most = u64::try_from(policy.retry_delay_max.as_millis()).unwrap_or(u64::MAX);
        Duration::from_millis(if most == 0 { 0 } else { random(most) })
    } else {
        delay
    };
    Some(delay.min(left))
}

/// A number in `0..bound`; good enough to spread retries.
pub fn jitter(bound: u64) -> u64 {
    RandomState::new().hash_one(bound).checked_rem(bound).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(timeout: Option<u64>, most: u64) -> ErrorPolicy {
        ErrorPolicy {
            retry_timeout: timeout.map(Duration::from_millis),
            retry_delay_max: Duration::from_millis(most),
            ..ErrorPolicy::default()
        }
    }

    fn wait(policy: &ErrorPolicy, attempt: u32, elapsed: u64) -> Option<u128> {
        delay(policy, attempt, Duration::from_millis(elapsed), |bound| bound - 1).map(|delay| delay.as_millis())
    }

    #[test]
    fn delays_double_up_to_the_cap() {
        let policy = policy(None, 1000);
        let delays: Vec<_> = (1..=4).map(|attempt| wait(&policy, attempt, 0).unwrap()).collect();
        assert_eq!(delays, [300, 600, 999, 999]);
        // No attempt number overflows.
        assert_eq!(wait(&policy, u32::MAX, u64::MAX), Some(999));
    }

    #[test]
    fn the_last_delay_is_cut_at_the_deadline() {
        let policy = policy(Some(1000), 60_000);
        assert_eq!(wait(&policy, 2, 900), Some(100));
        assert_eq!(wait(&policy, 2, 1000), None);
    }

    #[test]
    fn no_timeout_no_retry() {
        assert_eq!(wait(&ErrorPolicy::default(), 1, 0), None);
    }

    #[test]
    fn jitter_stays_below_its_bound() {
        assert_eq!(jitter(0), 0);
        assert!((0..100).all(|_| jitter(3) < 3));
    }
}
