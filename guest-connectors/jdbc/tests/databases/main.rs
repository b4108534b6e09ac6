//! The connectors over the worker's drivers and real databases, beside what the JVM's connectors did there. The goldens are recordings of
//! Aiven's fork of Confluent's connectors on Kafka Connect 4.3.1.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod differences;
mod driver;
mod json;
mod server;
mod sink;
mod sink_semantics;
mod source;
mod source_semantics;
mod tables;

use server::Server;

#[test]
fn rows_of_sqlite_become_the_jvms_records() {
    driver::install();
    source::check(&Server::sqlite());
}

#[test]
fn records_become_the_jvms_rows_in_sqlite() {
    driver::install();
    sink::check(&Server::sqlite());
}

#[test]
fn rows_of_postgresql_become_the_jvms_records() {
    driver::install();
    source::check(&Server::postgres("source"));
}

#[test]
fn records_become_the_jvms_rows_in_postgresql() {
    driver::install();
    sink::check(&Server::postgres("sink"));
}

#[test]
fn rows_of_mariadb_become_the_jvms_records() {
    driver::install();
    source::check(&Server::mariadb());
}

#[test]
fn records_become_the_jvms_rows_in_mariadb() {
    driver::install();
    sink::check(&Server::mariadb());
}
