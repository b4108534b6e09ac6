//! What the tests, the benchmark and the quick start run: Apache Kafka ([`distribution`], [`broker`]), a [`schema_registry`] with a foreign client
//! ([`python_client`]), databases ([`postgres`], [`mariadb`]), [`search`] servers, and workers ([`worker`], spoken to through [`rest`]).
//! Programs started here end with the process that started them ([`guarded`]), and every wait has a
//! deadline ([`deadline`]).

pub mod broker;
pub mod certificate;
pub mod clients;
pub mod deadline;
pub mod distribution;
pub mod exchange;
pub mod guarded;
pub mod mariadb;
pub mod postgres;
pub mod python_client;
pub mod rest;
pub mod schema_registry;
pub mod search;
pub mod unprivileged;
pub mod worker;
