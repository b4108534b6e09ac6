//! The worker's own drivers, for plugins of this thread.

use std::sync::{Arc, OnceLock};

use caisson_sdk::sql::{Column, Outcome, Table, TableId};
use caisson_sdk::testing::sql::{self, connect_by};
use caisson_sdk::{Error, ErrorKind};
use caisson_sql::connection;
use caisson_sql::dial::Gate;
use caisson_sql::error::SqlError;
use caisson_sql::pool::Pool;
use caisson_sql::settings::Settings;
use tokio::runtime::Runtime;

/// How many connections the tests' connectors may have.
const CONNECTIONS: usize = 16;

fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap())
}

/// Has plugins of this thread open real databases.
pub fn install() {
    let pool = Pool::new(CONNECTIONS);
    connect_by(Box::new(move |config, options| {
        let settings = Settings::of(config, options).map_err(told)?;
        let opened = runtime().block_on(pool.open(settings, &Gate::open())).map_err(told)?;
        Ok(Box::new(Connection(Some(opened))))
    }));
}

fn told(error: SqlError) -> Error {
    let mut told = Error::of(ErrorKind::named(error.kind()), error.class(), error.message.clone());
    for (name, value) in error.options() {
        told = told.with_option(name, value);
    }
    told
}

#[derive(Debug)]
struct Connection(Option<connection::Connection>);

/// What is given back to the pool has to be so within the runtime.
impl Drop for Connection {
    fn drop(&mut self) {
        let _runtime = runtime().enter();
        drop(self.0.take());
    }
}

impl Connection {
    fn open(&self) -> &connection::Connection {
        self.0.as_ref().unwrap()
    }
}

fn column(column: &caisson_sql::column::Column) -> Column {
    Column {
        name: column.name.clone(),
        type_: column.type_.to_owned(),
        type_name: column.type_name.clone(),
        default_type: column.connect_type.as_ref().map(|type_| type_.to_string().parse().unwrap()),
        nullable: column.nullable,
        signed: column.signed,
        auto_increment: column.auto_increment,
        precision: column.precision,
        scale: column.scale,
        options: column.options.clone(),
    }
}

fn table_id(id: &TableId) -> caisson_sql::column::TableId {
    caisson_sql::column::TableId { catalog: id.catalog.clone(), schema: id.schema.clone(), name: id.name.clone() }
}

impl sql::Connection for Connection {
    fn about(&self) -> Vec<(String, String)> {
        self.open().about()
    }

    fn is_valid(&self) -> bool {
        runtime().block_on(self.open().is_valid())
    }

    fn catalogs(&self) -> Result<Vec<String>, Error> {
        runtime().block_on(self.open().catalogs()).map_err(told)
    }

    fn schemas(&self) -> Result<Vec<String>, Error> {
        runtime().block_on(self.open().schemas()).map_err(told)
    }

    fn tables(
        &self,
        catalog: Option<&str>,
        schema: Option<&str>,
        name: Option<&str>,
        types: &[String],
    ) -> Result<Vec<Table>, Error> {
        let tables = runtime().block_on(self.open().tables(catalog, schema, name, types)).map_err(told)?;
        let table = |table: caisson_sql::column::Table| Table {
            id: TableId { catalog: table.id.catalog, schema: table.id.schema, name: table.id.name },
            type_: table.type_,
        };
        Ok(tables.into_iter().map(table).collect())
    }

    fn columns(&self, table: &TableId) -> Result<Vec<Column>, Error> {
        let columns = runtime().block_on(self.open().columns(&table_id(table))).map_err(told)?;
        Ok(columns.iter().map(column).collect())
    }

    fn primary_keys(&self, table: &TableId) -> Result<Vec<String>, Error> {
        runtime().block_on(self.open().primary_keys(&table_id(table))).map_err(told)
    }

    fn query(
        &self,
        statement: &str,
        types: &[String],
        rows: &[u8],
        options: &[(String, String)],
    ) -> Result<Box<dyn sql::Cursor>, Error> {
        let fetch_size = options.iter().find(|(name, _)| name == "fetch.size").map_or(0, |(_, size)| size.parse().unwrap());
        let cursor = runtime().block_on(self.open().query(statement, types, rows, fetch_size)).map_err(told)?;
        Ok(Box::new(Cursor(Arc::new(cursor))))
    }

    fn execute(&self, statement: &str, types: &[String], rows: &[u8]) -> Result<Option<u64>, Error> {
        runtime().block_on(self.open().execute(statement, types, rows)).map_err(told)
    }

    fn execute_batch(&self, statement: &str, types: &[String], rows: &[u8]) -> Result<Vec<Outcome>, Error> {
        let outcomes = runtime().block_on(self.open().execute_batch(statement, types, rows)).map_err(told)?;
        Ok(outcomes.into_iter().map(|outcome| Outcome { changed: outcome.changed, error: outcome.error.map(told) }).collect())
    }

    fn begin(&self) -> Result<(), Error> {
        runtime().block_on(self.open().begin()).map_err(told)
    }

    fn commit(&self) -> Result<(), Error> {
        runtime().block_on(self.open().commit()).map_err(told)
    }

    fn rollback(&self) -> Result<(), Error> {
        runtime().block_on(self.open().rollback()).map_err(told)
    }
}

#[derive(Debug)]
struct Cursor(Arc<connection::Cursor>);

impl sql::Cursor for Cursor {
    fn columns(&self) -> Vec<Column> {
        self.0.columns().iter().map(column).collect()
    }

    fn read_as(&self, fields: &[(u32, String)], beside: &[(u32, String)]) -> Result<(), Error> {
        self.0.read_as(fields, beside).map_err(told)
    }

    fn fetch(&self, max_rows: u32, max_bytes: u32) -> Result<(Vec<u8>, u32, bool), Error> {
        let fetched = runtime().block_on(self.0.fetch(max_rows, max_bytes)).map_err(told)?;
        Ok((fetched.rows, fetched.count, fetched.more))
    }

    fn cancel(&self) {
        self.0.cancel();
    }
}
