//! How Avro and Connect are turned into each other (Confluent: `AvroDataConfig`).

use caisson_sdk::{Config, ConfigDef, ConfigKey, Error, Importance, KeyType};

const CONNECT_META_DATA: &str = "connect.meta.data";
const ENHANCED: &str = "enhanced.avro.schema.support";
const GENERALIZED_SUM_TYPES: &str = "generalized.sum.type.support";
const IGNORE_DEFAULT_FOR_NULLABLES: &str = "ignore.default.for.nullables";
const SCRUB_INVALID_NAMES: &str = "scrub.invalid.names";
const DISCARD_TYPE_DOC_DEFAULT: &str = "discard.type.doc.default";
const ALLOW_OPTIONAL_MAP_KEYS: &str = "allow.optional.map.keys";

/// The settings.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Schemas say what of Connect Avro has no word for.
    pub connect_meta_data: bool,
    /// Enums are written as such, and members of unions have full names.
    pub enhanced: bool,
    /// Unions and enums in the form that other converters of Confluent's have too.
    pub generalized_sum_types: bool,
    /// A null is written as null, whatever the default.
    pub ignore_default_for_nullables: bool,
    /// Names that Avro does not allow are changed.
    pub scrub_invalid_names: bool,
    /// Documentation and defaults are those of fields, not of types.
    pub discard_type_doc_default: bool,
    /// A map with optional text keys is a map.
    pub allow_optional_map_keys: bool,
}

impl Default for Options {
    /// What the keys say when nobody sets them.
    fn default() -> Self {
        Self {
            connect_meta_data: true,
            enhanced: false,
            generalized_sum_types: false,
            ignore_default_for_nullables: false,
            scrub_invalid_names: false,
            discard_type_doc_default: false,
            allow_optional_map_keys: false,
        }
    }
}

impl Options {
    /// As a configuration says.
    pub fn read(config: &Config) -> Result<Self, Error> {
        Ok(Self {
            connect_meta_data: config.boolean(CONNECT_META_DATA)?,
            enhanced: config.boolean(ENHANCED)?,
            generalized_sum_types: config.boolean(GENERALIZED_SUM_TYPES)?,
            ignore_default_for_nullables: config.boolean(IGNORE_DEFAULT_FOR_NULLABLES)?,
            scrub_invalid_names: config.boolean(SCRUB_INVALID_NAMES)?,
            discard_type_doc_default: config.boolean(DISCARD_TYPE_DOC_DEFAULT)?,
            allow_optional_map_keys: config.boolean(ALLOW_OPTIONAL_MAP_KEYS)?,
        })
    }
}

/// Adds the keys.
pub fn add(def: ConfigDef) -> ConfigDef {
    let key =
        |name, default, documentation| ConfigKey::new(name, KeyType::Boolean, Importance::Low, documentation).default(default);
    def.key(key(ENHANCED, "false", "Writes enums as enums, and keeps packages in the names of a union's members."))
        .key(key(CONNECT_META_DATA, "true", "Keeps what Avro has no word for as properties of its schemas."))
        .key(key(
            GENERALIZED_SUM_TYPES,
            "false",
            "Shows unions and enums in the form that Confluent's other converters know too.",
        ))
        .key(key(IGNORE_DEFAULT_FOR_NULLABLES, "false", "Writes a null as null where the field has a default."))
        .key(key(SCRUB_INVALID_NAMES, "false", "Changes names that Avro does not allow."))
        .key(key(DISCARD_TYPE_DOC_DEFAULT, "false", "Takes documentation and defaults from fields, not from their types."))
        .key(key(ALLOW_OPTIONAL_MAP_KEYS, "false", "Writes a map with optional text keys as a map."))
}
