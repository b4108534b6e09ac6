//! Cursors that are closed early, statements that take too long, connections that are too many, rows that are too large.

use std::time::{Duration, Instant};

use caisson_sql::dial::Gate;
use caisson_sql::error::Reason;
use caisson_sql::pool::Pool;
use caisson_sql::settings::Settings;

use crate::database::{Config, mariadb, open, open_with, postgres, query, rows, run, select, sqlite};

/// A result of 200,000 rows of 100 bytes, in portions; then another statement, which ends it.
async fn check_cursor(config: &Config, many: &str) {
    let connection = open(config).await;
    let cursor = connection.query(many, &[], &rows(&[&[]]), 100).await.unwrap();
    let first = cursor.fetch(150, 1 << 20).await.unwrap();
    assert_eq!((first.count, first.more), (150, true));
    let few = cursor.fetch(150, 1).await.unwrap();
    assert_eq!(few.count, 1, "a row may reach the limit of bytes, and is the last then");
    let began = Instant::now();
    assert_eq!(select(&connection, "SELECT 1").await, "[[1], []]");
    assert!(began.elapsed() < Duration::from_secs(20));
    assert!(cursor.fetch(1, 1).await.is_err(), "the other statement has ended it");
    let small = open_with(config, &[("max.row.bytes", "50")]).await.unwrap();
    let told = query(&small, many).await.fetch(1, 1).await.unwrap_err();
    assert!(told.reason == Reason::Limit && told.message.contains("max.row.bytes"), "{told}");
}

#[tokio::test]
async fn a_cursor_of_postgresql_is_closed_early() {
    check_cursor(&postgres(), "SELECT repeat('x', 100) FROM generate_series(1, 200000)").await;
}

#[tokio::test]
async fn a_cursor_of_mariadb_is_closed_early() {
    check_cursor(&mariadb(), "SELECT repeat('x', 100) FROM seq_1_to_200000").await;
}

#[tokio::test]
async fn a_cursor_of_sqlite_is_closed_early() {
    let (config, _folder) = sqlite();
    let many =
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000) SELECT printf('%0100d', i) FROM n";
    check_cursor(&config, many).await;
}

/// A statement that would run for a minute ends in time, and in the database too.
async fn check_timeout(config: &Config, slow: &str) {
    let connection = open_with(config, &[("statement.timeout.ms", "300")]).await.unwrap();
    let began = Instant::now();
    // PostgreSQL begins when the first rows are fetched.
    let told = match connection.query(slow, &[], &rows(&[&[]]), 0).await {
        Ok(cursor) => cursor.fetch(1, 1).await.unwrap_err(),
        Err(told) => told,
    };
    assert_eq!((told.reason, told.kind()), (Reason::Timeout, "retriable"), "{told}");
    assert!(told.message.contains("statement.timeout.ms"), "{told}");
    assert!(began.elapsed() < Duration::from_secs(20));
    // What was cancelled in the database makes room for the next statement.
    let limit = Instant::now() + Duration::from_secs(20);
    while !connection.is_valid().await {
        assert!(Instant::now() < limit, "the session is still busy");
    }
}

#[tokio::test]
async fn postgresql_ends_in_time() {
    check_timeout(&postgres(), "SELECT pg_sleep(60)").await;
}

#[tokio::test]
async fn mariadb_ends_in_time() {
    check_timeout(&mariadb(), "SELECT benchmark(100000000000, md5('x'))").await;
}

#[tokio::test]
async fn sqlite_ends_in_time() {
    let (config, _folder) = sqlite();
    let slow = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
    check_timeout(&config, slow).await;
}

#[tokio::test]
async fn connections_are_counted_and_kept() {
    let config = postgres();
    let (pool, gate) = (Pool::new(2), Gate::open());
    let settings = || Settings::of(&config, &[]).unwrap();
    let first = pool.open(settings(), &gate).await.unwrap();
    let second = pool.open(settings(), &gate).await.unwrap();
    let told = pool.open(settings(), &gate).await.unwrap_err();
    assert!(told.reason == Reason::Limit && told.message.contains("sandbox.sql.connections.max"), "{told}");
    run(&first, &["SET search_path = pg_catalog", "BEGIN"]).await;
    let number = select(&first, "SELECT pg_backend_pid()").await;
    drop(first);
    // It is reset first, so that it takes a moment until it is there again.
    let limit = Instant::now() + Duration::from_secs(20);
    let again = loop {
        match pool.open(settings(), &gate).await {
            Ok(again) => break again,
            Err(told) => assert!(told.reason == Reason::Limit && Instant::now() < limit, "{told}"),
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(select(&again, "SELECT pg_backend_pid()").await, number, "the same connection");
    assert_eq!(
        select(&again, "SELECT current_setting('search_path')").await,
        "[[\"\\\"$user\\\", public\"], []]",
        "as if it were new"
    );
    assert_eq!(pool.open_connections(), 2);
    drop((again, second));
}
