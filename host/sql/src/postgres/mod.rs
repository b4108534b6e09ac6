//! PostgreSQL, through tokio-postgres.

mod bind;
pub(crate) mod metadata;
mod types;

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;

use futures::stream::FuturesOrdered;
use futures::{FutureExt, StreamExt, TryStreamExt};
use tokio::sync::mpsc;
use tokio_postgres::config::{SslMode, TargetSessionAttrs};
use tokio_postgres::{CancelToken, Client, Config, NoTls, Portal, Row, RowStream, Transaction};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::calendar::Calendar;
use crate::cell::Cell;
use crate::column::Column;
use crate::connection::Begun;
use crate::dial::Gate;
use crate::error::{Reason, SqlError};
use crate::parameters::Parameter;
use crate::postgres::bind::Bound;
use crate::rows::{Batch, Fetched};
use crate::session::{self, Control, Fetch, Outcome, Query, Request, Rows, Session, Statement, TextRows};
use crate::settings::Settings;
use crate::tls;
use crate::url::Place;

/// How many executions of a batch are on their way at once.
const PIPELINED: usize = 256;
/// How many statements stay prepared.
const PREPARED: usize = 64;
/// `DISCARD ALL` without the statements that tokio-postgres keeps for itself.
const RESET: &str = "ROLLBACK; CLOSE ALL; RESET ALL; SET SESSION AUTHORIZATION DEFAULT; UNLISTEN *; SELECT pg_advisory_unlock_all(); DISCARD TEMP";

/// Ends what a session's server process is doing.
pub(crate) struct Canceller {
    token: CancelToken,
    tls: Option<MakeRustlsConnect>,
}

impl Canceller {
    pub(crate) fn cancel(&self) {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let (token, tls) = (self.token.clone(), self.tls.clone());
        runtime.spawn(async move {
            let sent = match tls {
                Some(tls) => token.cancel_query(tls).await,
                None => token.cancel_query(NoTls).await,
            };
            if let Err(error) = sent {
                tracing::debug!(%error, "a statement cannot be cancelled");
            }
        });
    }
}

impl std::fmt::Debug for Canceller {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Canceller")
    }
}

/// Connects to the first host that answers, and begins a session.
pub(crate) async fn connect(settings: &Settings, gate: &Gate, requests: mpsc::Receiver<Request>) -> Result<Begun, SqlError> {
    let (mode, tls) = security(settings)?;
    let config = config(settings, mode);
    let client = first_answer(settings, gate, &config, tls.as_ref()).await?;
    let init = init(settings);
    client.batch_execute(&init).await.map_err(|error| told(&error))?;
    let row =
        client.query_one("SELECT current_setting('server_version'), current_database()::text, current_schema()::text", &[]).await;
    let row = row.map_err(|error| told(&error))?;
    let text = |index: usize| row.try_get::<_, Option<String>>(index).ok().flatten();
    let mut about = vec![
        ("product".to_owned(), "PostgreSQL".to_owned()),
        ("driver".to_owned(), "tokio-postgres".to_owned()),
        ("quote".to_owned(), "\"".to_owned()),
    ];
    for (name, value) in [("version", text(0)), ("catalog", text(1)), ("schema", text(2))] {
        about.extend(value.map(|value| (name.to_owned(), value)));
    }
    let canceller = crate::connection::Canceller::Postgres(Canceller { token: client.cancel_token(), tls });
    tokio::spawn(session::run(Postgres { client, init, in_transaction: false, prepared: HashMap::new() }, requests));
    Ok(Begun { canceller, about })
}

/// What a session is told first. Dates without a zone are taken as the settings say, not as the server is set.
fn init(settings: &Settings) -> String {
    let isolation = settings
        .isolation
        .map(|isolation| format!("; SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL {}", isolation.sql()));
    format!("SET TIME ZONE 'UTC'{}", isolation.unwrap_or_default())
}

fn config(settings: &Settings, mode: SslMode) -> Config {
    let mut config = Config::new();
    config.ssl_mode(mode).connect_timeout(settings.connect_timeout);
    config.application_name(settings.property("ApplicationName").unwrap_or("Caisson"));
    if let Some(user) = &settings.user {
        config.user(user);
    }
    if let Some(password) = &settings.password {
        config.password(password);
    }
    // As pgjdbc: without a database, the one of the user's name.
    if let Some(database) = &settings.url.database {
        config.dbname(database);
    }
    let schema = settings.property("currentSchema").map(|schema| format!("-c search_path={}", schema.replace(' ', "\\ ")));
    let options: Vec<String> = settings.property("options").map(str::to_owned).into_iter().chain(schema).collect();
    if !options.is_empty() {
        config.options(options.join(" "));
    }
    match settings.property("targetServerType") {
        Some("primary" | "master") => config.target_session_attrs(TargetSessionAttrs::ReadWrite),
        Some("secondary" | "slave") => config.target_session_attrs(TargetSessionAttrs::ReadOnly),
        _ => &mut config,
    };
    config
}

/// By `sslmode`, or else `ssl=true`, which means a known server.
fn security(settings: &Settings) -> Result<(SslMode, Option<MakeRustlsConnect>), SqlError> {
    let mode = match settings.property("sslmode") {
        None if settings.is_set("ssl") => tls::Mode::VerifyFull,
        None | Some("prefer" | "allow") => tls::Mode::Prefer,
        Some("disable") => tls::Mode::Disable,
        Some("require") => tls::Mode::Require,
        Some("verify-ca") => tls::Mode::VerifyCa,
        Some("verify-full") => tls::Mode::VerifyFull,
        Some(other) => {
            let known = "there are disable, allow, prefer, require, verify-ca and verify-full";
            return Err(SqlError::config("sslmode", other, known));
        }
    };
    if mode == tls::Mode::Disable {
        return Ok((SslMode::Disable, None));
    }
    let files = settings.files();
    let file = |name: &str| files.iter().find(|(key, _)| *key == name).map(|(_, path)| path.as_path());
    let files = tls::Files { roots: file("sslrootcert"), certificate: file("sslcert"), key: file("sslkey") };
    let ssl_mode = if mode == tls::Mode::Prefer { SslMode::Prefer } else { SslMode::Require };
    Ok((ssl_mode, Some(MakeRustlsConnect::new(tls::client(mode, files)?))))
}

async fn first_answer(
    settings: &Settings,
    gate: &Gate,
    config: &Config,
    tls: Option<&MakeRustlsConnect>,
) -> Result<Client, SqlError> {
    let Place::Hosts(hosts) = &settings.url.place else { return Err(SqlError::lost()) };
    let mut failed = SqlError::lost();
    for host in hosts {
        let addresses = match gate.addresses(host).await {
            Ok(addresses) => addresses,
            Err(error) => {
                failed = error;
                continue;
            }
        };
        for address in addresses {
            let mut config = config.clone();
            config.host(&host.name).hostaddr(address).port(host.port);
            let client = match tls {
                Some(tls) => config.connect(tls.clone()).await.map(|(client, connection)| begun(client, connection)),
                None => config.connect(NoTls).await.map(|(client, connection)| begun(client, connection)),
            };
            match client {
                Ok(client) => return Ok(client),
                Err(error) => failed = told(&error).at_connect(host),
            }
            // The server has answered, and will answer the same at its other addresses.
            if failed.state.is_some() {
                return Err(failed);
            }
        }
    }
    Err(failed)
}

/// Lets the connection work; it ends with its client.
fn begun(client: Client, connection: impl Future<Output = Result<(), tokio_postgres::Error>> + Send + 'static) -> Client {
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection to PostgreSQL ended");
        }
    });
    client
}

/// In the words of pgjdbc.
fn told(error: &tokio_postgres::Error) -> SqlError {
    let Some(db) = error.as_db_error() else {
        // The library tells what it did, and its source what went wrong.
        let source = std::error::Error::source(error).map(|source| format!(": {source}")).unwrap_or_default();
        let is_io = error.is_closed() || std::error::Error::source(error).is_some_and(|source| source.is::<std::io::Error>());
        return SqlError::new(if is_io { Reason::Connection } else { Reason::Other }, format!("{error}{source}"));
    };
    let mut message = format!("{}: {}", db.severity(), db.message());
    for (name, more) in [("Detail", db.detail()), ("Hint", db.hint()), ("Where", db.where_())] {
        if let Some(more) = more {
            message.push_str(&format!("\n  {name}: {more}"));
        }
    }
    let state = db.code().code();
    let reason = match Reason::of_sql_state(state) {
        // An internal limit of the server: the same statement fails again.
        Reason::Other if state.starts_with("54") => Reason::Limit,
        reason => reason,
    };
    SqlError::new(reason, message).with_codes(state, state)
}

fn bound<'p>(row: &'p [Parameter], calendar: &'p Calendar) -> Vec<Bound<'p>> {
    row.iter().map(|parameter| Bound::new(parameter, calendar)).collect()
}

struct Postgres {
    client: Client,
    init: String,
    in_transaction: bool,
    prepared: HashMap<String, tokio_postgres::Statement>,
}

impl Postgres {
    async fn prepare(&mut self, text: &str) -> Result<tokio_postgres::Statement, SqlError> {
        if let Some(statement) = self.prepared.get(text) {
            return Ok(statement.clone());
        }
        let statement = self.client.prepare(text).await.map_err(|error| told(&error))?;
        if self.prepared.len() >= PREPARED {
            self.prepared.clear();
        }
        self.prepared.insert(text.to_owned(), statement.clone());
        Ok(statement)
    }

    async fn all(&mut self, statement: &Statement) -> Result<Vec<Outcome>, SqlError> {
        let prepared = self.prepare(&statement.text).await?;
        let mut waiting = statement.rows.iter();
        let mut under_way = FuturesOrdered::new();
        let mut outcomes = Vec::with_capacity(statement.rows.len());
        loop {
            while under_way.len() < PIPELINED
                && let Some(row) = waiting.next()
            {
                under_way.push_back(self.client.execute_raw(&prepared, bound(row, &statement.calendar)).boxed());
            }
            match under_way.next().await {
                Some(Ok(changed)) => outcomes.push(Outcome::changed(changed)),
                Some(Err(error)) => {
                    outcomes.push(Outcome::failed(told(&error)));
                    break;
                }
                None => break,
            }
        }
        Ok(outcomes)
    }
}

impl Session for Postgres {
    async fn text(&mut self, statement: &str, values: &[Option<String>]) -> Result<TextRows, SqlError> {
        let rows = async {
            let prepared = self.client.prepare(statement).await?;
            let rows: Vec<Row> = self.client.query_raw(&prepared, values).await?.try_collect().await?;
            let texts = |row: &Row| (0..row.len()).map(|index| row.try_get(index)).collect::<Result<Vec<Option<String>>, _>>();
            rows.iter().map(texts).collect::<Result<TextRows, tokio_postgres::Error>>()
        };
        rows.await.map_err(|error| told(&error))
    }

    async fn control(&mut self, control: Control) -> Result<(), SqlError> {
        let done = match control {
            Control::Ping => self.client.check_connection().await,
            Control::Begin => self.client.batch_execute("BEGIN").await,
            Control::Commit => self.client.batch_execute("COMMIT").await,
            Control::Rollback => self.client.batch_execute("ROLLBACK").await,
            Control::Reset => {
                // Statements are deallocated as they are dropped.
                self.prepared.clear();
                self.client.batch_execute(&format!("{RESET}; {}", self.init)).await
            }
        };
        if control != Control::Ping {
            self.in_transaction = control == Control::Begin && done.is_ok();
        }
        done.map_err(|error| told(&error))
    }

    async fn execute(&mut self, statement: &Statement) -> Result<Vec<Outcome>, SqlError> {
        let outcomes = match self.all(statement).await {
            Ok(outcomes) => outcomes,
            Err(error) => vec![Outcome::failed(error)],
        };
        // A table may have changed since the statement was prepared.
        if outcomes.iter().any(|outcome| outcome.error.is_some()) {
            self.prepared.remove(&statement.text);
        }
        Ok(outcomes)
    }

    async fn query(&mut self, query: Query, requests: &mut mpsc::Receiver<Request>) -> Option<Request> {
        let Query { cursor, statement, fetch_size, reply } = query;
        let described = async {
            let prepared = self.client.prepare(&statement.text).await.map_err(|error| told(&error))?;
            let columns = metadata::of_result(&self.client, &prepared).await.map_err(|error| told(&error))?;
            Ok((prepared, columns))
        };
        let (prepared, columns) = match described.await {
            Ok(described) => described,
            Err(error) => {
                session::answer(reply, Err(error));
                return None;
            }
        };
        let row = statement.rows.first().map(Vec::as_slice).unwrap_or_default();
        let values = bound(row, &statement.calendar);
        if self.in_transaction {
            let rows = match self.client.query_raw(&prepared, values).await {
                Ok(stream) => PostgresRows::whole(stream, columns.clone()),
                Err(error) => {
                    session::answer(reply, Err(told(&error)));
                    return None;
                }
            };
            session::answer(reply, Ok(columns));
            return session::serve(cursor, &mut { rows }, requests).await;
        }
        // A portal gives its rows in portions, and only within a transaction.
        let opened = async {
            let transaction = self.client.transaction().await?;
            let portal = transaction.bind_raw(&prepared, values).await?;
            Ok((transaction, portal))
        };
        let (transaction, portal) = match opened.await {
            Ok(opened) => opened,
            Err(error) => {
                session::answer(reply, Err(told(&error)));
                return None;
            }
        };
        let mut rows = PostgresRows::in_portions(&transaction, portal, fetch_size, columns.clone());
        session::answer(reply, Ok(columns));
        let next = session::serve(cursor, &mut rows, requests).await;
        drop(rows);
        if let Err(error) = transaction.commit().await {
            tracing::debug!(%error, "the transaction of a cursor cannot be ended");
        }
        next
    }
}

/// An open cursor.
struct PostgresRows<'t> {
    portions: Option<(&'t Transaction<'t>, Portal)>,
    portion: i32,
    stream: Option<Pin<Box<RowStream>>>,
    /// How many rows the stream has given.
    given: i32,
    columns: Vec<Column>,
    failed: Option<SqlError>,
}

impl<'t> PostgresRows<'t> {
    fn whole(stream: RowStream, columns: Vec<Column>) -> Self {
        Self { portions: None, portion: 0, stream: Some(Box::pin(stream)), given: 0, columns, failed: None }
    }

    fn in_portions(transaction: &'t Transaction<'t>, portal: Portal, fetch_size: u32, columns: Vec<Column>) -> Self {
        let portion = i32::try_from(fetch_size).unwrap_or(i32::MAX);
        Self { portions: Some((transaction, portal)), portion, stream: None, given: 0, columns, failed: None }
    }

    async fn next(&mut self) -> Result<Option<Row>, SqlError> {
        loop {
            if let Some(stream) = &mut self.stream {
                match stream.next().await {
                    Some(row) => {
                        self.given += 1;
                        return row.map(Some).map_err(|error| told(&error));
                    }
                    // A portion that is not full is the last.
                    None if self.given < self.portion || self.portions.is_none() => return Ok(None),
                    None => self.stream = None,
                }
            }
            let Some((transaction, portal)) = &self.portions else { return Ok(None) };
            let stream = transaction.query_portal_raw(portal, self.portion).await.map_err(|error| told(&error))?;
            self.given = 0;
            self.stream = Some(Box::pin(stream));
        }
    }
}

impl Rows for PostgresRows<'_> {
    async fn fetch(&mut self, fetch: &Fetch) -> Result<Fetched, SqlError> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        let columns = self.columns.clone();
        let mut batch = Batch::new(&fetch.plan, &columns, fetch.max_rows, fetch.max_bytes);
        while !batch.is_full() {
            let Some(row) = self.next().await? else {
                return Ok(batch.finish(false));
            };
            let cell = |column: usize| match row.try_get::<_, types::Value<'_>>(column) {
                Ok(value) => Ok(value.0),
                Err(error) => Err(SqlError::new(Reason::Value, error.to_string())),
            };
            if let Err(error) = batch.row(|read| cell(read.column) as Result<Cell<'_>, SqlError>) {
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
