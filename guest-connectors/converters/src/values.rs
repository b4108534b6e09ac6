//! Values as text and back, as `org.apache.kafka.connect.data.Values` does it for headers.

mod merge;
mod number;
mod parse;
mod print;
mod temporal;
mod tokens;

pub use parse::parse;
pub use print::print;
