//! What the tests, the benchmark and the quick start run: Apache Kafka ([`distribution`], [`broker`]) and workers ([`worker`], spoken
//! to through [`rest`]). Programs started here end with the process that started them ([`guarded`]), and every wait has a
//! deadline ([`deadline`]).

pub mod broker;
pub mod deadline;
pub mod distribution;
pub mod exchange;
pub mod guarded;
pub mod rest;
pub mod worker;
