//! Servers that go away.

use std::time::Duration;

use caisson_harness::mariadb::MariaDb;
use caisson_harness::postgres::Postgres;
use caisson_harness::{mariadb, postgres};
use caisson_sql::error::Reason;

use crate::database::{Config, config, open, open_with, rows, select};

async fn check(config: &Config, kill: impl FnOnce(), start: impl FnOnce()) {
    let connection = open(config).await;
    assert_eq!(select(&connection, "SELECT 1").await, "[[1], []]");
    kill();
    let told = connection.query("SELECT 1", &[], &rows(&[&[]]), 0).await.unwrap_err();
    assert_eq!((told.reason, told.kind()), (Reason::Connection, "retriable"), "{told}");
    assert!(!connection.is_valid().await);
    let told = open_with(config, &[("connect.timeout.ms", "5000")]).await.unwrap_err();
    assert_eq!(told.kind(), "retriable", "{told}");
    start();
    assert_eq!(select(&open(config).await, "SELECT 1").await, "[[1], []]");
}

#[tokio::test]
async fn postgresql_is_killed_and_comes_back() {
    let server = std::sync::Mutex::new(Postgres::start().unwrap());
    let config = config(&server.lock().unwrap().url("postgres"), postgres::USER, postgres::PASSWORD);
    check(&config, || server.lock().unwrap().kill().unwrap(), || server.lock().unwrap().run().unwrap()).await;
}

#[tokio::test]
async fn mariadb_is_killed_and_comes_back() {
    let server = std::sync::Mutex::new(MariaDb::start().unwrap());
    let config = config(&server.lock().unwrap().url("mysql"), mariadb::USER, mariadb::PASSWORD);
    check(&config, || server.lock().unwrap().kill().unwrap(), || server.lock().unwrap().run().unwrap()).await;
}

#[tokio::test]
async fn a_server_that_says_nothing_is_given_up() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    for scheme in ["postgresql", "mariadb"] {
        let config = config(&format!("jdbc:{scheme}://127.0.0.1:{port}/x"), "u", "p");
        let began = std::time::Instant::now();
        let told = open_with(&config, &[("connect.timeout.ms", "200")]).await.unwrap_err();
        assert!(told.kind() == "retriable" && began.elapsed() < Duration::from_secs(10), "{told}");
    }
}
