//! Kafka Connect's own transformations and predicates, under their Java class names.

pub mod drop_headers;
pub mod filter;
pub mod hoist_field;
pub mod insert_field;
pub mod insert_header;
pub mod java_regex;
pub mod mask_field;
pub mod number_text;
pub mod predicates;
pub mod replace_field;
pub mod requirements;
pub mod schema_updates;
pub mod set_schema_metadata;
pub mod side;
pub mod value_to_key;

pub use drop_headers::DropHeaders;
pub use filter::Filter;
pub use hoist_field::HoistField;
pub use insert_field::InsertField;
pub use insert_header::InsertHeader;
pub use mask_field::MaskField;
pub use replace_field::ReplaceField;
pub use set_schema_metadata::SetSchemaMetadata;
pub use side::{Key, Side, Value};
pub use value_to_key::ValueToKey;
