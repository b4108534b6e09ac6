//! A connection as plugins have it: `connection` and `cursor` of the contract.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{mpsc, oneshot};

use crate::column::{Column, Table, TableId};
use crate::connect_type::ConnectType;
use crate::dial::Gate;
use crate::error::{Reason, SqlError};
use crate::parameters;
use crate::pool::Place;
use crate::rows::{Fetched, Plan, Read};
use crate::session::{Control, Fetch, Outcome, Query, Reply, Request, Statement, TextRows};
use crate::settings::Settings;
use crate::url::Dialect;
use crate::{mysql, postgres, sqlite};

/// How many requests may wait for a session. One is the rule: a plugin waits for its answer.
const WAITING: usize = 4;
/// How many rows a driver asks its database for at once, unless a query says.
const FETCH_SIZE: u32 = 1000;

/// The way to a session that a driver runs.
#[derive(Debug)]
pub(crate) struct Link {
    number: u64,
    requests: mpsc::Sender<Request>,
    canceller: Canceller,
    about: Vec<(String, String)>,
}

/// Ends what a session is doing, from outside.
#[derive(Debug)]
pub(crate) enum Canceller {
    Postgres(postgres::Canceller),
    MySql(mysql::Canceller),
    Sqlite(sqlite::Canceller),
}

/// A session that has begun.
pub(crate) struct Begun {
    pub(crate) canceller: Canceller,
    /// `about` of the contract, without what every dialect has.
    pub(crate) about: Vec<(String, String)>,
}

impl Link {
    /// Connects within the time that the settings allow.
    pub(crate) async fn open(settings: &Settings, gate: &Gate) -> Result<Self, SqlError> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let (requests, waiting) = mpsc::channel(WAITING);
        let connecting = async {
            match settings.url.dialect {
                Dialect::PostgreSql => postgres::connect(settings, gate, waiting).await,
                Dialect::MySql | Dialect::MariaDb => mysql::connect(settings, gate, waiting).await,
                Dialect::Sqlite => sqlite::connect(settings, waiting).await,
                Dialect::SqlServer | Dialect::Oracle => Err(no_driver(settings)),
            }
        };
        let late = |_| {
            let told = format!("no connection to {} within {} ms", settings.url.shown(), settings.connect_timeout.as_millis());
            SqlError::new(Reason::Timeout, told)
        };
        let begun = tokio::time::timeout(settings.connect_timeout, connecting).await.map_err(late)??;
        let mut about =
            vec![("dialect".to_owned(), settings.url.dialect.name().to_owned()), ("url".to_owned(), settings.url.shown())];
        about.extend(begun.about);
        Ok(Self { number: NUMBER.fetch_add(1, Ordering::Relaxed), requests, canceller: begun.canceller, about })
    }

    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    fn cancel(&self) {
        match &self.canceller {
            Canceller::Postgres(canceller) => canceller.cancel(),
            Canceller::MySql(canceller) => canceller.cancel(),
            Canceller::Sqlite(canceller) => canceller.cancel(),
        }
    }

    /// Asks the session. Whoever stops waiting for the answer ends what the session does for it.
    async fn ask<T>(&self, settings: &Settings, request: impl FnOnce(Reply<T>) -> Request) -> Result<T, SqlError> {
        let (reply, answer) = oneshot::channel();
        self.requests.send(request(reply)).await.map_err(|_| SqlError::lost())?;
        let mut asking = Asking { link: self, is_answered: false };
        let answer = match settings.statement_timeout {
            None => answer.await,
            Some(limit) => tokio::time::timeout(limit, answer).await.map_err(|_| {
                let told =
                    format!("the statement was ended after {} ms, the time that statement.timeout.ms allows", limit.as_millis());
                SqlError::new(Reason::Timeout, told)
            })?,
        };
        asking.is_answered = true;
        answer.unwrap_or_else(|_| Err(SqlError::lost()))
    }
}

/// A question under way.
struct Asking<'l> {
    link: &'l Link,
    is_answered: bool,
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        if !self.is_answered {
            self.link.cancel();
        }
    }
}

fn no_driver(settings: &Settings) -> SqlError {
    let told = format!(
        "this worker has no driver for {}; there are those for PostgreSQL, MySQL, MariaDB and SQLite",
        settings.url.dialect.name()
    );
    SqlError::config(crate::url::KEY, &settings.url.shown(), &told)
}

/// An open connection. Clones share it.
#[derive(Debug, Clone)]
pub struct Connection(Arc<Open>);

#[derive(Debug)]
struct Open {
    /// None once it is given back.
    link: Option<Link>,
    settings: Arc<Settings>,
    place: Option<Place>,
    cursors: AtomicU64,
    /// Not given to anybody else.
    is_given_up: AtomicBool,
}

impl Connection {
    pub(crate) fn new(link: Link, settings: Arc<Settings>, place: Option<Place>) -> Self {
        let open = Open { link: Some(link), settings, place, cursors: AtomicU64::new(0), is_given_up: AtomicBool::new(false) };
        Self(Arc::new(open))
    }

    pub(crate) fn give_up(&self) {
        self.0.is_given_up.store(true, Ordering::Relaxed);
    }

    /// Names and values: `dialect`, `url`, `product`, `version`, `driver`, `quote`, `catalog`, `schema`.
    pub fn about(&self) -> Vec<(String, String)> {
        self.0.link.as_ref().map(|link| link.about.clone()).unwrap_or_default()
    }

    /// Whether the database answers.
    pub async fn is_valid(&self) -> bool {
        self.control(Control::Ping).await.is_ok()
    }

    /// All catalogs.
    ///
    /// # Errors
    /// As [`Connection::query`]; so of all that ask about the database.
    pub async fn catalogs(&self) -> Result<Vec<String>, SqlError> {
        match self.dialect() {
            Dialect::PostgreSql => postgres::metadata::catalogs(self).await,
            Dialect::MySql | Dialect::MariaDb => mysql::metadata::catalogs(self).await,
            _ => Ok(Vec::new()),
        }
    }

    /// All schemas.
    ///
    /// # Errors
    /// As [`Connection::catalogs`].
    pub async fn schemas(&self) -> Result<Vec<String>, SqlError> {
        match self.dialect() {
            Dialect::PostgreSql => postgres::metadata::schemas(self).await,
            _ => Ok(Vec::new()),
        }
    }

    /// The tables of these types, of all types if there is none, in the order of the JDBC driver.
    ///
    /// # Errors
    /// As [`Connection::catalogs`].
    pub async fn tables(
        &self,
        catalog: Option<&str>,
        schema_pattern: Option<&str>,
        name_pattern: Option<&str>,
        types: &[String],
    ) -> Result<Vec<Table>, SqlError> {
        let name_pattern = name_pattern.unwrap_or("%");
        let mut tables = match self.dialect() {
            Dialect::PostgreSql => postgres::metadata::tables(self, schema_pattern, name_pattern).await?,
            Dialect::MySql | Dialect::MariaDb => mysql::metadata::tables(self, catalog, name_pattern).await?,
            _ => sqlite::metadata::tables(self, name_pattern).await?,
        };
        tables.retain(|table| types.is_empty() || types.contains(&table.type_));
        Ok(tables)
    }

    /// The columns of a table in its order; none when there is no such table.
    ///
    /// # Errors
    /// As [`Connection::catalogs`].
    pub async fn columns(&self, table: &TableId) -> Result<Vec<Column>, SqlError> {
        match self.dialect() {
            Dialect::PostgreSql => postgres::metadata::columns(self, table).await,
            Dialect::MySql | Dialect::MariaDb => mysql::metadata::columns(self, table).await,
            _ => sqlite::metadata::columns(self, table).await,
        }
    }

    /// The columns of a table's primary key, in the key's order.
    ///
    /// # Errors
    /// As [`Connection::catalogs`].
    pub async fn primary_keys(&self, table: &TableId) -> Result<Vec<String>, SqlError> {
        match self.dialect() {
            Dialect::PostgreSql => postgres::metadata::primary_keys(self, table).await,
            Dialect::MySql | Dialect::MariaDb => mysql::metadata::primary_keys(self, table).await,
            _ => sqlite::metadata::primary_keys(self, table).await,
        }
    }

    /// Asks for rows. `types` are the words of the parameters, `rows` CBOR with one row of values, `fetch_size` how many rows the driver asks
    /// the database for at once, 0 as it likes.
    ///
    /// # Errors
    /// What the database refuses it for; a lost connection; a time limit.
    pub async fn query(&self, statement: &str, types: &[String], rows: &[u8], fetch_size: u32) -> Result<Cursor, SqlError> {
        let statement = self.statement(statement, types, rows)?;
        one_row(&statement)?;
        let cursor = self.0.cursors.fetch_add(1, Ordering::Relaxed);
        let fetch_size = if fetch_size == 0 { FETCH_SIZE } else { fetch_size };
        let columns: Vec<Column> = self.ask(|reply| Request::Query(Query { cursor, statement, fetch_size, reply })).await?;
        let plan = Plan::of_columns(&columns, self.0.settings.calendar.clone(), self.0.settings.max_row_bytes);
        Ok(Cursor { number: cursor, open: Arc::clone(&self.0), columns, plan: Mutex::new(Arc::new(plan)) })
    }

    /// Executes a statement once. How many rows it changed, if the database says.
    ///
    /// # Errors
    /// As [`Connection::query`].
    pub async fn execute(&self, statement: &str, types: &[String], rows: &[u8]) -> Result<Option<u64>, SqlError> {
        let statement = self.statement(statement, types, rows)?;
        one_row(&statement)?;
        let outcomes = self.ask(|reply| Request::Execute(statement, reply)).await?;
        match outcomes.into_iter().next() {
            Some(Outcome { error: Some(error), .. }) => Err(error),
            Some(outcome) => Ok(outcome.changed),
            None => Ok(None),
        }
    }

    /// Executes a statement for each row, up to the first that fails: its outcome is the last. Outside a transaction, all or none are kept.
    ///
    /// # Errors
    /// As [`Connection::query`]; nothing was kept then, outside a transaction.
    pub async fn execute_batch(&self, statement: &str, types: &[String], rows: &[u8]) -> Result<Vec<Outcome>, SqlError> {
        let statement = self.statement(statement, types, rows)?;
        self.ask(|reply| Request::Execute(statement, reply)).await
    }

    /// Begins a transaction.
    ///
    /// # Errors
    /// As [`Connection::query`].
    pub async fn begin(&self) -> Result<(), SqlError> {
        self.control(Control::Begin).await
    }

    /// Keeps what the transaction did.
    ///
    /// # Errors
    /// As [`Connection::query`].
    pub async fn commit(&self) -> Result<(), SqlError> {
        self.control(Control::Commit).await
    }

    /// Undoes what the transaction did.
    ///
    /// # Errors
    /// As [`Connection::query`].
    pub async fn rollback(&self) -> Result<(), SqlError> {
        self.control(Control::Rollback).await
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.0.settings
    }

    fn dialect(&self) -> Dialect {
        self.0.settings.url.dialect
    }

    /// A question about the database itself.
    pub(crate) async fn text(&self, statement: &str, values: &[Option<&str>]) -> Result<TextRows, SqlError> {
        let values = values.iter().map(|value| value.map(str::to_owned)).collect();
        let statement = statement.to_owned();
        self.ask(|reply| Request::Text { statement, values, reply }).await
    }

    async fn control(&self, control: Control) -> Result<(), SqlError> {
        self.ask(|reply| Request::Control(control, reply)).await
    }

    async fn ask<T>(&self, request: impl FnOnce(Reply<T>) -> Request) -> Result<T, SqlError> {
        self.0.ask(request).await
    }

    fn statement(&self, text: &str, types: &[String], rows: &[u8]) -> Result<Statement, SqlError> {
        let types = crate::connect_type::parse_all(types)?;
        let rows = parameters::decode(&types, rows)?;
        Ok(Statement { text: text.to_owned(), rows, calendar: self.0.settings.calendar.clone() })
    }
}

impl Open {
    async fn ask<T>(&self, request: impl FnOnce(Reply<T>) -> Request) -> Result<T, SqlError> {
        let Some(link) = &self.link else { return Err(SqlError::lost()) };
        let answer = link.ask(&self.settings, request).await;
        if answer.as_ref().is_err_and(|error| matches!(error.reason, Reason::Connection | Reason::Timeout)) {
            self.is_given_up.store(true, Ordering::Relaxed);
        }
        answer
    }
}

fn one_row(statement: &Statement) -> Result<(), SqlError> {
    match statement.rows.len() {
        1 => Ok(()),
        count => Err(SqlError::new(
            Reason::Other,
            format!("the statement is executed once, with one row of parameters; there are {count}"),
        )),
    }
}

/// What is still good goes back to the pool, reset; the rest is closed.
impl Drop for Open {
    fn drop(&mut self) {
        let (Some(link), Some(place)) = (self.link.take(), self.place.take()) else { return };
        let is_good = !self.is_given_up.load(Ordering::Relaxed) && self.settings.url.dialect != Dialect::Sqlite;
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        if is_good {
            let settings = Arc::clone(&self.settings);
            runtime.spawn(async move {
                let reset = link.ask(&settings, |reply| Request::Control(Control::Reset, reply)).await;
                if reset.is_ok() {
                    place.keep(link, settings);
                }
            });
        }
    }
}

/// Rows on their way.
#[derive(Debug)]
pub struct Cursor {
    number: u64,
    open: Arc<Open>,
    columns: Vec<Column>,
    plan: Mutex<Arc<Plan>>,
}

impl Cursor {
    /// The columns of the result.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Which columns are read as which types, each by its number and a word.
    ///
    /// # Errors
    /// A column or a type that there is not.
    pub fn read_as(&self, fields: &[(u32, String)], beside: &[(u32, String)]) -> Result<(), SqlError> {
        let (fields, beside) = (self.reads(fields)?, self.reads(beside)?);
        let settings = &self.open.settings;
        let plan = Plan { fields, beside, calendar: settings.calendar.clone(), max_row_bytes: settings.max_row_bytes };
        *self.plan.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(plan);
        Ok(())
    }

    /// The next rows: at most so many, and none after the one that made them reach that many bytes.
    ///
    /// # Errors
    /// A value that does not fit its type, after the rows before it; what the database fails with. The cursor has ended then.
    pub async fn fetch(&self, max_rows: u32, max_bytes: u32) -> Result<Fetched, SqlError> {
        let plan = Arc::clone(&self.plan.lock().unwrap_or_else(PoisonError::into_inner));
        self.open.ask(|reply| Request::Fetch(Fetch { cursor: self.number, plan, max_rows, max_bytes, reply })).await
    }

    /// Ends the statement; to drop the cursor does the same.
    pub fn cancel(&self) {
        if let Some(link) = &self.open.link {
            // A session that has no room for it is busy with the request that ends the cursor.
            drop(link.requests.try_send(Request::Close(self.number)));
        }
    }

    fn reads(&self, columns: &[(u32, String)]) -> Result<Vec<Read>, SqlError> {
        let read = |(column, word): &(u32, String)| {
            let column = usize::try_from(*column).unwrap_or(usize::MAX);
            if column >= self.columns.len() {
                return Err(SqlError::new(
                    Reason::Other,
                    format!("there is no column {column}: the result has {}", self.columns.len()),
                ));
            }
            let as_type: ConnectType = word.parse()?;
            Ok(Read { column, as_type })
        };
        columns.iter().map(read).collect()
    }
}

impl Drop for Cursor {
    fn drop(&mut self) {
        self.cancel();
    }
}
