//! Clocks. In a component they need the capability `clocks`.

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

/// Waits. The call into the plugin goes on meanwhile, and its time with it.
#[cfg(not(target_arch = "wasm32"))]
pub fn sleep(time: std::time::Duration) {
    std::thread::sleep(time);
}

/// Waits. The call into the plugin goes on meanwhile, and its time with it.
#[cfg(target_arch = "wasm32")]
pub fn sleep(time: std::time::Duration) {
    let nanos = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
    wasip2::clocks::monotonic_clock::subscribe_duration(nanos).block();
}
