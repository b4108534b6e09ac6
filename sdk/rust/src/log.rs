//! The worker's log. Its lines carry connector and task without the plugin's doing.

use crate::host;

/// How much a line matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Every step.
    Trace,
    /// What helps to find a mistake.
    Debug,
    /// What an operator may want to know.
    Info,
    /// What an operator should look at.
    Warn,
    /// What has failed.
    Error,
}

impl Level {
    /// The word of the contract.
    pub fn name(self) -> &'static str {
        match self {
            Self::Trace => "trace",
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }
}

/// Whether a line of that level would be kept: ask before building an expensive message.
pub fn enabled(level: Level) -> bool {
    host::log_enabled(level.name())
}

/// Writes a line; `target` is the part of the plugin that speaks.
pub fn log(level: Level, target: &str, message: &str) {
    host::log(level.name(), target, message);
}

/// Writes a line of level error.
pub fn error(target: &str, message: &str) {
    log(Level::Error, target, message);
}

/// Writes a line of level warn.
pub fn warn(target: &str, message: &str) {
    log(Level::Warn, target, message);
}

/// Writes a line of level info.
pub fn info(target: &str, message: &str) {
    log(Level::Info, target, message);
}

/// Writes a line of level debug.
pub fn debug(target: &str, message: &str) {
    log(Level::Debug, target, message);
}

#[cfg(target_arch = "wasm32")]
/// Has panics told in the worker's log before they trap.
pub(crate) fn tell_panics() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        std::panic::set_hook(Box::new(|panic| {
            host::log("error", "panic", &panic.to_string());
        }));
    });
}
