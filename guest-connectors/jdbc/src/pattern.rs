//! Regular expressions of configurations.

use caisson_sdk::Error;
use fancy_regex::Regex;

/// A regular expression that has to match a whole name. `ConfigException` when it is none.
pub fn whole(key: &str, text: &str) -> Result<Regex, Error> {
    let whole = Regex::new(&format!("^(?:{text})$"));
    whole.map_err(|error| Error::invalid_value(key, Some(text), &format!("Invalid regular expression: {error}")))
}
