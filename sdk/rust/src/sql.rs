//! Databases, to which the worker's drivers speak: a plugin with [`CAPABILITY`] opens the one that its configuration names by
//! `connection.url`. Statements are in the database's own language; [`placeholder`] gives its mark for a parameter.
//!
//! Natively the connections come from [`crate::testing::sql`].

pub mod column_type;
pub mod parameters;
pub mod rows;

use std::time::Duration;

use crate::config::Config;
use crate::error::Error;
use crate::host;
use crate::sql::column_type::ColumnType;
use crate::sql::parameters::Parameters;
use crate::sql::rows::Rows;

/// What a plugin's manifest says to be let at its database; see [`crate::PluginInfo::capability`].
pub const CAPABILITY: &str = "sql";
/// The option of an error that holds the SQLSTATE.
pub const SQL_STATE: &str = "sql.state";
/// The option of an error that holds the database's own number or name of it.
pub const CODE: &str = "code";
/// The option of an error that holds one of the words of `sql.wit`, such as `constraint` or `missing`.
pub const REASON: &str = "reason";

/// The mark for parameter `number`, which counts from 1, in a dialect of [`About::dialect`].
pub fn placeholder(dialect: &str, number: usize) -> String {
    match dialect {
        "postgresql" => format!("${number}"),
        "sqlserver" => format!("@P{number}"),
        "oracle" => format!(":{number}"),
        _ => "?".to_owned(),
    }
}

/// How a connection is opened. What is not set is as the configuration and the worker say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OpenOptions(Vec<(String, String)>);

impl OpenOptions {
    /// How long connecting may take.
    pub fn connect_timeout(self, limit: Duration) -> Self {
        self.with("connect.timeout.ms", limit.as_millis().to_string())
    }

    /// How long one statement may take; zero: as long as the plugin's call.
    pub fn statement_timeout(self, limit: Duration) -> Self {
        self.with("statement.timeout.ms", limit.as_millis().to_string())
    }

    /// The IANA name of the zone of dates and times that have none; UTC unless set.
    pub fn time_zone(self, zone: impl Into<String>) -> Self {
        self.with("time.zone", zone)
    }

    /// `legacy`, as java.sql counts days before 15 October 1582 and the default, or `proleptic`.
    pub fn calendar(self, calendar: impl Into<String>) -> Self {
        self.with("calendar", calendar)
    }

    /// `READ_UNCOMMITTED`, `READ_COMMITTED`, `REPEATABLE_READ` or `SERIALIZABLE`.
    pub fn transaction_isolation(self, isolation: impl Into<String>) -> Self {
        self.with("transaction.isolation", isolation)
    }

    /// The largest row that is fetched, in bytes as it crosses to the plugin.
    pub fn max_row_bytes(self, limit: u64) -> Self {
        self.with("max.row.bytes", limit.to_string())
    }

    fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.0.push((name.to_owned(), value.into()));
        self
    }
}

/// What a database is; see `about` of the contract.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct About(Vec<(String, String)>);

impl About {
    /// `postgresql`, `mysql`, `mariadb`, `sqlite`, `sqlserver`, `oracle`.
    pub fn dialect(&self) -> &str {
        self.get("dialect").unwrap_or_default()
    }

    /// The server's version.
    pub fn version(&self) -> &str {
        self.get("version").unwrap_or_default()
    }

    /// What stands around identifiers.
    pub fn quote(&self) -> &str {
        self.get("quote").unwrap_or_default()
    }

    /// The current catalog.
    pub fn catalog(&self) -> Option<&str> {
        self.get("catalog")
    }

    /// The current schema.
    pub fn schema(&self) -> Option<&str> {
        self.get("schema")
    }

    /// The URL without credentials.
    pub fn url(&self) -> &str {
        self.get("url").unwrap_or_default()
    }

    /// Anything that the worker's driver says.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// A column of a result or table, as the database's JDBC driver describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// In a result, the label.
    pub name: String,
    /// The constant of `java.sql.Types`, such as `INTEGER`.
    pub type_: String,
    /// The database's own name of the type.
    pub type_name: String,
    /// What it is read as unless [`Cursor::read_as`] says otherwise; none: it is not read.
    pub default_type: Option<ColumnType>,
    /// None when unknown.
    pub nullable: Option<bool>,
    /// Whether its numbers have a sign.
    pub signed: bool,
    /// Whether the database numbers its rows.
    pub auto_increment: bool,
    /// Digits, or length.
    pub precision: i32,
    /// Digits behind the point.
    pub scale: i32,
    /// `default` (an expression), `generated`.
    pub options: Vec<(String, String)>,
}

impl Column {
    /// One of its options.
    pub fn option(&self, name: &str) -> Option<&str> {
        self.options.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// Where a table is. What is none, the database does not have, or is its current one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TableId {
    /// The catalog; in MySQL, the database.
    pub catalog: Option<String>,
    /// The schema.
    pub schema: Option<String>,
    /// The name, without quotes.
    pub name: String,
}

/// A table of the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Where it is.
    pub id: TableId,
    /// `TABLE`, `VIEW`, and what else the JDBC driver names.
    pub type_: String,
}

/// What became of one execution of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// How many rows it changed; none when the database does not say.
    pub changed: Option<u64>,
    /// Why it failed.
    pub error: Option<Error>,
}

/// A connection, one statement at a time: the next one cancels a cursor that is still open.
#[derive(Debug)]
pub struct Connection(host::Connection);

/// Errors have the kinds and options that `sql.wit` tells, and the class `java.sql.SQLException` or one of its kind, or `ConfigException`.
impl Connection {
    /// Connects to the database that a configuration names, which the worker gave.
    pub fn open(config: &Config, options: &OpenOptions) -> Result<Self, Error> {
        host::Connection::open(config.originals(), &options.0).map(Self)
    }

    /// What the database is.
    pub fn about(&self) -> About {
        About(self.0.about())
    }

    /// Whether the database answers.
    pub fn is_valid(&self) -> bool {
        self.0.is_valid()
    }

    /// The names of all catalogs.
    pub fn catalogs(&self) -> Result<Vec<String>, Error> {
        self.0.catalogs()
    }

    /// The names of all schemas of the current catalog.
    pub fn schemas(&self) -> Result<Vec<String>, Error> {
        self.0.schemas()
    }

    /// The tables of these types, of all types if none is named, in the order in which the JDBC driver lists them. Patterns are SQL's.
    pub fn tables(
        &self,
        catalog: Option<&str>,
        schema_pattern: Option<&str>,
        name_pattern: Option<&str>,
        types: &[String],
    ) -> Result<Vec<Table>, Error> {
        self.0.tables(catalog, schema_pattern, name_pattern, types)
    }

    /// The columns in the table's order; empty when there is no such table.
    pub fn columns(&self, table: &TableId) -> Result<Vec<Column>, Error> {
        self.0.columns(table)
    }

    /// The names of the primary key's columns, in the key's order.
    pub fn primary_keys(&self, table: &TableId) -> Result<Vec<String>, Error> {
        self.0.primary_keys(table)
    }

    /// Asks for rows; `parameters` has one row. `fetch_size`: how many the driver asks the database for at once, 0 as it likes.
    pub fn query(&self, statement: &str, parameters: &Parameters, fetch_size: u32) -> Result<Cursor, Error> {
        let options = match fetch_size {
            0 => Vec::new(),
            rows => vec![("fetch.size".to_owned(), rows.to_string())],
        };
        self.0.query(statement, &parameters.words(), &parameters.encoded(), &options).map(Cursor)
    }

    /// A statement without a result, such as DDL; `parameters` has one row. How many rows it changed, if the database says.
    pub fn execute(&self, statement: &str, parameters: &Parameters) -> Result<Option<u64>, Error> {
        self.0.execute(statement, &parameters.words(), &parameters.encoded())
    }

    /// Executes a statement once for each row. The first that fails ends the batch: the outcomes are of those executed, the failed one
    /// last. Outside a transaction, all or none are kept.
    pub fn execute_batch(&self, statement: &str, parameters: &Parameters) -> Result<Vec<Outcome>, Error> {
        self.0.execute_batch(statement, &parameters.words(), &parameters.encoded())
    }

    /// Begins a transaction.
    pub fn begin(&self) -> Result<(), Error> {
        self.0.begin()
    }

    /// Keeps what was done since [`Connection::begin`].
    pub fn commit(&self) -> Result<(), Error> {
        self.0.commit()
    }

    /// Undoes what was done since [`Connection::begin`].
    pub fn rollback(&self) -> Result<(), Error> {
        self.0.rollback()
    }
}

/// Rows on their way from the database.
#[derive(Debug)]
pub struct Cursor(host::Cursor);

impl Cursor {
    /// The columns of the result.
    pub fn columns(&self) -> Vec<Column> {
        self.0.columns()
    }

    /// Which columns (from 0) are read, in which order, as which types; before the first fetch. `fields` become the fields of
    /// [`rows::Row::structure`], `beside` are values for the plugin itself. A column may be read more than once.
    pub fn read_as(&self, fields: &[(usize, ColumnType)], beside: &[(usize, ColumnType)]) -> Result<(), Error> {
        self.0.read_as(&reads(fields)?, &reads(beside)?)
    }

    /// The next rows: at most `max_rows`, and none after the one that made the answer reach `max_bytes`.
    pub fn fetch(&self, max_rows: u32, max_bytes: u32) -> Result<Rows, Error> {
        let (bytes, count, more) = self.0.fetch(max_rows, max_bytes)?;
        Ok(Rows::new(bytes, count, more))
    }

    /// Ends the statement; rows not fetched are lost. To drop the cursor does the same.
    pub fn cancel(&self) {
        self.0.cancel();
    }
}

fn reads(columns: &[(usize, ColumnType)]) -> Result<Vec<(u32, String)>, Error> {
    let read = |(column, type_): &(usize, ColumnType)| match u32::try_from(*column) {
        Ok(column) => Ok((column, type_.to_string())),
        Err(_) => Err(Error::data(format!("there is no column {column}"))),
    };
    columns.iter().map(read).collect()
}
