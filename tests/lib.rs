//! What the tests of the whole share: topics seen from outside ([`topics`]), and the pipelines that several of them run ([`pipelines`]).

pub mod pipelines;
pub mod topics;
