//! The databases of the tests: a fresh one for each case.

use std::collections::BTreeMap;

use caisson_harness::{mariadb, postgres};
use caisson_sdk::sql::column_type::ColumnType;
use caisson_sdk::sql::parameters::Parameters;
use caisson_sdk::sql::{Connection, OpenOptions};
use caisson_sdk::{ConfigDef, ConfigKey, Importance, KeyType};
use serde_json::Value as Json;

use crate::tables::{self, Found};

/// A database server, or a folder of files.
pub enum Server {
    Sqlite(tempfile::TempDir),
    Postgres(&'static postgres::Postgres, &'static str),
    MariaDb(&'static mariadb::MariaDb, Connection),
}

/// A database, empty at first.
pub struct Database {
    /// What connectors are told.
    pub config: BTreeMap<String, String>,
    pub connection: Connection,
}

impl Server {
    pub fn sqlite() -> Self {
        Self::Sqlite(tempfile::tempdir().unwrap())
    }

    /// With a database of that name for all cases.
    pub fn postgres(name: &'static str) -> Self {
        let server = postgres::shared().unwrap();
        server.database(name).unwrap();
        Self::Postgres(server, name)
    }

    pub fn mariadb() -> Self {
        let server = mariadb::shared().unwrap();
        let admin = Database::open(&server.url("mysql"), Some((mariadb::USER, mariadb::PASSWORD)));
        Self::MariaDb(server, admin.connection)
    }

    /// The name of the goldens' files.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "sqlite",
            Self::Postgres(..) => "postgres",
            Self::MariaDb(..) => "mariadb",
        }
    }

    /// A URL of the goldens on this server.
    pub fn url(&self, golden: &str) -> String {
        match self {
            Self::MariaDb(server, _) => golden.replace("{{my}}", &format!("127.0.0.1:{}", server.port())),
            _ => panic!("{golden} is no URL of {}", self.name()),
        }
    }

    /// An empty database of that name.
    pub fn database(&self, name: &str) -> Database {
        match self {
            Self::Sqlite(folder) => {
                let file = folder.path().join(format!("{name}.db"));
                if file.exists() {
                    std::fs::remove_file(&file).unwrap();
                }
                Database::open(&format!("jdbc:sqlite:{}", file.display()), None)
            }
            // To make a database takes a while; no golden tells its name.
            Self::Postgres(server, database) => {
                let database = Database::open(&server.url(database), Some((postgres::USER, postgres::PASSWORD)));
                database.run(&["DROP SCHEMA IF EXISTS public, other, otter CASCADE", "CREATE SCHEMA public"].map(str::to_owned));
                database
            }
            Self::MariaDb(server, admin) => {
                run(admin, &format!("DROP DATABASE IF EXISTS `{name}`"));
                run(admin, &format!("CREATE DATABASE `{name}`"));
                let url = format!("{}?nullDatabaseMeansCurrent=true", server.url(name));
                Database::open(&url, Some((mariadb::USER, mariadb::PASSWORD)))
            }
        }
    }

    /// Every table with its definition and its rows, as the goldens have them.
    pub fn tables(&self, database: &Database) -> BTreeMap<String, Found> {
        match self {
            Self::Sqlite(_) => tables::of_sqlite(database),
            Self::Postgres(..) => tables::of_postgres(database),
            Self::MariaDb(..) => tables::of_mariadb(database),
        }
    }

    /// A table of the goldens, as [`Server::tables`] shows one.
    pub fn expected(&self, table: &Json) -> Found {
        let text = |json: &Json| json.as_str().unwrap().to_owned();
        let row = |row: &Json| row.as_array().unwrap().iter().map(text).collect();
        let definition = match self {
            Self::Postgres(..) => {
                let columns = table["columns"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|column| ["name", "data_type", "is_nullable", "default"].map(|part| text(&column[part])).join(" "));
                columns.chain(table["constraints"].as_array().unwrap().iter().map(text)).collect::<Vec<_>>().join("\n")
            }
            Self::MariaDb(..) => {
                let columns = table["columns"].as_array().unwrap().iter();
                let shown = columns.map(|column| {
                    let [name, type_, nullable, key] =
                        ["name", "column_type", "is_nullable", "key"].map(|part| text(&column[part]));
                    // Confluent's connector has TEXT where Aiven's has a VARCHAR that is soon too short.
                    let type_ = if type_ == "varchar(256)" && key.is_empty() { "text".to_owned() } else { type_ };
                    [name, type_, nullable, key].join(" ")
                });
                shown.collect::<Vec<_>>().join("\n")
            }
            Self::Sqlite(_) => text(&table["ddl"]),
        };
        Found { definition, rows: table["rows"].as_array().unwrap().iter().map(row).collect() }.with_plain_reals()
    }
}

fn run(connection: &Connection, statement: &str) {
    connection.execute(statement, &Parameters::none()).unwrap_or_else(|error| panic!("{statement}: {error}"));
}

impl Database {
    fn open(url: &str, login: Option<(&str, &str)>) -> Self {
        let mut config = vec![("connection.url", url)];
        if let Some((user, password)) = login {
            // The machine may be busy.
            let patience = ("connection.loginTimeout", "120");
            config.extend([("connection.user", user), ("connection.password", password), patience]);
        }
        let key = ConfigKey::new("connection.url", KeyType::String, Importance::High, "d");
        let parsed = ConfigDef::new().key(key).parse(config.iter().copied()).unwrap();
        let connection = Connection::open(&parsed, &OpenOptions::default()).unwrap_or_else(|error| panic!("{url}: {error}"));
        let config = config.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        Self { config, connection }
    }

    /// Runs statements, one after the other.
    pub fn run(&self, statements: &[String]) {
        statements.iter().for_each(|statement| run(&self.connection, statement));
    }

    /// Rows of texts, null where they are.
    pub fn rows(&self, query: &str) -> Vec<Vec<Option<String>>> {
        let cursor = self.connection.query(query, &Parameters::none(), 0).unwrap_or_else(|error| panic!("{query}: {error}"));
        let types = vec![ColumnType::String; cursor.columns().len()];
        cursor.read_as(&types.iter().cloned().enumerate().collect::<Vec<_>>(), &[]).unwrap();
        let mut rows = Vec::new();
        loop {
            let fetched = cursor.fetch(1000, 1 << 20).unwrap_or_else(|error| panic!("{query}: {error}"));
            for row in &fetched {
                let values = row.unwrap().fields(&types).unwrap();
                rows.push(values.iter().map(|value| value.as_str().map(str::to_owned)).collect());
            }
            if !fetched.more() {
                return rows;
            }
        }
    }
}
