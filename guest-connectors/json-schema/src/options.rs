//! What every schema and value depends on.

use caisson_converters::json::config::DecimalFormat;
use caisson_sdk::Schema;

/// The settings of `JsonSchemaDataConfig`; see `config` for what each means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    pub generalized_sum_type_support: bool,
    pub ignore_default_for_nullables: bool,
    pub object_additional_properties: bool,
    pub use_optional_for_nonrequired: bool,
    pub ignore_modern_dialects: bool,
    pub flatten_singleton_unions: bool,
    pub decimal_format: DecimalFormat,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            generalized_sum_type_support: false,
            ignore_default_for_nullables: false,
            object_additional_properties: true,
            use_optional_for_nonrequired: false,
            ignore_modern_dialects: false,
            flatten_singleton_unions: true,
            decimal_format: DecimalFormat::Base64,
        }
    }
}

/// Parameters that begin so are this converter's own, and are told by JSON Schema's own words.
pub const NAMESPACE: &str = "io.confluent.connect.json";
/// The name of a union's schema; with `.field.` and a position behind it, of its fields.
pub const ONE_OF: &str = "io.confluent.connect.json.OneOf";
const ENUM: &str = "io.confluent.connect.json.Enum";
const GENERALIZED_ENUM: &str = "org.apache.kafka.connect.data.Enum";
/// Parameter of a union's schema that all formats understand.
pub const GENERALIZED_UNION: &str = "org.apache.kafka.connect.data.Union";
/// Beginning of the name of such a union; with `field_` behind it, of its fields.
pub const GENERALIZED_PREFIX: &str = "connect_union_";
/// A null among an enum's symbols.
pub const NULL_SYMBOL: &str = "<NULL>";

/// Keywords that Connect's types are told by.
pub const CONNECT_TYPE: &str = "connect.type";
pub const CONNECT_INDEX: &str = "connect.index";
pub const CONNECT_VERSION: &str = "connect.version";
pub const CONNECT_PARAMETERS: &str = "connect.parameters";

/// What the properties of a map's entry are called where its keys are no text.
pub const KEY: &str = "key";
pub const VALUE: &str = "value";

impl Options {
    /// The parameter that marks an enum, and with `.` and a symbol behind it one of its symbols.
    pub fn enum_parameter(&self) -> &'static str {
        if self.generalized_sum_type_support { GENERALIZED_ENUM } else { ENUM }
    }
}

/// Whether the schema is that of an enum, whichever way it is told.
pub fn is_enum(schema: &Schema) -> bool {
    schema.parameter(ENUM).is_some() || schema.parameter(GENERALIZED_ENUM).is_some()
}

/// The symbol that a parameter of an enum's schema tells.
pub fn symbol_of(parameter: &str) -> Option<&str> {
    [ENUM, GENERALIZED_ENUM].into_iter().find_map(|name| parameter.strip_prefix(name)?.strip_prefix('.'))
}

/// Whether the schema's struct holds one of its fields only.
pub fn is_union(schema: &Schema) -> bool {
    schema.name() == Some(ONE_OF) || schema.parameter(GENERALIZED_UNION).is_some()
}

/// Whether a map of that schema is a JSON object; else it is an array of entries.
pub fn is_object(schema: &Schema) -> bool {
    schema.key_schema().is_some_and(|keys| keys.type_() == caisson_sdk::Type::String && !keys.is_optional())
}
