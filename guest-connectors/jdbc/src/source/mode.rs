//! How rows are found that were not read yet.

/// The value of `mode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// All rows, each time.
    Bulk,
    /// By a time.
    Timestamp,
    /// By a number that grows.
    Incrementing,
    /// By both.
    TimestampIncrementing,
}

impl Mode {
    /// The names that `mode` may have.
    pub const NAMES: [&'static str; 4] = ["bulk", "timestamp", "incrementing", "timestamp+incrementing"];

    /// The mode of a name.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "bulk" => Some(Self::Bulk),
            "timestamp" => Some(Self::Timestamp),
            "incrementing" => Some(Self::Incrementing),
            "timestamp+incrementing" => Some(Self::TimestampIncrementing),
            _ => None,
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bulk => "bulk",
            Self::Timestamp => "timestamp",
            Self::Incrementing => "incrementing",
            Self::TimestampIncrementing => "timestamp+incrementing",
        }
    }

    /// Whether rows have a number that grows.
    pub fn has_incrementing(self) -> bool {
        matches!(self, Self::Incrementing | Self::TimestampIncrementing)
    }

    /// Whether rows have a time.
    pub fn has_timestamp(self) -> bool {
        matches!(self, Self::Timestamp | Self::TimestampIncrementing)
    }
}
