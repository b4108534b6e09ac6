//! A schema registry of Confluent's API, which the worker speaks to: a plugin with [`CAPABILITY`] opens the one that its configuration
//! names. Every answer comes from the worker's cache where it can; what is asked once a record is worth keeping in the plugin too.

use crate::config::Config;
use crate::error::Error;
use crate::host;

/// What a plugin's manifest says to be let at registries; see [`crate::PluginInfo::capability`].
pub const CAPABILITY: &str = "schema-registry";
/// Asks for the newest version of a subject.
pub const LATEST: i32 = -1;
/// The option of an error that holds the HTTP status of a registry's refusal.
pub const STATUS: &str = "status";
/// The option of an error that holds the registry's own code, such as `40401`.
pub const CODE: &str = "code";

/// That a schema refers to another.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Reference {
    /// An Avro full name, a Protobuf import, a JSON `$ref`.
    pub name: String,
    /// Where the other is registered.
    pub subject: String,
    /// As which version.
    pub version: i32,
}

/// A schema as it is registered.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Definition {
    /// `AVRO`, `PROTOBUF` or `JSON`.
    pub type_: String,
    /// The schema in its own language.
    pub text: String,
    /// What it refers to.
    pub references: Vec<Reference>,
}

/// A schema that another refers to, itself or through others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Referred {
    /// By what name, and where it is registered.
    pub reference: Reference,
    /// The schema in its own language.
    pub text: String,
}

/// A schema of the registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registered {
    /// Its id.
    pub id: i32,
    /// What it says.
    pub definition: Definition,
    /// All that it refers to, each name once, those referred to before those that refer to them.
    pub referred: Vec<Referred>,
    /// None when it was asked for by id.
    pub subject: Option<String>,
    /// None when it was asked for by id.
    pub version: Option<i32>,
}

/// Where a schema is found under a subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Located {
    /// The schema's id.
    pub id: i32,
    /// Its version; none when the registry does not say.
    pub version: Option<i32>,
}

/// An open registry.
#[derive(Debug)]
pub struct SchemaRegistry(host::Registry);

/// Errors are of kind retriable when no registry could be reached in time, `ConfigException` when a key is wrong, else
/// `RestClientException` with the options [`STATUS`] and [`CODE`].
impl SchemaRegistry {
    /// The registry of a configuration that the worker gave.
    pub fn open(config: &Config) -> Result<Self, Error> {
        host::Registry::open(config.originals()).map(Self)
    }

    /// The schema of an id. Ids are the registry's, not a subject's; a subject is named where the registry has contexts.
    pub fn by_id(&self, id: i32, subject: Option<&str>) -> Result<Registered, Error> {
        self.0.by_id(id, subject)
    }

    /// A version of a subject, [`LATEST`] for the newest.
    pub fn by_version(&self, subject: &str, version: i32) -> Result<Registered, Error> {
        self.0.by_version(subject, version)
    }

    /// The newest version of a subject whose metadata has these properties.
    pub fn by_metadata(&self, subject: &str, metadata: &[(String, String)]) -> Result<Registered, Error> {
        self.0.by_metadata(subject, metadata)
    }

    /// Registers a schema under a subject unless it is there. `normalize`: the registry takes schemas that differ only in form for one.
    pub fn register(&self, subject: &str, schema: &Definition, normalize: bool) -> Result<Located, Error> {
        self.0.register(subject, schema, normalize)
    }

    /// Where a schema is registered under a subject.
    pub fn look_up(&self, subject: &str, schema: &Definition, normalize: bool) -> Result<Located, Error> {
        self.0.look_up(subject, schema, normalize)
    }
}
