//! Vectors: what the Java classes of Apache Kafka made of an input, and whether Caisson makes the same of it.
//!
//! A case is a line of JSON, `{"id", "class", "op"?, "config"?, "input", "output"}`. Values say their Java type:
//! `{"int32": 1}`. A case of a stage goes through a batch as the host would encode it, the chain of stages, and back; one of the
//! data model or of ConfigDef calls the SDK.

pub mod avro;
pub mod case;
pub mod compare;
pub mod configdef;
pub mod projector;
pub mod read;
pub mod report;
pub mod run;
pub mod show;
pub mod validate;
pub mod values;
