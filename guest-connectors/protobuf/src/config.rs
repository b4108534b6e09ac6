//! The keys of `ProtobufConverter` (Confluent's `ProtobufConverterConfig` and `ProtobufDataConfig`).

use caisson_registry_serde::keys;
use caisson_sdk::{Config, ConfigDef, ConfigKey, Error, Importance, KeyType, PluginInfo};

use crate::options::Options;

const CLASS: &str = "io.confluent.connect.protobuf.ProtobufConverter";

const GENERALIZED_SUM_TYPE_SUPPORT: &str = "generalized.sum.type.support";
const IGNORE_DEFAULT_FOR_NULLABLES: &str = "ignore.default.for.nullables";
const ENHANCED_SCHEMA_SUPPORT: &str = "enhanced.protobuf.schema.support";
const SCRUB_INVALID_NAMES: &str = "scrub.invalid.names";
const INT_FOR_ENUMS: &str = "int.for.enums";
const OPTIONAL_FOR_NULLABLES: &str = "optional.for.nullables";
const OPTIONAL_FOR_PROTO2: &str = "optional.for.proto2";
const WRAPPER_FOR_NULLABLES: &str = "wrapper.for.nullables";
const WRAPPER_FOR_RAW_PRIMITIVES: &str = "wrapper.for.raw.primitives";
const GENERATE_STRUCT_FOR_NULLS: &str = "generate.struct.for.nulls";
const GENERATE_INDEX_FOR_UNIONS: &str = "generate.index.for.unions";
const FLATTEN_UNIONS: &str = "flatten.unions";

/// Its entry in the manifest.
pub fn plugin() -> PluginInfo {
    keys::plugin(CLASS, "Protobuf, with schemas in a schema registry.", definition())
}

fn definition() -> ConfigDef {
    let flag =
        |name, default, documentation| ConfigKey::new(name, KeyType::Boolean, Importance::Medium, documentation).default(default);
    keys::definition()
        .key(flag(GENERALIZED_SUM_TYPE_SUPPORT, "false", "Names enums and oneofs in Connect as converters of other formats do."))
        .key(flag(IGNORE_DEFAULT_FOR_NULLABLES, "false", "Writes a null as a null, though its schema has a default."))
        .key(flag(ENHANCED_SCHEMA_SUPPORT, "false", "Names schemas in Connect with the package."))
        .key(flag(SCRUB_INVALID_NAMES, "false", "Replaces characters that Protobuf's names cannot have."))
        .key(flag(INT_FOR_ENUMS, "false", "Reads enums as numbers, not as symbols."))
        .key(flag(
            OPTIONAL_FOR_NULLABLES,
            "false",
            "Writes fields that may be null with the label optional, and reads only those as such.",
        ))
        .key(flag(
            OPTIONAL_FOR_PROTO2,
            "true",
            "Reads an optional field of proto2 that is not there as a null, not as its default.",
        ))
        .key(flag(WRAPPER_FOR_NULLABLES, "false", "Writes primitives that may be null in wrapper messages."))
        .key(flag(WRAPPER_FOR_RAW_PRIMITIVES, "true", "Reads wrapper messages as the primitives in them."))
        .key(flag(GENERATE_STRUCT_FOR_NULLS, "false", "Reads a message that is not there as one of defaults."))
        .key(flag(GENERATE_INDEX_FOR_UNIONS, "true", "Puts an underscore and a number behind the names of oneofs."))
        .key(flag(FLATTEN_UNIONS, "false", "Reads the fields of a oneof as fields of the message around it."))
}

/// The options of a configuration.
pub fn options(config: &Config) -> Result<Options, Error> {
    Ok(Options {
        generalized_sum_type_support: config.boolean(GENERALIZED_SUM_TYPE_SUPPORT)?,
        ignore_default_for_nullables: config.boolean(IGNORE_DEFAULT_FOR_NULLABLES)?,
        enhanced_schema_support: config.boolean(ENHANCED_SCHEMA_SUPPORT)?,
        scrub_invalid_names: config.boolean(SCRUB_INVALID_NAMES)?,
        int_for_enums: config.boolean(INT_FOR_ENUMS)?,
        optional_for_nullables: config.boolean(OPTIONAL_FOR_NULLABLES)?,
        optional_for_proto2: config.boolean(OPTIONAL_FOR_PROTO2)?,
        wrapper_for_nullables: config.boolean(WRAPPER_FOR_NULLABLES)?,
        wrapper_for_raw_primitives: config.boolean(WRAPPER_FOR_RAW_PRIMITIVES)?,
        generate_struct_for_nulls: config.boolean(GENERATE_STRUCT_FOR_NULLS)?,
        generate_index_for_unions: config.boolean(GENERATE_INDEX_FOR_UNIONS)?,
        flatten_unions: config.boolean(FLATTEN_UNIONS)?,
    })
}
