//! The host of plugins that run natively: what they ask for is kept where tests see it.

use std::collections::BTreeMap;

use crate::codec::origins;
use crate::codec::values::Reader;
use crate::codec::write;
use crate::error::Error;
use crate::schema_registry::{Definition, LATEST, Located, Registered};
use crate::sql::{Column, Outcome, Table, TableId};
use crate::testing::host::{try_with_host, with_host};
use crate::testing::sql;
use crate::topic_partition::{TopicPartition, TopicPartitionOffset};

pub(crate) fn log(level: &str, target: &str, message: &str) {
    try_with_host(|host| host.log.push((level.to_owned(), target.to_owned(), message.to_owned())));
}

pub(crate) fn log_enabled(level: &str) -> bool {
    level != "trace"
}

pub(crate) fn offsets(partitions: &[u8]) -> Result<Vec<u8>, String> {
    let told = |error: Error| error.message().to_owned();
    let mut reader = Reader::new(partitions);
    let count = reader.array().map_err(told)?;
    let mut answer = Vec::new();
    write::array(&mut answer, count);
    for _ in 0..count {
        let partition = reader.span().map_err(told)?;
        match with_host(|host| host.offsets.get(partition).cloned()) {
            Some(offset) => answer.extend_from_slice(&offset),
            None => write::null(&mut answer),
        }
    }
    origins::read_maps(&answer).map_err(told)?;
    Ok(answer)
}

pub(crate) fn request_task_reconfiguration() {
    with_host(|host| host.reconfigurations += 1);
}

pub(crate) fn raise_error(message: &str) {
    with_host(|host| host.raised.push(message.to_owned()));
}

pub(crate) fn rewind(offsets: &[TopicPartitionOffset]) {
    with_host(|host| host.rewinds.extend_from_slice(offsets));
}

pub(crate) fn timeout(millis: u64) {
    with_host(|host| host.timeout = Some(millis));
}

pub(crate) fn assignment() -> Vec<TopicPartition> {
    with_host(|host| host.assignment.clone())
}

pub(crate) fn pause(partitions: &[TopicPartition]) -> Result<(), String> {
    with_host(|host| {
        if let Some(other) = partitions.iter().find(|partition| !host.assignment.contains(partition)) {
            return Err(format!("{}-{} is not assigned to the task", other.topic, other.partition));
        }
        host.paused.extend_from_slice(partitions);
        Ok(())
    })
}

pub(crate) fn resume(partitions: &[TopicPartition]) -> Result<(), String> {
    with_host(|host| host.paused.retain(|partition| !partitions.contains(partition)));
    Ok(())
}

pub(crate) fn request_commit() {
    with_host(|host| host.commit_requests += 1);
}

pub(crate) fn reporter_available() -> bool {
    with_host(|host| host.reporter)
}

pub(crate) fn report(record: u32, error: &Error) -> Result<(), String> {
    with_host(|host| host.reported.push((record, error.message().to_owned())));
    Ok(())
}

pub(crate) fn transactions_available() -> bool {
    with_host(|host| host.transactions)
}

pub(crate) fn commit_transaction() {
    with_host(|host| host.boundaries.push(("commit", None)));
}

pub(crate) fn abort_transaction() {
    with_host(|host| host.boundaries.push(("abort", None)));
}

pub(crate) fn commit_transaction_after(record: u32) {
    with_host(|host| host.boundaries.push(("commit", Some(record))));
}

pub(crate) fn abort_transaction_after(record: u32) {
    with_host(|host| host.boundaries.push(("abort", Some(record))));
}

/// The thread's one registry; see [`crate::testing::registry`].
#[derive(Debug)]
pub(crate) struct Registry;

impl Registry {
    pub(crate) fn open(_: &BTreeMap<String, String>) -> Result<Self, Error> {
        Ok(Self)
    }

    pub(crate) fn by_id(&self, id: i32, _: Option<&str>) -> Result<Registered, Error> {
        with_host(|host| host.registry.by_id(id))
    }

    pub(crate) fn by_version(&self, subject: &str, version: i32) -> Result<Registered, Error> {
        with_host(|host| host.registry.by_version(subject, version))
    }

    pub(crate) fn by_metadata(&self, subject: &str, _: &[(String, String)]) -> Result<Registered, Error> {
        with_host(|host| host.registry.by_version(subject, LATEST))
    }

    pub(crate) fn register(&self, subject: &str, schema: &Definition, _: bool) -> Result<Located, Error> {
        with_host(|host| host.registry.register(subject, schema))
    }

    pub(crate) fn look_up(&self, subject: &str, schema: &Definition, _: bool) -> Result<Located, Error> {
        with_host(|host| host.registry.look_up(subject, schema))
    }
}

/// A connection of the thread's database; see [`crate::testing::sql`].
#[derive(Debug)]
pub(crate) struct Connection(Box<dyn sql::Connection>);

impl Connection {
    pub(crate) fn open(config: &BTreeMap<String, String>, options: &[(String, String)]) -> Result<Self, Error> {
        sql::open(config, options).map(Self)
    }

    pub(crate) fn about(&self) -> Vec<(String, String)> {
        self.0.about()
    }

    pub(crate) fn is_valid(&self) -> bool {
        self.0.is_valid()
    }

    pub(crate) fn catalogs(&self) -> Result<Vec<String>, Error> {
        self.0.catalogs()
    }

    pub(crate) fn schemas(&self) -> Result<Vec<String>, Error> {
        self.0.schemas()
    }

    pub(crate) fn tables(
        &self,
        catalog: Option<&str>,
        schema_pattern: Option<&str>,
        name_pattern: Option<&str>,
        types: &[String],
    ) -> Result<Vec<Table>, Error> {
        self.0.tables(catalog, schema_pattern, name_pattern, types)
    }

    pub(crate) fn columns(&self, table: &TableId) -> Result<Vec<Column>, Error> {
        self.0.columns(table)
    }

    pub(crate) fn primary_keys(&self, table: &TableId) -> Result<Vec<String>, Error> {
        self.0.primary_keys(table)
    }

    pub(crate) fn query(
        &self,
        statement: &str,
        types: &[String],
        rows: &[u8],
        options: &[(String, String)],
    ) -> Result<Cursor, Error> {
        self.0.query(statement, types, rows, options).map(Cursor)
    }

    pub(crate) fn execute(&self, statement: &str, types: &[String], rows: &[u8]) -> Result<Option<u64>, Error> {
        self.0.execute(statement, types, rows)
    }

    pub(crate) fn execute_batch(&self, statement: &str, types: &[String], rows: &[u8]) -> Result<Vec<Outcome>, Error> {
        self.0.execute_batch(statement, types, rows)
    }

    pub(crate) fn begin(&self) -> Result<(), Error> {
        self.0.begin()
    }

    pub(crate) fn commit(&self) -> Result<(), Error> {
        self.0.commit()
    }

    pub(crate) fn rollback(&self) -> Result<(), Error> {
        self.0.rollback()
    }
}

/// Rows of the thread's database.
#[derive(Debug)]
pub(crate) struct Cursor(Box<dyn sql::Cursor>);

impl Cursor {
    pub(crate) fn columns(&self) -> Vec<Column> {
        self.0.columns()
    }

    pub(crate) fn read_as(&self, fields: &[(u32, String)], beside: &[(u32, String)]) -> Result<(), Error> {
        self.0.read_as(fields, beside)
    }

    pub(crate) fn fetch(&self, max_rows: u32, max_bytes: u32) -> Result<(Vec<u8>, u32, bool), Error> {
        self.0.fetch(max_rows, max_bytes)
    }

    pub(crate) fn cancel(&self) {
        self.0.cancel();
    }
}
