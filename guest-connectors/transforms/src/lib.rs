//! Kafka Connect's own transformations and predicates, under their Java class names.

pub mod filter;
pub mod hoist_field;
pub mod insert_field;
pub mod java_regex;
pub mod mask_field;
pub mod number_text;
pub mod predicates;
pub mod replace_field;
pub mod requirements;
pub mod schema_updates;
pub mod side;

pub use filter::Filter;
pub use hoist_field::HoistField;
pub use insert_field::InsertField;
pub use mask_field::MaskField;
pub use replace_field::ReplaceField;
pub use side::{Key, Side, Value};
