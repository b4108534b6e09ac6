//! The data plane: one connector's task, from poll to producer or from consumer to put.

pub mod submitted;
