//! TLS, wrong passwords, and what a session must not reach.

use std::collections::BTreeMap;

use caisson_harness::{mariadb, postgres};
use caisson_sql::error::Reason;

use crate::database::{Config, config, open, open_with, rows, run, select, sqlite};

fn with(mut config: Config, properties: &[(&str, &str)]) -> Config {
    for (name, value) in properties {
        config.insert(format!("connection.{name}"), (*value).to_owned());
    }
    config
}

#[tokio::test]
async fn postgresql_shows_its_certificate() {
    let server = postgres::shared().unwrap();
    let certificate = server.certificate().to_str().unwrap().to_owned();
    let by = |host: &str, properties: &[(&str, &str)]| {
        let url = server.url("postgres").replace("127.0.0.1", host);
        with(config(&url, postgres::USER, postgres::PASSWORD), properties)
    };
    let encrypted = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    let known = [("sslmode", "verify-full"), ("sslrootcert", certificate.as_str())];
    assert_eq!(select(&open(&by("localhost", &known)).await, encrypted).await, "[[true], []]");
    assert_eq!(select(&open(&by("127.0.0.1", &[("sslmode", "require")])).await, encrypted).await, "[[true], []]");
    assert_eq!(select(&open(&by("127.0.0.1", &[("sslmode", "disable")])).await, encrypted).await, "[[false], []]");
    assert_eq!(
        select(&open(&by("127.0.0.1", &[("sslmode", "verify-ca"), ("sslrootcert", &certificate)])).await, encrypted).await,
        "[[true], []]"
    );
    for unknown in [by("127.0.0.1", &known), by("localhost", &[("sslmode", "verify-full")])] {
        let told = open_with(&unknown, &[]).await.unwrap_err();
        assert!(told.message.contains("certificate"), "{told}");
    }
}

#[tokio::test]
async fn mariadb_shows_its_certificate() {
    let server = mariadb::shared().unwrap();
    let certificate = server.certificate().to_str().unwrap().to_owned();
    let by = |host: &str, properties: &[(&str, &str)]| {
        let url = server.url("mysql").replace("127.0.0.1", host);
        with(config(&url, mariadb::USER, mariadb::PASSWORD), properties)
    };
    let cipher = "SELECT VARIABLE_VALUE <> '' FROM information_schema.SESSION_STATUS WHERE VARIABLE_NAME = 'Ssl_cipher'";
    let known = [("sslMode", "verify-full"), ("serverSslCert", certificate.as_str())];
    assert_eq!(select(&open(&by("localhost", &known)).await, cipher).await, "[[1], []]");
    assert_eq!(select(&open(&by("127.0.0.1", &[("sslMode", "trust")])).await, cipher).await, "[[1], []]");
    assert_eq!(select(&open(&by("127.0.0.1", &[])).await, cipher).await, "[[0], []]");
    assert!(open_with(&by("localhost", &[("sslMode", "verify-full")]), &[]).await.is_err(), "nobody has signed it");
}

#[tokio::test]
async fn a_wrong_password_is_told_as_such() {
    for config in [
        config(&postgres::shared().unwrap().url("postgres"), postgres::USER, "wrong"),
        config(&mariadb::shared().unwrap().url("mysql"), mariadb::USER, "wrong"),
    ] {
        let told = open_with(&config, &[]).await.unwrap_err();
        assert_eq!((told.reason, told.kind()), (Reason::Authentication, "config"), "{told}");
        assert!(!told.message.contains("wrong"), "{told}");
    }
}

#[tokio::test]
async fn no_socket_of_this_machine_is_a_host() {
    let server = postgres::shared().unwrap();
    let folder = server.socket_folder().to_str().unwrap().replace('/', "%2F");
    let url = format!("jdbc:postgresql://{folder}:{}/postgres", server.port());
    let told = open_with(&config(&url, postgres::USER, postgres::PASSWORD), &[]).await.unwrap_err();
    assert_eq!(told.reason, Reason::Config, "{told}");
    let socket = mariadb::shared().unwrap().socket();
    let url = format!("jdbc:mariadb://127.0.0.1:1/mysql?localSocket={}", socket.display());
    let told = open_with(&config(&url, mariadb::USER, mariadb::PASSWORD), &[]).await.unwrap_err();
    assert_eq!(told.reason, Reason::Connection, "{told}");
}

#[tokio::test]
async fn a_file_of_sqlite_leads_to_no_other() {
    let (config, folder) = sqlite();
    let connection = open(&config).await;
    run(&connection, &["CREATE TABLE t (a)"]).await;
    let other = folder.path().join("other.db");
    for statement in [
        format!("ATTACH DATABASE '{}' AS other", other.display()),
        format!("VACUUM INTO '{}'", other.display()),
        format!("PRAGMA temp_store_directory = '{}'", folder.path().display()),
        "SELECT load_extension('x')".to_owned(),
        "PRAGMA hard_heap_limit = 1000".to_owned(),
        "PRAGMA mmap_size = 1000000".to_owned(),
        "INSERT INTO t VALUES (zeroblob(200000000))".to_owned(),
    ] {
        let told = match connection.execute(&statement, &[], &rows(&[&[]])).await {
            Err(told) => told,
            Ok(_) => panic!("{statement} was executed"),
        };
        assert!(!other.exists(), "{statement}: {told}");
    }
    std::os::unix::fs::symlink(folder.path().join("test.db"), &other).unwrap();
    let link = BTreeMap::from([("connection.url".to_owned(), format!("jdbc:sqlite:{}", other.display()))]);
    let told = open_with(&link, &[]).await.unwrap_err();
    assert_eq!(told.reason, Reason::Connection, "{told}");
}
