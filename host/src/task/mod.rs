//! The data plane: one connector's task, from poll to producer or from consumer to put.
//!
//! A task is one future. Batches pass through its stages in order; what is in flight to the broker is settled by acknowledgements.

mod acks;
mod chain;
mod commit;
pub mod counters;
pub mod environment;
pub mod failure;
mod notices;
pub mod orders;
mod pipeline;
mod plan;
pub mod sink;
mod sink_context;
pub mod source;
pub mod source_offsets;
pub mod spans;
mod submitted;
mod together;
mod topics;
mod transaction_bounds;
mod turn;
mod window;
