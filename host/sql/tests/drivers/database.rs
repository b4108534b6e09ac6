//! A fresh database for a test, on a server that all tests share.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};

use caisson_harness::{mariadb, postgres};
use caisson_sql::calendar::NANOS;
use caisson_sql::connection::{Connection, Cursor};
use caisson_sql::dial::Gate;
use caisson_sql::error::SqlError;
use caisson_sql::pool::Pool;
use caisson_sql::settings::Settings;
use minicbor::data::Type;
use minicbor::{Decoder, Encoder};

/// Machines that run many tests at once take their time.
const PATIENT: [(&str, &str); 1] = [("connect.timeout.ms", "60000")];

pub type Config = BTreeMap<String, String>;

/// What a parameter is bound to.
pub enum Bound {
    Null,
    Int(i64),
    Text(&'static str),
    Date(i64),
    Decimal(i64, i64),
}

pub fn config(url: &str, user: &str, password: &str) -> Config {
    let pairs = [("connection.url", url), ("connection.user", user), ("connection.password", password)];
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
}

fn name() -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    format!("test_{}", NUMBER.fetch_add(1, Ordering::Relaxed))
}

pub fn postgres() -> Config {
    let url = postgres::shared().unwrap().database(&name()).unwrap();
    config(&url, postgres::USER, postgres::PASSWORD)
}

pub fn mariadb() -> Config {
    let url = mariadb::shared().unwrap().database(&name()).unwrap();
    config(&url, mariadb::USER, mariadb::PASSWORD)
}

/// With the folder that the file lies in.
pub fn sqlite() -> (Config, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("jdbc:sqlite:{}", folder.path().join("test.db").display());
    (BTreeMap::from([("connection.url".to_owned(), url)]), folder)
}

pub async fn open_with(config: &Config, options: &[(&str, &str)]) -> Result<Connection, SqlError> {
    let options: Vec<(String, String)> =
        PATIENT.iter().chain(options).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Pool::new(4).open(Settings::of(config, &options)?, &Gate::open()).await
}

pub async fn open(config: &Config) -> Connection {
    open_with(config, &[]).await.unwrap()
}

/// Rows of parameters as they cross from a plugin.
pub fn rows(rows: &[&[Bound]]) -> Vec<u8> {
    let mut out = Encoder::new(Vec::new());
    out.array(rows.len() as u64).unwrap();
    for row in rows {
        out.array(row.len() as u64).unwrap();
        for value in *row {
            match value {
                Bound::Null => out.null().unwrap(),
                Bound::Int(number) => out.i64(*number).unwrap(),
                Bound::Text(text) => out.str(text).unwrap(),
                Bound::Date(millis) => out.tag(minicbor::data::Tag::new(7004)).unwrap().i64(*millis).unwrap(),
                Bound::Decimal(unscaled, scale) => {
                    out.tag(minicbor::data::Tag::new(4)).unwrap().array(2).unwrap().i64(-scale).unwrap().i64(*unscaled).unwrap()
                }
            };
        }
    }
    out.into_writer()
}

pub fn words(types: &[&str]) -> Vec<String> {
    types.iter().map(|word| (*word).to_owned()).collect()
}

pub async fn run(connection: &Connection, statements: &[&str]) {
    for statement in statements {
        connection.execute(statement, &[], &rows(&[&[]])).await.unwrap_or_else(|error| panic!("{statement}: {error}"));
    }
}

pub async fn query(connection: &Connection, statement: &str) -> Cursor {
    connection.query(statement, &[], &rows(&[&[]]), 0).await.unwrap()
}

/// One item in CBOR's diagnostic notation (RFC 8949 §8), as far as rows have it.
fn shown(reader: &mut Decoder<'_>) -> String {
    match reader.datatype().unwrap() {
        Type::Array => {
            let count = reader.array().unwrap().unwrap();
            let items: Vec<String> = (0..count).map(|_| shown(reader)).collect();
            format!("[{}]", items.join(", "))
        }
        Type::Tag => {
            let tag = reader.tag().unwrap().as_u64();
            format!("{tag}({})", shown(reader))
        }
        Type::String => format!("{:?}", reader.str().unwrap()),
        Type::Bytes => format!("h'{}'", reader.bytes().unwrap().iter().map(|byte| format!("{byte:02x}")).collect::<String>()),
        Type::Bool => reader.bool().unwrap().to_string(),
        Type::F32 => reader.f32().unwrap().to_string(),
        Type::F64 => reader.f64().unwrap().to_string(),
        Type::Null => reader.null().map(|()| "null".to_owned()).unwrap(),
        _ => reader.int().unwrap().to_string(),
    }
}

/// All rows of a cursor in CBOR's diagnostic notation, without what is around each.
pub async fn all(cursor: &Cursor) -> String {
    let (mut rows, mut more) = (Vec::new(), true);
    while more {
        let fetched = cursor.fetch(100, 1 << 20).await.unwrap();
        more = fetched.more;
        let mut reader = Decoder::new(&fetched.rows);
        let count = reader.array().unwrap().unwrap();
        assert_eq!(count, u64::from(fetched.count));
        rows.extend((0..count).map(|_| shown(&mut reader)));
    }
    rows.join(", ")
}

/// The rows of a query, each column as its own type.
pub async fn select(connection: &Connection, statement: &str) -> String {
    all(&query(connection, statement).await).await
}

/// One column of one row, read as that type.
pub async fn read(connection: &Connection, expression: &str, word: &str) -> String {
    let cursor = query(connection, &format!("SELECT {expression}")).await;
    cursor.read_as(&[(0, word.to_owned())], &[]).unwrap();
    all(&cursor).await
}

/// An instant with its nanoseconds, as a decimal of scale 9.
pub fn instant(seconds: i64, nanos: i64) -> Bound {
    Bound::Decimal(seconds * NANOS + nanos, 9)
}
