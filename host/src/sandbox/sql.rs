//! The import `sql`, answered by the worker's drivers.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use caisson_sql::column::{Column, Table, TableId};
use caisson_sql::connection::{Connection, Cursor};
use caisson_sql::error::{Reason, SqlError};
use caisson_sql::session::Outcome;
use wasmtime::component::Resource;

use crate::config::Props;
use crate::sandbox::bindings::caisson::connect::sql as wit;
use crate::sandbox::bindings::caisson::connect::types;
use crate::sandbox::host_calls::Calling;
use crate::sandbox::state::State;

type Answer<T> = wasmtime::Result<Result<T, types::Error>>;

/// A connection that a plugin has opened.
pub struct OpenConnection(Connection);

/// A cursor that a plugin has opened.
pub struct OpenCursor(Arc<Cursor>);

impl wit::Host for Calling<'_> {}

impl wit::HostConnection for Calling<'_> {
    async fn open(&mut self, config: types::Config, options: Vec<(String, String)>) -> Answer<Resource<OpenConnection>> {
        let config: Props = config.into_iter().collect();
        let databases = self.databases.clone();
        let refusals = self.refusals.clone();
        match in_time(self.time_left(), databases.open(&config, &options, &refusals)).await {
            Ok(connection) => Ok(Ok(self.table.push(OpenConnection(connection))?)),
            Err(error) => Ok(Err(error)),
        }
    }

    fn about(&mut self, this: Resource<OpenConnection>) -> wasmtime::Result<Vec<(String, String)>> {
        Ok(self.table.get(&this)?.0.about())
    }

    async fn is_valid(&mut self, this: Resource<OpenConnection>) -> wasmtime::Result<bool> {
        let connection = self.connection(&this)?;
        Ok(tokio::time::timeout(self.time_left(), connection.is_valid()).await.unwrap_or(false))
    }

    async fn catalogs(&mut self, this: Resource<OpenConnection>) -> Answer<Vec<String>> {
        let connection = self.connection(&this)?;
        Ok(in_time(self.time_left(), connection.catalogs()).await)
    }

    async fn schemas(&mut self, this: Resource<OpenConnection>) -> Answer<Vec<String>> {
        let connection = self.connection(&this)?;
        Ok(in_time(self.time_left(), connection.schemas()).await)
    }

    async fn tables(
        &mut self,
        this: Resource<OpenConnection>,
        catalog: Option<String>,
        schema_pattern: Option<String>,
        name_pattern: Option<String>,
        types: Vec<String>,
    ) -> Answer<Vec<wit::Table>> {
        let connection = self.connection(&this)?;
        let asking = connection.tables(catalog.as_deref(), schema_pattern.as_deref(), name_pattern.as_deref(), &types);
        Ok(in_time(self.time_left(), asking).await.map(|tables| tables.into_iter().map(table).collect()))
    }

    async fn columns(&mut self, this: Resource<OpenConnection>, table: wit::TableId) -> Answer<Vec<wit::Column>> {
        let (connection, table) = (self.connection(&this)?, table_id(table));
        let columns = in_time(self.time_left(), connection.columns(&table)).await;
        Ok(columns.map(|columns| columns.iter().map(column).collect()))
    }

    async fn primary_keys(&mut self, this: Resource<OpenConnection>, table: wit::TableId) -> Answer<Vec<String>> {
        let (connection, table) = (self.connection(&this)?, table_id(table));
        Ok(in_time(self.time_left(), connection.primary_keys(&table)).await)
    }

    async fn query(
        &mut self,
        this: Resource<OpenConnection>,
        statement: String,
        parameters: wit::Parameters,
        options: Vec<(String, String)>,
    ) -> Answer<Resource<OpenCursor>> {
        let connection = self.connection(&this)?;
        let size = options.iter().find(|(name, _)| name == "fetch.size").and_then(|(_, rows)| rows.parse().ok()).unwrap_or(0);
        let asking = connection.query(&statement, &parameters.types, &parameters.rows, size);
        match in_time(self.time_left(), asking).await {
            Ok(cursor) => Ok(Ok(self.table.push(OpenCursor(Arc::new(cursor)))?)),
            Err(error) => Ok(Err(error)),
        }
    }

    async fn execute(
        &mut self,
        this: Resource<OpenConnection>,
        statement: String,
        parameters: wit::Parameters,
    ) -> Answer<Option<u64>> {
        let connection = self.connection(&this)?;
        let executing = connection.execute(&statement, &parameters.types, &parameters.rows);
        Ok(in_time(self.time_left(), executing).await)
    }

    async fn execute_batch(
        &mut self,
        this: Resource<OpenConnection>,
        statement: String,
        parameters: wit::Parameters,
    ) -> Answer<Vec<wit::Outcome>> {
        let connection = self.connection(&this)?;
        let executing = connection.execute_batch(&statement, &parameters.types, &parameters.rows);
        Ok(in_time(self.time_left(), executing).await.map(|outcomes| outcomes.into_iter().map(outcome).collect()))
    }

    async fn begin(&mut self, this: Resource<OpenConnection>) -> Answer<()> {
        let connection = self.connection(&this)?;
        Ok(in_time(self.time_left(), connection.begin()).await)
    }

    async fn commit(&mut self, this: Resource<OpenConnection>) -> Answer<()> {
        let connection = self.connection(&this)?;
        Ok(in_time(self.time_left(), connection.commit()).await)
    }

    async fn rollback(&mut self, this: Resource<OpenConnection>) -> Answer<()> {
        let connection = self.connection(&this)?;
        Ok(in_time(self.time_left(), connection.rollback()).await)
    }

    async fn drop(&mut self, this: Resource<OpenConnection>) -> wasmtime::Result<()> {
        self.table.delete(this)?;
        Ok(())
    }
}

impl wit::HostCursor for Calling<'_> {
    fn columns(&mut self, this: Resource<OpenCursor>) -> wasmtime::Result<Vec<wit::Column>> {
        Ok(self.table.get(&this)?.0.columns().iter().map(column).collect())
    }

    fn read_as(&mut self, this: Resource<OpenCursor>, fields: Vec<wit::Read>, beside: Vec<wit::Read>) -> Answer<()> {
        let pairs = |reads: Vec<wit::Read>| reads.into_iter().map(|read| (read.column, read.connect_type)).collect::<Vec<_>>();
        let read = self.table.get(&this)?.0.read_as(&pairs(fields), &pairs(beside));
        Ok(read.map_err(|error| told(&error)))
    }

    async fn fetch(&mut self, this: Resource<OpenCursor>, max_rows: u32, max_bytes: u32) -> Answer<wit::Fetched> {
        let cursor = Arc::clone(&self.table.get(&this)?.0);
        let fetched = in_time(self.time_left(), cursor.fetch(max_rows, max_bytes)).await;
        Ok(fetched.map(|fetched| wit::Fetched { rows: fetched.rows, count: fetched.count, more: fetched.more }))
    }

    fn cancel(&mut self, this: Resource<OpenCursor>) -> wasmtime::Result<()> {
        self.table.get(&this)?.0.cancel();
        Ok(())
    }

    async fn drop(&mut self, this: Resource<OpenCursor>) -> wasmtime::Result<()> {
        self.table.delete(this)?;
        Ok(())
    }
}

impl State {
    fn connection(&self, this: &Resource<OpenConnection>) -> wasmtime::Result<Connection> {
        Ok(self.table.get(this)?.0.clone())
    }
}

// I15: the time of the plugin's call bounds that of the database, and what is dropped here is cancelled there.
async fn in_time<T>(time: Duration, asking: impl Future<Output = Result<T, SqlError>>) -> Result<T, types::Error> {
    let late = |_| {
        let told = format!("the database took longer than {} ms, which were left of sandbox.call.timeout.ms", time.as_millis());
        SqlError::new(Reason::Timeout, told)
    };
    tokio::time::timeout(time, asking).await.unwrap_or_else(|elapsed| Err(late(elapsed))).map_err(|error| told(&error))
}

fn told(error: &SqlError) -> types::Error {
    types::Error {
        kind: error.kind().to_owned(),
        class: error.class().to_owned(),
        message: error.to_string(),
        options: error.options(),
    }
}

fn column(from: &Column) -> wit::Column {
    wit::Column {
        name: from.name.clone(),
        type_: from.type_.to_owned(),
        type_name: from.type_name.clone(),
        connect_type: from.connect_type.as_ref().map(ToString::to_string).unwrap_or_default(),
        nullable: from.nullable,
        signed: from.signed,
        auto_increment: from.auto_increment,
        precision: from.precision,
        scale: from.scale,
        options: from.options.clone(),
    }
}

fn table_id(from: wit::TableId) -> TableId {
    TableId { catalog: from.catalog, schema: from.schema, name: from.name }
}

fn table(from: Table) -> wit::Table {
    let TableId { catalog, schema, name } = from.id;
    wit::Table { id: wit::TableId { catalog, schema, name }, type_: from.type_ }
}

fn outcome(from: Outcome) -> wit::Outcome {
    wit::Outcome { changed: from.changed, error: from.error.as_ref().map(told) }
}
