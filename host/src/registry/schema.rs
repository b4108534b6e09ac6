//! Schemas of a registry, as `wit/schema-registry.wit` has them.

/// The type of schemas that say none.
pub const AVRO: &str = "AVRO";

/// That a schema refers to another.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reference {
    /// What the other is called there.
    pub name: String,
    /// Its subject.
    pub subject: String,
    /// Its version.
    pub version: i32,
}

/// A schema as it is registered.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Definition {
    /// `AVRO`, `PROTOBUF` or `JSON`.
    pub type_: String,
    /// In its own language.
    pub text: String,
    /// What it refers to.
    pub references: Vec<Reference>,
}

/// A schema that another refers to, itself or through others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Referred {
    /// By what name, and where it is registered.
    pub reference: Reference,
    /// In its own language.
    pub text: String,
}

/// A schema of the registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registered {
    /// Its id.
    pub id: i32,
    /// What it says.
    pub definition: Definition,
    /// All that it refers to, those referred to first.
    pub referred: Vec<Referred>,
    /// None when it was asked for by id.
    pub subject: Option<String>,
    /// None when it was asked for by id.
    pub version: Option<i32>,
}

/// Where a schema is found under a subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Located {
    /// Its id.
    pub id: i32,
    /// Its version, if the registry says it.
    pub version: Option<i32>,
}
