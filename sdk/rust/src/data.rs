//! Connect's data: schemas, values, records.

pub mod decimal;
mod decimal_text;
pub mod encoded;
pub mod fields;
pub mod java_calendar;
pub mod java_digit;
pub mod java_float;
pub mod java_text;
pub mod logical;
pub mod record;
pub mod schema;
pub mod schema_builder;
pub mod schema_projector;
pub mod struct_;
pub mod validate;
pub mod value;
pub mod value_writer;
