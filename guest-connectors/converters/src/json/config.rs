//! The keys of `JsonConverter` (Kafka's `JsonConverterConfig`).

use caisson_sdk::{Config, ConfigDef, ConfigKey, Error, Importance, KeyType, Validator, Width};

use crate::converter_type;

/// Whether a schema goes beside each payload.
pub const SCHEMAS_ENABLE: &str = "schemas.enable";
/// How many schemas are kept.
pub const SCHEMAS_CACHE_SIZE: &str = "schemas.cache.size";
/// The schema of every payload read (KIP-1054).
pub const SCHEMA_CONTENT: &str = "schema.content";
/// How decimals are written; see [`DecimalFormat`].
pub const DECIMAL_FORMAT: &str = "decimal.format";
const REPLACE_NULL_WITH_DEFAULT: &str = "replace.null.with.default";

const SCHEMAS: &str = "Schemas";
const SERIALIZATION: &str = "Serialization";

/// How decimals are written (KIP-481).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecimalFormat {
    /// The unscaled number's bytes.
    Base64,
    /// A JSON number.
    Numeric,
}

/// What every value written or read depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// How decimals are written.
    pub decimal_format: DecimalFormat,
    /// A null under a schema with a default is that default (KIP-581).
    pub replace_null_with_default: bool,
}

impl DecimalFormat {
    /// As `decimal.format` says.
    pub fn read(config: &Config) -> Result<Self, Error> {
        let numeric = config.string(DECIMAL_FORMAT)?.eq_ignore_ascii_case("NUMERIC");
        Ok(if numeric { Self::Numeric } else { Self::Base64 })
    }
}

impl Options {
    /// As the configuration says.
    pub fn read(config: &Config) -> Result<Self, Error> {
        Ok(Self {
            decimal_format: DecimalFormat::read(config)?,
            replace_null_with_default: config.boolean(REPLACE_NULL_WITH_DEFAULT)?,
        })
    }
}

/// The definition, in Kafka's words.
pub fn definition() -> ConfigDef {
    let schemas = |name: &str, type_, documentation, order, display| {
        let key = ConfigKey::new(name, type_, Importance::High, documentation);
        key.group(SCHEMAS, order).width(Width::Medium).display_name(display)
    };
    let serialization = |name: &str, type_, documentation, order, display| {
        let key = ConfigKey::new(name, type_, Importance::Low, documentation);
        key.group(SERIALIZATION, order).width(Width::Medium).display_name(display)
    };
    ConfigDef::new()
        .key(converter_type::key())
        .key(
            schemas(
                SCHEMAS_ENABLE,
                KeyType::Boolean,
                "Include schemas within each of the serialized values and keys.",
                0,
                "Enable Schemas",
            )
            .default("true"),
        )
        .key(
            schemas(
                SCHEMAS_CACHE_SIZE,
                KeyType::Int,
                "The maximum number of schemas that can be cached in this converter instance.",
                1,
                "Schema Cache Size",
            )
            .default("1000"),
        )
        .key(
            schemas(
                SCHEMA_CONTENT,
                KeyType::String,
                "When set, this is used as the schema for all messages, and the schemas within each of the message will be \
                 ignored.Otherwise, the schema will be included in the content of each message. This configuration applies only \
                 'schemas.enable' is true, and it exclusively affects the sink connector.",
                2,
                "Schema Content",
            )
            .optional(),
        )
        .key(
            serialization(
                DECIMAL_FORMAT,
                KeyType::String,
                "Controls which format this converter will serialize decimals in. This value is case insensitive and can be \
                 either 'BASE64' (default) or 'NUMERIC'",
                0,
                "Decimal Format",
            )
            .default("BASE64")
            .validator(Validator::OneOfIgnoringCase(vec!["NUMERIC", "BASE64"])),
        )
        .key(
            serialization(
                REPLACE_NULL_WITH_DEFAULT,
                KeyType::Boolean,
                "Whether to replace fields that have a default value and that are null to the default value. When set to true, \
                 the default value is used, otherwise null is used.",
                1,
                "Replace null with default",
            )
            .default("true"),
        )
}
