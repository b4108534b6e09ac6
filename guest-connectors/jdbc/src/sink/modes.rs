//! How rows are written, and where their primary keys come from.

/// The value of `insert.mode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InsertMode {
    /// Rows are added.
    Insert,
    /// Rows are added, or those with the same key changed.
    Upsert,
    /// Rows that are there are changed.
    Update,
}

impl InsertMode {
    /// The names that `insert.mode` may have. All rows of a batch go to the database together anyway, so `multi` is `insert`.
    pub const NAMES: [&'static str; 4] = ["insert", "multi", "upsert", "update"];

    /// The mode of a name, in small letters or capitals.
    pub fn named(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "insert" | "multi" => Some(Self::Insert),
            "upsert" => Some(Self::Upsert),
            "update" => Some(Self::Update),
            _ => None,
        }
    }
}

/// The value of `pk.mode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrimaryKeyMode {
    /// There is none.
    None,
    /// Topic, partition and offset.
    Kafka,
    /// The record's key, or fields of it.
    RecordKey,
    /// Fields of the record's value.
    RecordValue,
}

impl PrimaryKeyMode {
    /// The names that `pk.mode` may have.
    pub const NAMES: [&'static str; 4] = ["none", "kafka", "record_key", "record_value"];

    /// The mode of a name, in small letters or capitals.
    pub fn named(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "none" => Some(Self::None),
            "kafka" => Some(Self::Kafka),
            "record_key" => Some(Self::RecordKey),
            "record_value" => Some(Self::RecordValue),
            _ => None,
        }
    }

    /// As messages name it.
    pub fn upper_name(self) -> &'static str {
        match self {
            Self::None => "NONE",
            Self::Kafka => "KAFKA",
            Self::RecordKey => "RECORD_KEY",
            Self::RecordValue => "RECORD_VALUE",
        }
    }
}
