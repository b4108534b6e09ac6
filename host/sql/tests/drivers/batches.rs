//! Batches, transactions, and what is left of them after an error.

use caisson_sql::error::Reason;

use crate::database::{Bound, Config, mariadb, open, postgres, rows, run, select, sqlite, words};

async fn check(config: &Config, statement: &str) {
    let connection = open(config).await;
    run(&connection, &["CREATE TABLE t (id int primary key, s varchar(10) not null)"]).await;
    let types = words(&["INT32", "STRING"]);
    let bad = rows(&[&[Bound::Int(1), Bound::Text("a")], &[Bound::Int(1), Bound::Text("b")], &[Bound::Int(2), Bound::Text("c")]]);
    let outcomes = connection.execute_batch(statement, &types, &bad).await.unwrap();
    assert_eq!(outcomes.len(), 2, "the batch ends with the row that failed");
    assert_eq!(outcomes[0].changed, Some(1));
    assert_eq!(outcomes[1].error.as_ref().map(|error| error.reason), Some(Reason::Constraint));
    assert_eq!(select(&connection, "SELECT count(*) FROM t").await, "[[0], []]", "outside a transaction nothing is kept");

    connection.begin().await.unwrap();
    let good = rows(&[&[Bound::Int(1), Bound::Text("a")], &[Bound::Int(2), Bound::Text("b")]]);
    assert!(connection.execute_batch(statement, &types, &good).await.unwrap().iter().all(|outcome| outcome.error.is_none()));
    assert_eq!(select(&connection, "SELECT count(*) FROM t").await, "[[2], []]");
    connection.rollback().await.unwrap();
    assert_eq!(select(&connection, "SELECT count(*) FROM t").await, "[[0], []]");

    connection.begin().await.unwrap();
    let many: Vec<[Bound; 2]> = (0..1000).map(|id| [Bound::Int(id), Bound::Text("x")]).collect();
    let many: Vec<&[Bound]> = many.iter().map(|row| row.as_slice()).collect();
    assert_eq!(connection.execute_batch(statement, &types, &rows(&many)).await.unwrap().len(), 1000);
    connection.commit().await.unwrap();
    assert_eq!(select(&connection, "SELECT count(*) FROM t").await, "[[1000], []]");

    let null = connection.execute(statement, &types, &rows(&[&[Bound::Int(5000), Bound::Null]])).await.unwrap_err();
    assert_eq!(null.reason, Reason::Constraint, "{null}");
    for (statement, reason) in [("SELECT * FROM missing", Reason::Missing), ("SELEC 1", Reason::Syntax)] {
        let told = connection.query(statement, &[], &rows(&[&[]]), 0).await.unwrap_err();
        assert_eq!(told.reason, reason, "{told}");
    }
    assert!(connection.is_valid().await, "an error of a statement leaves the connection good");
}

#[tokio::test]
async fn of_postgresql() {
    check(&postgres(), "INSERT INTO t VALUES ($1, $2)").await;
}

#[tokio::test]
async fn of_mariadb() {
    check(&mariadb(), "INSERT INTO t VALUES (?, ?)").await;
}

#[tokio::test]
async fn of_sqlite() {
    let (config, _folder) = sqlite();
    check(&config, "INSERT INTO t VALUES (?, ?)").await;
}
