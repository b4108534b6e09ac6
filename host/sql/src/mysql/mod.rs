//! MySQL and MariaDB, through mysql_async.

pub(crate) mod metadata;
mod types;

use std::io;
use std::path::Path;

use futures::future::{self, BoxFuture};
use futures::{FutureExt, StreamExt, stream};
use mysql_async::prelude::Queryable;
use mysql_async::{
    BinaryProtocol, ClientIdentity, Conn, DriverError, InfileData, LocalInfileError, Opts, OptsBuilder, Params, QueryResult, Row,
    SslOpts, Value,
};
use tokio::sync::mpsc;

use crate::calendar::{self, Calendar, Moment};
use crate::cell::plain_text;
use crate::column::Column;
use crate::connection::Begun;
use crate::dial::Gate;
use crate::error::{Reason, SqlError};
use crate::parameters::Parameter;
use crate::rows::{Batch, Fetched};
use crate::session::{self, Control, Fetch, Outcome, Query, Request, Rows, Session, Statement, TextRows};
use crate::settings::Settings;
use crate::tls::Mode;
use crate::url::{Dialect, Host, Place};

/// Ends what a session's server thread is doing, by another connection.
#[derive(Debug, Clone)]
pub(crate) struct Canceller {
    opts: Opts,
    thread: u32,
}

impl Canceller {
    pub(crate) fn cancel(&self) {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let canceller = self.clone();
        runtime.spawn(async move { canceller.kill().await });
    }

    async fn kill(&self) {
        let killed = async {
            let mut conn = Conn::new(self.opts.clone()).await?;
            conn.query_drop(format!("KILL QUERY {}", self.thread)).await?;
            conn.disconnect().await
        };
        if let Err(error) = killed.await {
            tracing::debug!(%error, "a statement cannot be cancelled");
        }
    }
}

/// Connects to the first host that answers, and begins a session.
pub(crate) async fn connect(settings: &Settings, gate: &Gate, requests: mpsc::Receiver<Request>) -> Result<Begun, SqlError> {
    let mode = mode(settings)?;
    let (mut conn, opts) = first_answer(settings, gate, mode).await?;
    let row: Option<(String, Option<String>)> =
        conn.query_first("SELECT VERSION(), DATABASE()").await.map_err(|error| told(&error))?;
    let (version, database) = row.unwrap_or_default();
    let product = if version.contains("MariaDB") { "MariaDB" } else { "MySQL" };
    let mut about = vec![
        ("product".to_owned(), product.to_owned()),
        ("version".to_owned(), version),
        ("driver".to_owned(), "mysql_async".to_owned()),
        ("quote".to_owned(), "`".to_owned()),
    ];
    about.extend(database.map(|database| ("catalog".to_owned(), database)));
    let canceller = Canceller { opts, thread: conn.id() };
    let session = MySql { conn, canceller: canceller.clone() };
    tokio::spawn(session::run(session, requests));
    Ok(Begun { canceller: crate::connection::Canceller::MySql(canceller), about })
}

/// By `sslMode` in the words of either driver, or else by MySQL's older properties. Of themselves, MySQL's driver prefers TLS and MariaDB's
/// does without.
fn mode(settings: &Settings) -> Result<Mode, SqlError> {
    if let Some(word) = settings.property("sslMode") {
        return Ok(match word.to_ascii_lowercase().replace('_', "-").as_str() {
            "disable" | "disabled" => Mode::Disable,
            "preferred" => Mode::Prefer,
            "required" | "trust" => Mode::Require,
            "verify-ca" => Mode::VerifyCa,
            "verify-identity" | "verify-full" => Mode::VerifyFull,
            _ => {
                let known = "there are DISABLED, PREFERRED, REQUIRED, VERIFY_CA and VERIFY_IDENTITY, or disable, trust, verify-ca and verify-full";
                return Err(SqlError::config("sslMode", word, known));
            }
        });
    }
    let is_false = |name| settings.property(name).is_some_and(|value| value.eq_ignore_ascii_case("false"));
    if is_false("useSSL") {
        return Ok(Mode::Disable);
    }
    if settings.is_set("useSSL") || settings.is_set("requireSSL") {
        let is_known = settings.is_set("verifyServerCertificate");
        let trusts = is_false("verifyServerCertificate") || settings.is_set("trustServerCertificate");
        return Ok(match settings.url.dialect {
            Dialect::MariaDb if !trusts => Mode::VerifyFull,
            _ if is_known => Mode::VerifyCa,
            _ => Mode::Require,
        });
    }
    Ok(if settings.url.dialect == Dialect::MariaDb { Mode::Disable } else { Mode::Prefer })
}

fn tls(settings: &Settings, mode: Mode) -> Option<SslOpts> {
    if mode == Mode::Disable {
        return None;
    }
    let file = |name: &str| settings.property(name).map(|path| Path::new(path.strip_prefix("file:").unwrap_or(path)).to_owned());
    let mut opts = SslOpts::default()
        .with_danger_accept_invalid_certs(matches!(mode, Mode::Prefer | Mode::Require))
        .with_danger_skip_domain_validation(mode != Mode::VerifyFull);
    if let Some(roots) = file("serverSslCert").or_else(|| file("sslrootcert")) {
        opts = opts.with_root_certs(vec![roots.into()]).with_disable_built_in_roots(true);
    }
    if let (Some(certificate), Some(key)) = (file("sslcert"), file("sslkey")) {
        opts = opts.with_client_identity(Some(ClientIdentity::new(certificate.into(), key.into())));
    }
    Some(opts)
}

fn opts(settings: &Settings, host: &Host, addresses: Vec<std::net::IpAddr>, tls: Option<SslOpts>) -> Opts {
    OptsBuilder::default()
        .ip_or_hostname(&host.name)
        .resolved_ips(Some(addresses))
        .tcp_port(host.port)
        .user(settings.user.as_deref())
        .pass(settings.password.as_deref())
        .db_name(settings.url.database.as_deref())
        // A socket of this machine is another way to another database.
        .prefer_socket(false)
        // How many rows a statement has found, as JDBC counts: an update of a row to what it was is one.
        .client_found_rows(true)
        .local_infile_handler(Some(refused_file))
        .ssl_opts(tls)
        .init(init(settings))
        .into()
}

/// `LOAD DATA LOCAL`, which any answer of a server may ask for, gets no file of the worker's machine. It is answered all the same: the server
/// waits for the file.
fn refused_file(name: &[u8]) -> BoxFuture<'static, Result<InfileData, LocalInfileError>> {
    let name = String::from_utf8_lossy(name);
    let told = format!(
        "the sandbox refused reading {name}: a plugin that speaks to a database is granted no file of the worker's machine"
    );
    let refusal = stream::once(future::ready(Err(io::Error::new(io::ErrorKind::PermissionDenied, told))));
    future::ready(Ok(refusal.boxed())).boxed()
}

fn init(settings: &Settings) -> Vec<String> {
    let isolation = settings.isolation.map(|isolation| format!("SET SESSION TRANSACTION ISOLATION LEVEL {}", isolation.sql()));
    let variables = settings.property("sessionVariables").map(|variables| format!("SET SESSION {variables}"));
    isolation.into_iter().chain(variables).collect()
}

async fn first_answer(settings: &Settings, gate: &Gate, mode: Mode) -> Result<(Conn, Opts), SqlError> {
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
        let mut tried = opts(settings, host, addresses.clone(), tls(settings, mode));
        let mut conn = Conn::new(tried.clone()).await;
        let has_no_tls = matches!(&conn, Err(mysql_async::Error::Driver(DriverError::NoClientSslFlagFromServer)));
        if has_no_tls && mode == Mode::Prefer {
            tried = opts(settings, host, addresses, None);
            conn = Conn::new(tried.clone()).await;
        }
        match conn {
            Ok(conn) => return Ok((conn, tried)),
            Err(error) => failed = told(&error).at_connect(host),
        }
        if failed.state.is_some() {
            break;
        }
    }
    Err(failed)
}

fn told(error: &mysql_async::Error) -> SqlError {
    match error {
        mysql_async::Error::Server(server) => {
            SqlError::new(reason(server.code, &server.state), &server.message).with_codes(&server.state, server.code.to_string())
        }
        mysql_async::Error::Io(_) | mysql_async::Error::Driver(DriverError::ConnectionClosed) => {
            SqlError::new(Reason::Connection, error.to_string())
        }
        mysql_async::Error::Driver(DriverError::LocalInfile(_)) => SqlError::new(Reason::Permission, error.to_string()),
        other => SqlError::new(Reason::Other, other.to_string()),
    }
}

/// Many of the server's errors share a SQLSTATE and differ by their code.
fn reason(code: u16, state: &str) -> Reason {
    match code {
        1205 | 1969 | 3024 => Reason::Timeout,
        1213 => Reason::Deadlock,
        1317 => Reason::Cancelled,
        1040 | 1053 | 1927 => Reason::Connection,
        1045 | 1698 => Reason::Authentication,
        1044 | 1142 | 1143 | 1227 => Reason::Permission,
        1049 | 1051 | 1054 | 1091 | 1146 | 1305 => Reason::Missing,
        1064 | 1065 => Reason::Syntax,
        1264 | 1265 | 1292 | 1366 | 1406 => Reason::Value,
        1153 | 1390 => Reason::Limit,
        _ => Reason::of_sql_state(state),
    }
}

struct MySql {
    conn: Conn,
    canceller: Canceller,
}

impl MySql {
    async fn all(&mut self, statement: &Statement, outcomes: &mut Vec<Outcome>) -> Result<(), mysql_async::Error> {
        if statement.rows.iter().all(Vec::is_empty) {
            // What has no parameters may be a statement that cannot be prepared.
            for _ in &statement.rows {
                let result = self.conn.query_iter(statement.text.as_str()).await?;
                let changed = result.affected_rows();
                result.drop_result().await?;
                outcomes.push(Outcome::changed(changed));
            }
            return Ok(());
        }
        let prepared = self.conn.prep(statement.text.as_str()).await?;
        for row in &statement.rows {
            let result = self.conn.exec_iter(&prepared, bound(row, &statement.calendar)).await?;
            let changed = result.affected_rows();
            result.drop_result().await?;
            outcomes.push(Outcome::changed(changed));
        }
        Ok(())
    }
}

impl Session for MySql {
    async fn text(&mut self, statement: &str, values: &[Option<String>]) -> Result<TextRows, SqlError> {
        let values: Vec<Value> =
            values.iter().map(|value| value.clone().map_or(Value::NULL, |text| Value::Bytes(text.into()))).collect();
        let params = if values.is_empty() { Params::Empty } else { Params::Positional(values) };
        let rows: Vec<Row> = self.conn.exec(statement, params).await.map_err(|error| told(&error))?;
        Ok(rows.into_iter().map(|row| row.unwrap().into_iter().map(types::text).collect()).collect())
    }

    async fn control(&mut self, control: Control) -> Result<(), SqlError> {
        let done = match control {
            Control::Ping => self.conn.ping().await,
            Control::Begin => self.conn.query_drop("START TRANSACTION").await,
            Control::Commit => self.conn.query_drop("COMMIT").await,
            Control::Rollback => self.conn.query_drop("ROLLBACK").await,
            // Runs what `init` says anew.
            Control::Reset => self.conn.reset().await.map(|_| ()),
        };
        done.map_err(|error| told(&error))
    }

    async fn execute(&mut self, statement: &Statement) -> Result<Vec<Outcome>, SqlError> {
        let mut outcomes = Vec::with_capacity(statement.rows.len());
        if let Err(error) = self.all(statement, &mut outcomes).await {
            outcomes.push(Outcome::failed(told(&error)));
        }
        Ok(outcomes)
    }

    async fn query(&mut self, query: Query, requests: &mut mpsc::Receiver<Request>) -> Option<Request> {
        let Query { cursor, statement, reply, .. } = query;
        let row = statement.rows.first().map(Vec::as_slice).unwrap_or_default();
        // Numbers and times of prepared statements come as such, not as texts.
        let result = match self.conn.exec_iter(statement.text.as_str(), bound(row, &statement.calendar)).await {
            Ok(result) => result,
            Err(error) => {
                session::answer(reply, Err(told(&error)));
                return None;
            }
        };
        let described = result.columns_ref().to_vec();
        let columns: Vec<Column> = described.iter().map(types::column).collect();
        session::answer(reply, Ok(columns.clone()));
        let mut rows = MySqlRows { result, described, columns, failed: None, has_ended: false };
        let next = session::serve(cursor, &mut rows, requests).await;
        // The server sends all rows that there are, unless it is told to stop.
        if !rows.has_ended {
            self.canceller.kill().await;
        }
        if let Err(error) = rows.result.drop_result().await {
            tracing::debug!(%error, "the rows of a cursor that was closed");
        }
        next
    }
}

/// An open cursor.
struct MySqlRows<'c> {
    result: QueryResult<'c, 'static, BinaryProtocol>,
    described: Vec<mysql_async::Column>,
    columns: Vec<Column>,
    failed: Option<SqlError>,
    has_ended: bool,
}

impl Rows for MySqlRows<'_> {
    async fn fetch(&mut self, fetch: &Fetch) -> Result<Fetched, SqlError> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        let columns = self.columns.clone();
        let mut batch = Batch::new(&fetch.plan, &columns, fetch.max_rows, fetch.max_bytes);
        while !batch.is_full() {
            let row = self.result.next().await.map_err(|error| {
                self.has_ended = true;
                told(&error)
            })?;
            let Some(row) = row else {
                self.has_ended = true;
                return Ok(batch.finish(false));
            };
            let cell = |column: usize| match (row.as_ref(column), self.described.get(column)) {
                (Some(value), Some(described)) => types::cell(value, described),
                _ => Err(SqlError::new(Reason::Other, "a row has fewer columns than its result")),
            };
            if let Err(error) = batch.row(|read| cell(read.column)) {
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

fn bound(row: &[Parameter], calendar: &Calendar) -> Params {
    match row.is_empty() {
        true => Params::Empty,
        false => Params::Positional(row.iter().map(|parameter| value(parameter, calendar)).collect()),
    }
}

/// Days and times go as texts: the server reads them by the type of their place, and has the years that the binary form has too.
fn value(parameter: &Parameter, calendar: &Calendar) -> Value {
    let bytes = |text: String| Value::Bytes(text.into_bytes());
    let date = |days: i64| calendar::date_text(days).unwrap_or_default();
    match parameter {
        Parameter::Null => Value::NULL,
        Parameter::Int(number) => Value::Int(*number),
        Parameter::Float32(number) => Value::Float(*number),
        Parameter::Float64(number) => Value::Double(*number),
        Parameter::Boolean(is_true) => Value::Int((*is_true).into()),
        Parameter::Text(text) => bytes(text.clone()),
        Parameter::Bytes(held) => Value::Bytes(held.clone()),
        Parameter::Decimal(number) => bytes(plain_text(number)),
        Parameter::Date(days) => bytes(date(calendar.local_days(*days))),
        Parameter::Time(millis) => bytes(calendar::time_text(calendar.local(Moment::of_millis(*millis)).nanos, 3)),
        Parameter::Moment(moment) => {
            let local = calendar.local(*moment);
            bytes(format!("{} {}", date(local.days), calendar::time_text(local.nanos, 6)))
        }
        // No type of MySQL holds it; its server tells so of any value.
        Parameter::Array(_) => bytes("an array".to_owned()),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn settings(url: &str) -> Settings {
        Settings::of(&BTreeMap::from([("connection.url".to_owned(), url.to_owned())]), &[]).unwrap()
    }

    #[test]
    fn tls_is_as_either_driver_has_it() {
        for (url, expected) in [
            ("jdbc:mysql://db/x", Mode::Prefer),
            ("jdbc:mariadb://db/x", Mode::Disable),
            ("jdbc:mysql://db/x?sslMode=VERIFY_IDENTITY", Mode::VerifyFull),
            ("jdbc:mariadb://db/x?sslMode=verify-ca", Mode::VerifyCa),
            ("jdbc:mariadb://db/x?sslMode=trust", Mode::Require),
            ("jdbc:mysql://db/x?useSSL=false", Mode::Disable),
            ("jdbc:mysql://db/x?useSSL=true&verifyServerCertificate=true", Mode::VerifyCa),
            ("jdbc:mysql://db/x?useSSL=true", Mode::Require),
            ("jdbc:mariadb://db/x?useSSL=true", Mode::VerifyFull),
        ] {
            assert_eq!(mode(&settings(url)).unwrap(), expected, "{url}");
        }
        assert!(mode(&settings("jdbc:mysql://db/x?sslMode=maybe")).unwrap_err().message.contains("sslMode"));
    }

    #[test]
    fn no_socket_of_this_machine_is_connected_to() {
        let settings = settings("jdbc:mysql://localhost/x?localSocket=/tmp/mysql.sock");
        let host = Host { name: "localhost".to_owned(), port: 3306 };
        let opts = opts(&settings, &host, vec!["127.0.0.1".parse().unwrap()], None);
        assert!(!opts.prefer_socket() && opts.socket().is_none());
    }

    #[test]
    fn codes_say_why() {
        for (code, state, expected) in [
            (1213, "40001", Reason::Deadlock),
            (1205, "HY000", Reason::Timeout),
            (1062, "23000", Reason::Constraint),
            (1146, "42S02", Reason::Missing),
            (1045, "28000", Reason::Authentication),
            (1406, "22001", Reason::Value),
        ] {
            assert_eq!(reason(code, state), expected, "{code}");
        }
    }
}
