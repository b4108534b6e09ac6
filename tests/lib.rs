//! What the tests of the whole share: topics seen from outside ([`topics`]), the pipelines that several of them run ([`pipelines`]), the contract
//! suite by languages ([`suite_table`]), and the example's pipeline ([`orders`]).

pub mod orders;
pub mod pipelines;
pub mod suite_table;
pub mod topics;
