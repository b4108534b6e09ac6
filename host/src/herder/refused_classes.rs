//! Connector classes that could not be found before: Kafka Connect keeps such a failure, and from then on tells it as the cause of another
//! (`CachedConnectors`).

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use crate::plugin::error::PluginError;

/// So many names are kept; then all are forgotten.
const MOST: usize = 1000;
/// What the cause of a `ConnectException` is told with.
const CAUSE: &str = "org.apache.kafka.connect.errors.ConnectException: ";

/// The names, as configurations gave them.
#[derive(Debug, Default)]
pub struct RefusedClasses(Mutex<BTreeSet<String>>);

impl RefusedClasses {
    /// What the user is told of a class that cannot be found, the first time and later.
    pub(super) fn tell(&self, error: &PluginError) -> String {
        let (PluginError::Unknown { class, .. } | PluginError::Ambiguous { class, .. }) = error else { return error.to_string() };
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.contains(class) {
            return format!("{CAUSE}{error}");
        }
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(class.clone());
        error.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_later_refusals_are_told_as_causes() {
        let refused = RefusedClasses::default();
        let unknown = |class: &str| PluginError::Unknown {
            base: "Connector",
            class: class.to_owned(),
            listed: "connectors",
            available: String::new(),
        };
        let told = |class| refused.tell(&unknown(class)).starts_with(CAUSE);
        assert_eq!([told("a"), told("b"), told("a"), told("a")], [false, false, true, true]);
        for number in 0..MOST {
            refused.tell(&unknown(&number.to_string()));
        }
        assert!(!told("a"));
    }
}
