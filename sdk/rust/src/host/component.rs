//! The imports. Each is in the component only if a plugin uses it.

use std::collections::BTreeMap;

use crate::bindings::imports::caisson::connect as imports;
use crate::bindings::imports::caisson::connect::types;
use crate::error::Error;
use crate::run::convert;
use crate::schema_registry::{Definition, Located, Registered};
use crate::sql::{Column, Outcome, Table, TableId};
use crate::topic_partition::{TopicPartition, TopicPartitionOffset};

pub(crate) fn log(level: &str, target: &str, message: &str) {
    imports::log::log(level, target, message);
}

pub(crate) fn log_enabled(level: &str) -> bool {
    imports::log::enabled(level)
}

pub(crate) fn offsets(partitions: &[u8]) -> Result<Vec<u8>, String> {
    imports::offset_reader::offsets(partitions)
}

pub(crate) fn request_task_reconfiguration() {
    imports::task_context::request_task_reconfiguration();
}

pub(crate) fn raise_error(message: &str) {
    imports::task_context::raise_error(message);
}

pub(crate) fn rewind(offsets: &[TopicPartitionOffset]) {
    let offsets: Vec<types::TopicPartitionOffset> = offsets.iter().cloned().map(convert::offset_out).collect();
    imports::task_context::offset(&offsets);
}

pub(crate) fn timeout(millis: u64) {
    imports::task_context::timeout(millis);
}

pub(crate) fn assignment() -> Vec<TopicPartition> {
    imports::task_context::assignment().into_iter().map(convert::partition_in).collect()
}

pub(crate) fn pause(partitions: &[TopicPartition]) -> Result<(), String> {
    imports::task_context::pause(&partitions_out(partitions))
}

pub(crate) fn resume(partitions: &[TopicPartition]) -> Result<(), String> {
    imports::task_context::resume(&partitions_out(partitions))
}

pub(crate) fn request_commit() {
    imports::task_context::request_commit();
}

pub(crate) fn reporter_available() -> bool {
    imports::errant_record_reporter::available()
}

pub(crate) fn report(record: u32, error: &Error) -> Result<(), String> {
    imports::errant_record_reporter::report(record, &convert::error_out(error.clone()))
}

pub(crate) fn transactions_available() -> bool {
    imports::transaction_context::available()
}

pub(crate) fn commit_transaction() {
    imports::transaction_context::commit_transaction();
}

pub(crate) fn abort_transaction() {
    imports::transaction_context::abort_transaction();
}

pub(crate) fn commit_transaction_after(record: u32) {
    imports::transaction_context::commit_transaction_after(record);
}

pub(crate) fn abort_transaction_after(record: u32) {
    imports::transaction_context::abort_transaction_after(record);
}

fn partitions_out(partitions: &[TopicPartition]) -> Vec<types::TopicPartition> {
    partitions.iter().cloned().map(convert::partition_out).collect()
}

/// An open registry.
#[derive(Debug)]
pub(crate) struct Registry(imports::schema_registry::Registry);

impl Registry {
    pub(crate) fn open(config: &BTreeMap<String, String>) -> Result<Self, Error> {
        let config: types::Config = config.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
        imports::schema_registry::Registry::open(&config).map(Self).map_err(convert::error_in)
    }

    pub(crate) fn by_id(&self, id: i32, subject: Option<&str>) -> Result<Registered, Error> {
        self.0.by_id(id, subject).map(convert::registered_in).map_err(convert::error_in)
    }

    pub(crate) fn by_version(&self, subject: &str, version: i32) -> Result<Registered, Error> {
        self.0.by_version(subject, version).map(convert::registered_in).map_err(convert::error_in)
    }

    pub(crate) fn by_metadata(&self, subject: &str, metadata: &[(String, String)]) -> Result<Registered, Error> {
        self.0.by_metadata(subject, metadata).map(convert::registered_in).map_err(convert::error_in)
    }

    pub(crate) fn register(&self, subject: &str, schema: &Definition, normalize: bool) -> Result<Located, Error> {
        let located = self.0.register(subject, &convert::definition_out(schema), normalize);
        located.map(convert::located_in).map_err(convert::error_in)
    }

    pub(crate) fn look_up(&self, subject: &str, schema: &Definition, normalize: bool) -> Result<Located, Error> {
        let located = self.0.look_up(subject, &convert::definition_out(schema), normalize);
        located.map(convert::located_in).map_err(convert::error_in)
    }
}

/// An open connection to a database.
#[derive(Debug)]
pub(crate) struct Connection(imports::sql::Connection);

impl Connection {
    pub(crate) fn open(config: &BTreeMap<String, String>, options: &[(String, String)]) -> Result<Self, Error> {
        let config: types::Config = config.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
        imports::sql::Connection::open(&config, options).map(Self).map_err(convert::error_in)
    }

    pub(crate) fn about(&self) -> Vec<(String, String)> {
        self.0.about()
    }

    pub(crate) fn is_valid(&self) -> bool {
        self.0.is_valid()
    }

    pub(crate) fn catalogs(&self) -> Result<Vec<String>, Error> {
        self.0.catalogs().map_err(convert::error_in)
    }

    pub(crate) fn schemas(&self) -> Result<Vec<String>, Error> {
        self.0.schemas().map_err(convert::error_in)
    }

    pub(crate) fn tables(
        &self,
        catalog: Option<&str>,
        schema_pattern: Option<&str>,
        name_pattern: Option<&str>,
        types: &[String],
    ) -> Result<Vec<Table>, Error> {
        let tables = self.0.tables(catalog, schema_pattern, name_pattern, types).map_err(convert::error_in)?;
        Ok(tables.into_iter().map(convert::table_in).collect())
    }

    pub(crate) fn columns(&self, table: &TableId) -> Result<Vec<Column>, Error> {
        let columns = self.0.columns(&convert::table_id_out(table)).map_err(convert::error_in)?;
        Ok(columns.into_iter().map(convert::column_in).collect())
    }

    pub(crate) fn primary_keys(&self, table: &TableId) -> Result<Vec<String>, Error> {
        self.0.primary_keys(&convert::table_id_out(table)).map_err(convert::error_in)
    }

    pub(crate) fn query(
        &self,
        statement: &str,
        types: &[String],
        rows: &[u8],
        options: &[(String, String)],
    ) -> Result<Cursor, Error> {
        self.0.query(statement, &convert::parameters_out(types, rows), options).map(Cursor).map_err(convert::error_in)
    }

    pub(crate) fn execute(&self, statement: &str, types: &[String], rows: &[u8]) -> Result<Option<u64>, Error> {
        self.0.execute(statement, &convert::parameters_out(types, rows)).map_err(convert::error_in)
    }

    pub(crate) fn execute_batch(&self, statement: &str, types: &[String], rows: &[u8]) -> Result<Vec<Outcome>, Error> {
        let outcomes = self.0.execute_batch(statement, &convert::parameters_out(types, rows)).map_err(convert::error_in)?;
        Ok(outcomes.into_iter().map(convert::outcome_in).collect())
    }

    pub(crate) fn begin(&self) -> Result<(), Error> {
        self.0.begin().map_err(convert::error_in)
    }

    pub(crate) fn commit(&self) -> Result<(), Error> {
        self.0.commit().map_err(convert::error_in)
    }

    pub(crate) fn rollback(&self) -> Result<(), Error> {
        self.0.rollback().map_err(convert::error_in)
    }
}

/// Rows on their way.
#[derive(Debug)]
pub(crate) struct Cursor(imports::sql::Cursor);

impl Cursor {
    pub(crate) fn columns(&self) -> Vec<Column> {
        self.0.columns().into_iter().map(convert::column_in).collect()
    }

    pub(crate) fn read_as(&self, fields: &[(u32, String)], beside: &[(u32, String)]) -> Result<(), Error> {
        self.0.read_as(&convert::reads_out(fields), &convert::reads_out(beside)).map_err(convert::error_in)
    }

    pub(crate) fn fetch(&self, max_rows: u32, max_bytes: u32) -> Result<(Vec<u8>, u32, bool), Error> {
        let fetched = self.0.fetch(max_rows, max_bytes).map_err(convert::error_in)?;
        Ok((fetched.rows, fetched.count, fetched.more))
    }

    pub(crate) fn cancel(&self) {
        self.0.cancel();
    }
}
