//! Values as text and back, as `org.apache.kafka.connect.data.Values` does it for headers.

mod merge;
pub mod number;
pub mod parse;
pub mod print;
mod temporal;
mod tokens;
