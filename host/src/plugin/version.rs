//! Versions and version ranges of plugins, in Maven's syntax (KIP-891).

use std::cmp::Ordering;
use std::fmt;

use crate::plugin::error::PluginError;

/// A version as Maven orders them: numbers by value, and a qualifier such as `-rc1` or `-SNAPSHOT` before none at all.
#[derive(Clone, Debug)]
pub struct Version {
    text: String,
    numbers: Vec<u64>,
    qualifier: String,
}

impl Version {
    /// Any text is a version; what is no number in it is compared as text.
    pub fn parse(text: &str) -> Self {
        let (base, qualifier) = text.split_once('-').unwrap_or((text, ""));
        let mut numbers = Vec::new();
        let mut rest = String::new();
        for part in base.split('.') {
            match part.parse() {
                Ok(number) if rest.is_empty() => numbers.push(number),
                _ => rest.push_str(part),
            }
        }
        while numbers.last() == Some(&0) {
            numbers.pop();
        }
        Self { text: text.to_owned(), numbers, qualifier: format!("{rest}{qualifier}") }
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        let qualifiers = match (self.qualifier.is_empty(), other.qualifier.is_empty()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Greater,
            (false, true) => Ordering::Less,
            (false, false) => self.qualifier.to_lowercase().cmp(&other.qualifier.to_lowercase()),
        };
        self.numbers.cmp(&other.numbers).then(qualifiers)
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Version {}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A range such as `[1.0,2.0)`. A bare version means exactly that one (KIP-891), `latest` any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Part {
    low: Option<Version>,
    low_included: bool,
    high: Option<Version>,
    high_included: bool,
}

impl Range {
    /// Reads a range.
    ///
    /// # Errors
    /// [`PluginError::Range`] with the text as given.
    pub fn parse(text: &str) -> Result<Self, PluginError> {
        let trimmed = text.trim();
        if trimmed.is_empty() || trimmed.eq_ignore_ascii_case("latest") {
            return Ok(Self { parts: Vec::new() });
        }
        if !trimmed.starts_with(['[', '(']) {
            if trimmed.contains([',', ']', ')', ' ']) {
                return Err(PluginError::Range(text.to_owned()));
            }
            return Ok(Self { parts: vec![Part::exactly(Version::parse(trimmed))] });
        }
        let mut parts = Vec::new();
        let mut rest = trimmed;
        while !rest.is_empty() {
            let end = rest.find([']', ')']).ok_or_else(|| PluginError::Range(text.to_owned()))?;
            let (part, after) = rest.split_at(end + 1);
            parts.push(Part::parse(part).ok_or_else(|| PluginError::Range(text.to_owned()))?);
            rest = after.trim_start_matches(',');
        }
        Ok(Self { parts })
    }

    /// Whether the range holds that version.
    pub fn admits(&self, version: &Version) -> bool {
        self.parts.is_empty() || self.parts.iter().any(|part| part.admits(version))
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.parts.is_empty() {
            return f.write_str("latest");
        }
        for (index, part) in self.parts.iter().enumerate() {
            if index > 0 {
                f.write_str(",")?;
            }
            write!(f, "{part}")?;
        }
        Ok(())
    }
}

impl Part {
    fn exactly(version: Version) -> Self {
        Self { low: Some(version.clone()), low_included: true, high: Some(version), high_included: true }
    }

    fn parse(text: &str) -> Option<Self> {
        let low_included = text.starts_with('[');
        let high_included = text.ends_with(']');
        let inner = text.strip_prefix(['[', '('])?.strip_suffix([']', ')'])?;
        let Some((low, high)) = inner.split_once(',') else {
            let exact = low_included && high_included && !inner.trim().is_empty();
            return exact.then(|| Self::exactly(Version::parse(inner.trim())));
        };
        let bound = |text: &str| (!text.trim().is_empty()).then(|| Version::parse(text.trim()));
        Some(Self { low: bound(low), low_included, high: bound(high), high_included })
    }

    fn admits(&self, version: &Version) -> bool {
        let above = match &self.low {
            None => true,
            Some(low) => version > low || (self.low_included && version == low),
        };
        let below = match &self.high {
            None => true,
            Some(high) => version < high || (self.high_included && version == high),
        };
        above && below
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let open = if self.low_included { '[' } else { '(' };
        let close = if self.high_included { ']' } else { ')' };
        let text = |bound: &Option<Version>| bound.as_ref().map_or_else(String::new, ToString::to_string);
        write!(f, "{open}{},{}{close}", text(&self.low), text(&self.high))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_as_maven_does() {
        let sorted = ["0.9", "1.0-SNAPSHOT", "1.0", "1.0.1", "1.9", "1.10", "2"];
        for pair in sorted.windows(2) {
            assert!(Version::parse(pair[0]) < Version::parse(pair[1]), "{pair:?}");
        }
        assert_eq!(Version::parse("1.0"), Version::parse("1"));
    }

    #[test]
    fn reads_ranges() {
        let admits = |range: &str, version: &str| Range::parse(range).unwrap().admits(&Version::parse(version));
        assert!(admits("[1.0,2.0)", "1.5"));
        assert!(!admits("[1.0,2.0)", "2.0"));
        assert!(admits("(,1.0],[1.2,)", "1.2"));
        assert!(!admits("(,1.0],[1.2,)", "1.1"));
        assert!(admits("latest", "7"));
        assert!(!admits("1.2", "1.2.1"));
        assert_eq!(Range::parse("9.9").unwrap().to_string(), "[9.9,9.9]");
    }

    #[test]
    fn refuses_what_is_no_range() {
        for text in ["[x", "1,2", "(1)", "[1,2"] {
            assert_eq!(Range::parse(text).unwrap_err().to_string(), format!("Invalid version specification: {text}"));
        }
    }
}
