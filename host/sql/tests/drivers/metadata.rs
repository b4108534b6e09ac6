//! Tables, columns and keys.

use caisson_sql::column::TableId;
use caisson_sql::connection::Connection;

use crate::database::{mariadb, open, postgres, run, sqlite};

async fn names(connection: &Connection, types: &[&str]) -> Vec<String> {
    let types: Vec<String> = types.iter().map(|word| (*word).to_owned()).collect();
    let tables = connection.tables(None, None, None, &types).await.unwrap();
    tables.into_iter().map(|table| table.id.name).collect()
}

/// Name, type of JDBC, whether null, whether counted.
async fn columns(connection: &Connection, table: &str) -> Vec<(String, &'static str, Option<bool>, bool)> {
    let table = TableId { catalog: None, schema: None, name: table.to_owned() };
    let columns = connection.columns(&table).await.unwrap();
    columns.into_iter().map(|column| (column.name, column.type_, column.nullable, column.auto_increment)).collect()
}

#[tokio::test]
async fn of_postgresql() {
    let connection = open(&postgres()).await;
    run(
        &connection,
        &[
            "CREATE TABLE b (id serial, a int, n numeric(10,2) default 1.5, PRIMARY KEY (id, a))",
            "CREATE TABLE a (\"Id\" bigint generated always as identity primary key, g int generated always as (1) stored)",
            "CREATE VIEW v AS SELECT 1 AS one",
        ],
    )
    .await;
    assert_eq!(names(&connection, &["TABLE"]).await, ["a", "b"]);
    assert_eq!(names(&connection, &["VIEW"]).await, ["v"]);
    let expected = [
        ("id".to_owned(), "INTEGER", Some(false), true),
        ("a".to_owned(), "INTEGER", Some(false), false),
        ("n".to_owned(), "NUMERIC", Some(true), false),
    ];
    assert_eq!(columns(&connection, "b").await, expected);
    assert!(columns(&connection, "missing").await.is_empty());
    let table = TableId { catalog: None, schema: Some("public".to_owned()), name: "b".to_owned() };
    assert_eq!(connection.primary_keys(&table).await.unwrap(), ["id", "a"]);
    let all = connection.columns(&table).await.unwrap();
    assert_eq!((all[2].precision, all[2].scale, all[0].type_name.as_str()), (10, 2, "serial"));
    assert!(connection.schemas().await.unwrap().contains(&"public".to_owned()));
    assert!(connection.catalogs().await.unwrap().contains(&"postgres".to_owned()));
    let about = connection.about();
    assert!(
        about.contains(&("dialect".to_owned(), "postgresql".to_owned()))
            && about.contains(&("schema".to_owned(), "public".to_owned()))
    );
}

#[tokio::test]
async fn of_mariadb() {
    let mut config = mariadb();
    config.get_mut("connection.url").unwrap().push_str("?nullDatabaseMeansCurrent=true");
    let connection = open(&config).await;
    run(
        &connection,
        &[
            "CREATE TABLE b (id int auto_increment, a int, n decimal(10,2) default 1.5, PRIMARY KEY (id, a))",
            "CREATE TABLE a (id int primary key)",
            "CREATE VIEW v AS SELECT 1 AS one",
        ],
    )
    .await;
    assert_eq!(names(&connection, &["TABLE"]).await, ["a", "b"]);
    assert_eq!(names(&connection, &["VIEW"]).await, ["v"]);
    let expected = [
        ("id".to_owned(), "INTEGER", Some(false), true),
        ("a".to_owned(), "INTEGER", Some(false), false),
        ("n".to_owned(), "DECIMAL", Some(true), false),
    ];
    assert_eq!(columns(&connection, "b").await, expected);
    let table = TableId { catalog: None, schema: None, name: "b".to_owned() };
    assert_eq!(connection.primary_keys(&table).await.unwrap(), ["id", "a"]);
    assert!(connection.catalogs().await.unwrap().contains(&"mysql".to_owned()));
}

#[tokio::test]
async fn of_sqlite() {
    let (config, _folder) = sqlite();
    let connection = open(&config).await;
    run(
        &connection,
        &[
            "CREATE TABLE b (id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT NOT NULL, n NUMERIC(10,2) DEFAULT 1.5)",
            "CREATE TABLE a (x, y, PRIMARY KEY (y, x))",
            "CREATE VIEW v AS SELECT 1 AS one",
        ],
    )
    .await;
    assert_eq!(names(&connection, &["TABLE"]).await, ["a", "b"]);
    assert_eq!(names(&connection, &["VIEW"]).await, ["v"]);
    let expected = [
        ("id".to_owned(), "INTEGER", Some(true), true),
        ("a".to_owned(), "VARCHAR", Some(false), false),
        ("n".to_owned(), "NUMERIC", Some(true), false),
    ];
    assert_eq!(columns(&connection, "b").await, expected);
    let table = TableId { catalog: None, schema: None, name: "a".to_owned() };
    assert_eq!(connection.primary_keys(&table).await.unwrap(), ["y", "x"]);
}
