//! SQLite, through rusqlite: a session is a thread, since SQLite waits for its disk.

pub(crate) mod metadata;
mod types;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::ffi::ErrorCode;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::limits::Limit;
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, InterruptHandle, OpenFlags};
use tokio::sync::{mpsc, oneshot};

use crate::cell::plain_text;
use crate::column::Column;
use crate::connection::Begun;
use crate::error::{Reason, SqlError};
use crate::parameters::Parameter;
use crate::rows::{Batch, Fetched};
use crate::session::{self, Control, Fetch, Outcome, Query, Request, Rows, Session, Statement, TextRows};
use crate::settings::Settings;
use crate::url::Place;

/// How long a statement waits for another connection's lock, as in sqlite-jdbc.
const BUSY: Duration = Duration::from_secs(3);
/// The longest text or blob that a statement makes, in bytes: its memory is the worker's.
const LONGEST: i32 = 128 << 20;
/// PRAGMAs that a URL may set, as in sqlite-jdbc.
const PRAGMAS: [&str; 10] = [
    "cache_size",
    "case_sensitive_like",
    "foreign_keys",
    "journal_mode",
    "locking_mode",
    "page_size",
    "recursive_triggers",
    "secure_delete",
    "synchronous",
    "temp_store",
];

/// Interrupts what a session is doing.
pub(crate) struct Canceller(Arc<InterruptHandle>);

impl Canceller {
    pub(crate) fn cancel(&self) {
        self.0.interrupt();
    }
}

impl std::fmt::Debug for Canceller {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Canceller")
    }
}

/// Opens the file, which is made if it is missing, and begins a session.
pub(crate) async fn connect(settings: &Settings, requests: mpsc::Receiver<Request>) -> Result<Begun, SqlError> {
    let (begun, beginning) = oneshot::channel();
    let (settings, runtime) = (settings.clone(), tokio::runtime::Handle::current());
    let thread = std::thread::Builder::new().name("sqlite".to_owned());
    let spawned = thread.spawn(move || {
        let connection = match open(&settings) {
            Ok(connection) => connection,
            Err(error) => return drop(begun.send(Err(error))),
        };
        let canceller = Canceller(Arc::new(connection.get_interrupt_handle()));
        let about = [("product", "SQLite"), ("version", rusqlite::version()), ("driver", "rusqlite"), ("quote", "\"")];
        let about = about.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let is_wanted = begun.send(Ok(Begun { canceller: crate::connection::Canceller::Sqlite(canceller), about })).is_ok();
        if is_wanted {
            runtime.block_on(session::run(Sqlite { connection }, requests));
        }
    });
    spawned.map_err(|error| SqlError::new(Reason::Other, format!("no thread for SQLite: {error}")))?;
    beginning.await.unwrap_or_else(|_| Err(SqlError::lost()))
}

fn open(settings: &Settings) -> Result<Connection, SqlError> {
    let path = match &settings.url.place {
        Place::File(path) => path.as_path(),
        _ => Path::new(":memory:"),
    };
    // What stands there is the name of a file with its links resolved: one that was put there since does not lead elsewhere.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let opened = Connection::open_with_flags(path, flags).and_then(|mut connection| {
        confine(&mut connection)?;
        connection.busy_timeout(
            settings.property("busy_timeout").and_then(|text| text.parse().ok()).map_or(BUSY, Duration::from_millis),
        )?;
        for pragma in PRAGMAS {
            if let Some(value) = settings.property(pragma) {
                connection.pragma_update(None, pragma, value)?;
            }
        }
        Ok(connection)
    });
    opened.map_err(|error| {
        let mut failed = told(&error);
        failed.message = format!("{}: {}", path.display(), failed.message);
        failed
    })
}

/// A session reaches no file but its own: nothing is attached (`VACUUM INTO` attaches too), and temporary files stay where they are. Nor
/// does it change what all sessions of the process share, or map a file that others may cut short.
fn confine(connection: &mut Connection) -> rusqlite::Result<()> {
    connection.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 0)?;
    connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, LONGEST)?;
    connection.authorizer(Some(|context: AuthContext<'_>| match context.action {
        AuthAction::Attach { .. } => Authorization::Deny,
        AuthAction::Pragma { pragma_name, .. } if is_denied(pragma_name) => Authorization::Deny,
        _ => Authorization::Allow,
    }))
}

fn is_denied(pragma: &str) -> bool {
    let pragma = pragma.to_ascii_lowercase();
    ["_directory", "_heap_limit", "mmap_size"].iter().any(|end| pragma.ends_with(end))
}

fn told(error: &rusqlite::Error) -> SqlError {
    let (failure, message) = match error {
        rusqlite::Error::SqliteFailure(failure, message) => (failure, message.clone().unwrap_or_else(|| failure.to_string())),
        rusqlite::Error::SqlInputError { error, msg, .. } => (error, msg.clone()),
        other => return SqlError::new(Reason::Other, other.to_string()),
    };
    let reason = match failure.code {
        ErrorCode::ConstraintViolation => Reason::Constraint,
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Reason::Timeout,
        ErrorCode::OperationInterrupted => Reason::Cancelled,
        ErrorCode::CannotOpen | ErrorCode::NotADatabase | ErrorCode::SystemIoFailure => Reason::Connection,
        ErrorCode::PermissionDenied | ErrorCode::ReadOnly | ErrorCode::AuthorizationForStatementDenied => Reason::Permission,
        ErrorCode::TooBig | ErrorCode::DiskFull | ErrorCode::OutOfMemory => Reason::Limit,
        ErrorCode::TypeMismatch => Reason::Value,
        // SQLite has one code for all that is wrong with a statement.
        ErrorCode::Unknown if message.starts_with("no such") || message.contains("has no column") => Reason::Missing,
        ErrorCode::Unknown if message.contains("too many attached") => Reason::Permission,
        ErrorCode::Unknown => Reason::Syntax,
        _ => Reason::Other,
    };
    let code = failure.extended_code.to_string();
    SqlError { reason, message, state: None, code: Some(code), column: None }
}

struct Sqlite {
    connection: Connection,
}

impl Sqlite {
    fn all(&self, statement: &Statement, outcomes: &mut Vec<Outcome>) -> rusqlite::Result<()> {
        let mut prepared = self.connection.prepare(&statement.text)?;
        for row in &statement.rows {
            bind(&mut prepared, row)?;
            let changed = prepared.raw_execute()?;
            outcomes.push(Outcome::changed(changed as u64));
        }
        Ok(())
    }

    fn texts(&self, statement: &str, values: &[Option<String>]) -> rusqlite::Result<TextRows> {
        let mut prepared = self.connection.prepare(statement)?;
        let columns = prepared.column_count();
        let rows = prepared.query_map(rusqlite::params_from_iter(values), |row| {
            (0..columns).map(|index| Ok(types::text(row.get_ref(index)?))).collect::<rusqlite::Result<Vec<_>>>()
        })?;
        rows.collect()
    }
}

fn bind(prepared: &mut rusqlite::Statement<'_>, row: &[Parameter]) -> rusqlite::Result<()> {
    for (index, parameter) in row.iter().enumerate() {
        prepared.raw_bind_parameter(index + 1, value(parameter))?;
    }
    Ok(())
}

/// As sqlite-jdbc binds: days and times are milliseconds since the epoch, decimals texts.
fn value(parameter: &Parameter) -> Value {
    match parameter {
        Parameter::Null => Value::Null,
        Parameter::Int(number) => Value::Integer(*number),
        Parameter::Float32(number) => Value::Real(f64::from(*number)),
        Parameter::Float64(number) => Value::Real(*number),
        Parameter::Boolean(is_true) => Value::Integer((*is_true).into()),
        Parameter::Text(text) => Value::Text(text.clone()),
        Parameter::Bytes(bytes) => Value::Blob(bytes.clone()),
        Parameter::Decimal(number) => Value::Text(plain_text(number)),
        Parameter::Date(days) => Value::Integer(days * 86_400_000),
        Parameter::Time(millis) => Value::Integer(*millis),
        Parameter::Moment(moment) => Value::Integer(moment.millis()),
        Parameter::Array(items) => Value::Text(format!("{{{}}}", items.iter().map(item).collect::<Vec<_>>().join(","))),
    }
}

/// An item of an array: SQLite has no arrays, and keeps them as a text.
fn item(parameter: &Parameter) -> String {
    types::text(ValueRef::from(&value(parameter))).unwrap_or_else(|| "NULL".to_owned())
}

impl Session for Sqlite {
    async fn text(&mut self, statement: &str, values: &[Option<String>]) -> Result<TextRows, SqlError> {
        self.texts(statement, values).map_err(|error| told(&error))
    }

    async fn control(&mut self, control: Control) -> Result<(), SqlError> {
        let statement = match control {
            Control::Ping => "SELECT 1",
            Control::Begin => "BEGIN",
            Control::Commit => "COMMIT",
            Control::Rollback | Control::Reset => "ROLLBACK",
        };
        // SQLite ends a transaction itself when it has to, and then there is none to undo.
        if statement == "ROLLBACK" && self.connection.is_autocommit() {
            return Ok(());
        }
        self.connection.execute_batch(statement).map_err(|error| told(&error))
    }

    async fn execute(&mut self, statement: &Statement) -> Result<Vec<Outcome>, SqlError> {
        let mut outcomes = Vec::with_capacity(statement.rows.len());
        if let Err(error) = self.all(statement, &mut outcomes) {
            outcomes.push(Outcome::failed(told(&error)));
        }
        Ok(outcomes)
    }

    async fn query(&mut self, query: Query, requests: &mut mpsc::Receiver<Request>) -> Option<Request> {
        let Query { cursor, statement, reply, .. } = query;
        let row = statement.rows.first().map(Vec::as_slice).unwrap_or_default();
        let prepared =
            self.connection.prepare(&statement.text).and_then(|mut prepared| bind(&mut prepared, row).map(|()| prepared));
        let mut prepared = match prepared {
            Ok(prepared) => prepared,
            Err(error) => {
                session::answer(reply, Err(told(&error)));
                return None;
            }
        };
        let declared = types::declared(&prepared);
        let mut rows =
            SqliteRows { width: declared.len(), rows: prepared.raw_query(), first: None, columns: Vec::new(), failed: None };
        // The type of a column is that of its first value.
        match rows.next() {
            Ok(first) => {
                let values = first.as_deref().unwrap_or_default();
                rows.columns = declared.iter().enumerate().map(|(index, column)| column.described(values.get(index))).collect();
                rows.first = Some(first);
            }
            Err(error) => {
                session::answer(reply, Err(error));
                return None;
            }
        }
        session::answer(reply, Ok(rows.columns.clone()));
        session::serve(cursor, &mut rows, requests).await
    }
}

/// An open cursor.
struct SqliteRows<'s> {
    rows: rusqlite::Rows<'s>,
    width: usize,
    /// Read already; none in it: there is no row.
    first: Option<Option<Vec<Value>>>,
    columns: Vec<Column>,
    failed: Option<SqlError>,
}

impl SqliteRows<'_> {
    fn next(&mut self) -> Result<Option<Vec<Value>>, SqlError> {
        if let Some(first) = self.first.take() {
            return Ok(first);
        }
        let width = self.width;
        let row = self.rows.next().map_err(|error| told(&error))?;
        let values = |row: &rusqlite::Row<'_>| (0..width).map(|index| row.get_ref(index).map(owned)).collect();
        row.map(values).transpose().map_err(|error: rusqlite::Error| told(&error))
    }
}

/// An owned value; a text that is no UTF-8 is one of bytes.
fn owned(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Integer(number),
        ValueRef::Real(number) => Value::Real(number),
        ValueRef::Text(text) => match std::str::from_utf8(text) {
            Ok(text) => Value::Text(text.to_owned()),
            Err(_) => Value::Blob(text.to_vec()),
        },
        ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
    }
}

impl Rows for SqliteRows<'_> {
    async fn fetch(&mut self, fetch: &Fetch) -> Result<Fetched, SqlError> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        let columns = self.columns.clone();
        let mut batch = Batch::new(&fetch.plan, &columns, fetch.max_rows, fetch.max_bytes);
        while !batch.is_full() {
            let Some(row) = self.next()? else {
                return Ok(batch.finish(false));
            };
            let added = batch.row(|read| {
                let value = row
                    .get(read.column)
                    .ok_or_else(|| SqlError::new(Reason::Other, "a row has fewer columns than its result"))?;
                Ok(types::cell(value, &read.as_type))
            });
            if let Err(error) = added {
                if batch.is_empty() {
                    return Err(error);
                }
                self.failed = Some(error);
                break;
            }
        }
        Ok(batch.finish(true))
    }
}
