//! The wall clock. In a component it needs the capability `clocks`.

/// Milliseconds since the epoch.
#[cfg(not(target_arch = "wasm32"))]
pub fn now_millis() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |time| i64::try_from(time.as_millis()).unwrap_or(i64::MAX))
}

/// Milliseconds since the epoch.
#[cfg(target_arch = "wasm32")]
pub fn now_millis() -> i64 {
    let now = wasip2::clocks::wall_clock::now();
    i64::try_from(now.seconds).unwrap_or(0) * 1000 + i64::from(now.nanoseconds / 1_000_000)
}
