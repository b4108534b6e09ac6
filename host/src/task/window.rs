//! What was measured lately: averages, maxima and rates over two windows of half a minute each, which is what Kafka's metrics
//! keep by default (`metrics.num.samples`, `metrics.sample.window.ms`).

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Length of one window.
const LENGTH: Duration = Duration::from_secs(30);

/// Values of the present window and of the one before.
#[derive(Debug, Default)]
pub struct Window(Mutex<Samples>);

#[derive(Debug, Default)]
struct Samples {
    now: Option<Sample>,
    before: Option<Sample>,
}

#[derive(Debug, Clone, Copy)]
struct Sample {
    begun: Instant,
    sum: f64,
    count: u64,
    max: f64,
    min: f64,
}

impl Sample {
    fn new(begun: Instant) -> Self {
        Self { begun, sum: 0.0, count: 0, max: f64::NEG_INFINITY, min: f64::INFINITY }
    }
}

/// What a window says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Recent {
    /// Average of the values; NaN if there were none.
    pub avg: f64,
    /// The greatest; NaN if there was none.
    pub max: f64,
    /// The smallest; NaN if there was none.
    pub min: f64,
    /// Their sum a second.
    pub rate: f64,
}

impl Window {
    /// A value was measured.
    pub fn record(&self, value: f64) {
        self.record_at(value, Instant::now());
    }

    /// What has been measured lately.
    pub fn recent(&self) -> Recent {
        self.recent_at(Instant::now())
    }

    fn record_at(&self, value: f64, now: Instant) {
        let mut samples = self.lock();
        samples.turn(now);
        let sample = samples.now.get_or_insert(Sample::new(now));
        sample.sum += value;
        sample.count += 1;
        sample.max = sample.max.max(value);
        sample.min = sample.min.min(value);
    }

    fn recent_at(&self, now: Instant) -> Recent {
        let mut samples = self.lock();
        samples.turn(now);
        let both = [samples.before, samples.now];
        let known = || both.iter().flatten();
        let count: u64 = known().map(|sample| sample.count).sum();
        let Some(oldest) = known().map(|sample| sample.begun).min().filter(|_| count > 0) else {
            return Recent { avg: f64::NAN, max: f64::NAN, min: f64::NAN, rate: 0.0 };
        };
        let sum: f64 = known().map(|sample| sample.sum).sum();
        // As in Kafka a young task's rate is that of a whole window.
        let time = now.saturating_duration_since(oldest).max(LENGTH);
        Recent {
            avg: sum / count as f64,
            max: known().map(|sample| sample.max).fold(f64::NEG_INFINITY, f64::max),
            min: known().map(|sample| sample.min).fold(f64::INFINITY, f64::min),
            rate: sum / time.as_secs_f64(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Samples> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Samples {
    /// Begins a new window when the present one is over.
    fn turn(&mut self, now: Instant) {
        let age = |sample: &Sample| now.saturating_duration_since(sample.begun);
        if self.now.as_ref().is_some_and(|sample| age(sample) >= LENGTH) {
            self.before = self.now.take();
        }
        if self.before.as_ref().is_some_and(|sample| age(sample) >= 2 * LENGTH) {
            self.before = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_older_than_two_windows_is_forgotten() {
        let window = Window::default();
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        assert!(window.recent_at(start).avg.is_nan());
        window.record_at(1.0, at(0));
        window.record_at(3.0, at(10));
        assert_eq!(window.recent_at(at(10)), Recent { avg: 2.0, max: 3.0, min: 1.0, rate: 4.0 / 30.0 });
        window.record_at(8.0, at(40));
        assert_eq!(window.recent_at(at(50)), Recent { avg: 4.0, max: 8.0, min: 1.0, rate: 12.0 / 50.0 });
        assert_eq!(window.recent_at(at(65)).max, 8.0);
        assert!(window.recent_at(at(120)).max.is_nan());
    }
}
