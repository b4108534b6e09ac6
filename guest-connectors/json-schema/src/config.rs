//! The keys of `JsonSchemaConverter` (Confluent's `JsonSchemaConverterConfig` and `JsonSchemaDataConfig`).

use caisson_converters::json::config::{DECIMAL_FORMAT, DecimalFormat};
use caisson_registry_serde::keys;
use caisson_sdk::{Config, ConfigDef, ConfigKey, Error, Importance, KeyType, PluginInfo, Validator};

use crate::options::Options;

const CLASS: &str = "io.confluent.connect.json.JsonSchemaConverter";

const GENERALIZED_SUM_TYPE_SUPPORT: &str = "generalized.sum.type.support";
const IGNORE_DEFAULT_FOR_NULLABLES: &str = "ignore.default.for.nullables";
const OBJECT_ADDITIONAL_PROPERTIES: &str = "object.additional.properties";
const USE_OPTIONAL_FOR_NONREQUIRED: &str = "use.optional.for.nonrequired";
const IGNORE_MODERN_DIALECTS: &str = "ignore.modern.dialects";
const FLATTEN_SINGLETON_UNIONS: &str = "flatten.singleton.unions";
/// Refuse values that are not valid under their schema.
pub const FAIL_INVALID_SCHEMA: &str = "json.fail.invalid.schema";

/// Its entry in the manifest.
pub fn plugin() -> PluginInfo {
    keys::plugin(CLASS, "JSON, with JSON Schemas in a schema registry.", definition())
}

fn definition() -> ConfigDef {
    let flag = |name, importance, default, documentation| {
        ConfigKey::new(name, KeyType::Boolean, importance, documentation).default(default)
    };
    let decimal_format = "How decimals are written: BASE64, the bytes of their digits, or NUMERIC, a number. In any case.";
    keys::definition()
        .key(flag(
            GENERALIZED_SUM_TYPE_SUPPORT,
            Importance::Medium,
            "false",
            "Names enums and unions in Connect as converters of other formats do.",
        ))
        .key(flag(
            IGNORE_DEFAULT_FOR_NULLABLES,
            Importance::Medium,
            "false",
            "Writes a null as a null, though its schema has a default.",
        ))
        .key(flag(
            OBJECT_ADDITIONAL_PROPERTIES,
            Importance::Medium,
            "true",
            "Lets objects have properties that their schema does not name.",
        ))
        .key(flag(
            USE_OPTIONAL_FOR_NONREQUIRED,
            Importance::Medium,
            "false",
            "Reads properties that are not required as optional fields.",
        ))
        .key(flag(IGNORE_MODERN_DIALECTS, Importance::Low, "false", "Takes schemas of drafts after 7 for schemas of draft 7."))
        .key(
            ConfigKey::new(DECIMAL_FORMAT, KeyType::String, Importance::Low, decimal_format)
                .default("BASE64")
                .validator(Validator::OneOfIgnoringCase(vec!["BASE64", "NUMERIC"])),
        )
        .key(flag(FLATTEN_SINGLETON_UNIONS, Importance::Low, "true", "Reads a union of one type as that type."))
        .key(flag(FAIL_INVALID_SCHEMA, Importance::Low, "false", "Refuses values that are not valid under their schema."))
}

/// The options of a configuration.
pub fn options(config: &Config) -> Result<Options, Error> {
    Ok(Options {
        generalized_sum_type_support: config.boolean(GENERALIZED_SUM_TYPE_SUPPORT)?,
        ignore_default_for_nullables: config.boolean(IGNORE_DEFAULT_FOR_NULLABLES)?,
        object_additional_properties: config.boolean(OBJECT_ADDITIONAL_PROPERTIES)?,
        use_optional_for_nonrequired: config.boolean(USE_OPTIONAL_FOR_NONREQUIRED)?,
        ignore_modern_dialects: config.boolean(IGNORE_MODERN_DIALECTS)?,
        flatten_singleton_unions: config.boolean(FLATTEN_SINGLETON_UNIONS)?,
        decimal_format: DecimalFormat::read(config)?,
    })
}
