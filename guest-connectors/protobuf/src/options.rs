//! What every schema and value depends on.

/// The settings of `ProtobufDataConfig`; see `config` for what each means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    pub generalized_sum_type_support: bool,
    pub ignore_default_for_nullables: bool,
    pub enhanced_schema_support: bool,
    pub scrub_invalid_names: bool,
    pub int_for_enums: bool,
    pub optional_for_nullables: bool,
    pub optional_for_proto2: bool,
    pub wrapper_for_nullables: bool,
    pub wrapper_for_raw_primitives: bool,
    pub generate_struct_for_nulls: bool,
    pub generate_index_for_unions: bool,
    pub flatten_unions: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            generalized_sum_type_support: false,
            ignore_default_for_nullables: false,
            enhanced_schema_support: false,
            scrub_invalid_names: false,
            int_for_enums: false,
            optional_for_nullables: false,
            optional_for_proto2: true,
            wrapper_for_nullables: false,
            wrapper_for_raw_primitives: true,
            generate_struct_for_nulls: false,
            generate_index_for_unions: true,
            flatten_unions: false,
        }
    }
}

/// Parameter of a field's schema: its number.
pub const TAG: &str = "io.confluent.connect.protobuf.Tag";
/// Parameter of an integer's schema: its type in Protobuf, where Connect's says too little.
pub const TYPE: &str = "io.confluent.connect.protobuf.Type";
/// Beginning of the name of a union's schema.
pub const UNION: &str = "io.confluent.connect.protobuf.Union";
const ENUM: &str = "io.confluent.connect.protobuf.Enum";
const GENERALIZED_ENUM: &str = "org.apache.kafka.connect.data.Enum";
/// Parameter of a union's schema that all formats understand.
pub const GENERALIZED_UNION: &str = "org.apache.kafka.connect.data.Union";

impl Options {
    /// The parameter that names an enum, and with `.` and a symbol behind it tells that symbol's number.
    pub fn enum_parameter(&self) -> &'static str {
        if self.generalized_sum_type_support { GENERALIZED_ENUM } else { ENUM }
    }
}

/// Whether the schema is that of an enum, whichever way it is told.
pub fn is_enum(schema: &caisson_sdk::Schema) -> bool {
    enum_name(schema).is_some()
}

/// What the enum is called.
pub fn enum_name(schema: &caisson_sdk::Schema) -> Option<&str> {
    schema.parameter(GENERALIZED_ENUM).or_else(|| schema.parameter(ENUM))
}

/// The symbol whose number a parameter of an enum's schema tells.
pub fn symbol_of(parameter: &str) -> Option<&str> {
    [ENUM, GENERALIZED_ENUM].into_iter().find_map(|name| parameter.strip_prefix(name)?.strip_prefix('.'))
}

/// Whether the schema's struct holds one of its fields only.
pub fn is_union(schema: &caisson_sdk::Schema) -> bool {
    schema.name().is_some_and(|name| name.starts_with(UNION)) || schema.parameter(GENERALIZED_UNION).is_some()
}
