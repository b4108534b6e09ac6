//! Log levels that can be changed while the worker runs (Kafka: `Loggers`).

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;

/// What log4j calls the logger above all others.
const ROOT: &str = "root";

/// The levels of log4j, each with that of `tracing`.
const LEVELS: [(&str, &str); 8] = [
    ("OFF", "off"),
    ("FATAL", "error"),
    ("ERROR", "error"),
    ("WARN", "warn"),
    ("INFO", "info"),
    ("DEBUG", "debug"),
    ("TRACE", "trace"),
    ("ALL", "trace"),
];

/// The level of a logger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LoggerLevel {
    /// Such as `DEBUG`.
    pub level: &'static str,
    /// When it was changed, in milliseconds since the epoch.
    pub last_modified: Option<u64>,
}

/// Applies rules in the syntax of `RUST_LOG`.
pub type ApplyRules = Box<dyn Fn(&str) + Send + Sync>;

/// The loggers whose level was set, and `root`.
pub struct Loggers {
    rules: String,
    levels: Mutex<BTreeMap<String, LoggerLevel>>,
    apply: ApplyRules,
}

impl Loggers {
    /// `rules` are those the worker started with, in the syntax of `RUST_LOG`; `apply` replaces them.
    pub fn new(rules: &str, apply: ApplyRules) -> Self {
        let root = rules.split(',').map(str::trim).find_map(level_named).unwrap_or("INFO");
        let levels = BTreeMap::from([(ROOT.to_owned(), LoggerLevel { level: root, last_modified: None })]);
        Self { rules: rules.to_owned(), levels: Mutex::new(levels), apply }
    }

    /// All loggers with a level of their own.
    pub fn all(&self) -> BTreeMap<String, LoggerLevel> {
        self.levels().clone()
    }

    /// A logger with a level of its own.
    pub fn get(&self, name: &str) -> Option<LoggerLevel> {
        self.levels().get(name).cloned()
    }

    /// Sets the level of a logger and of those below it. Returns those whose level has changed; none if there is no such level.
    pub fn set(&self, name: &str, level: &str) -> Option<Vec<String>> {
        let level = level_named(level)?;
        let mut levels = self.levels();
        let below = format!("{name}.");
        let mut concerned: Vec<String> =
            levels.keys().filter(|known| name == ROOT || known.starts_with(&below)).cloned().collect();
        concerned.retain(|known| known != name);
        concerned.push(name.to_owned());
        concerned.sort_unstable();
        concerned.retain(|concerned| levels.get(concerned).is_none_or(|known| known.level != level));
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let last_modified = u64::try_from(now.as_millis()).ok();
        for changed in &concerned {
            levels.insert(changed.clone(), LoggerLevel { level, last_modified });
        }
        (self.apply)(&self.rules_with(&levels));
        Some(concerned)
    }

    fn rules_with(&self, levels: &BTreeMap<String, LoggerLevel>) -> String {
        let mut rules = self.rules.clone();
        for (name, level) in levels.iter().filter(|(_, level)| level.last_modified.is_some()) {
            let rule = LEVELS.iter().find(|(known, _)| *known == level.level).map_or("info", |(_, rule)| rule);
            // What Kafka logs under its own packages is logged here by the host.
            let target = match name.strip_prefix("org.apache.kafka") {
                Some(_) => "caisson",
                None => name.as_str(),
            };
            match name == ROOT {
                true => rules.push_str(&format!(",{rule}")),
                false => rules.push_str(&format!(",{target}={rule}")),
            }
        }
        rules
    }

    fn levels(&self) -> MutexGuard<'_, BTreeMap<String, LoggerLevel>> {
        self.levels.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The level of log4j with that name in any case.
pub fn level_named(name: &str) -> Option<&'static str> {
    LEVELS.iter().map(|(level, _)| *level).find(|level| level.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn a_level_reaches_the_loggers_below() {
        let applied = Arc::new(Mutex::new(String::new()));
        let seen = Arc::clone(&applied);
        let loggers = Loggers::new("info", Box::new(move |rules| *seen.lock().unwrap() = rules.to_owned()));
        assert_eq!(loggers.set("a", "debug").unwrap(), ["a"]);
        assert_eq!(loggers.set("a.b", "TRACE").unwrap(), ["a.b"]);
        assert_eq!(loggers.set("a", "DEBUG").unwrap(), ["a.b"]);
        assert_eq!(loggers.set("a", "DEBUG").unwrap(), [""; 0]);
        assert_eq!(loggers.set("a", "LOUD"), None);
        assert_eq!(*applied.lock().unwrap(), "info,a=debug,a.b=debug");
        assert_eq!(loggers.get("root").unwrap(), LoggerLevel { level: "INFO", last_modified: None });
    }
}
