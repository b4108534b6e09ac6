//! What a plugin with the capability `sql` reaches, in a worker: its own database, and nothing beside it. The plugin is a probe that tries.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::Duration;

use caisson_harness::worker::{Plan, Worker};
use caisson_harness::{mariadb, postgres};
use serde_json::{Value, json};

const LIMIT: Duration = Duration::from_secs(120);
const COMPONENTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/components");
/// A user who may nothing beyond its own database.
const PLAIN: &str = "plain";
const SECRET: &str = "plain-secret";
/// What no plugin is to see.
const TREASURE: &str = "the treasure";
const REFUSED: &str = "failed with the sandbox refused opening a database";

fn worker(folder: &Path, properties: &[(&str, &str)]) -> Worker {
    let plugins = folder.join("plugins");
    fs::create_dir(&plugins).unwrap();
    fs::copy(Path::new(COMPONENTS).join("probe-sql-access.wasm"), plugins.join("probe-sql-access.wasm")).unwrap();
    let mut plan = Plan::on_local_log(folder).unwrap();
    plan.set("plugin.path", &plugins.display().to_string());
    for (key, value) in properties {
        plan.set(key, value);
    }
    plan.start().unwrap()
}

fn probe(url: &str) -> Value {
    json!({ "connector.class": "caisson.probe.SqlAccess", "connection.url": url })
}

/// The same as a user who may do little.
fn plain(url: &str) -> Value {
    let mut config = probe(url);
    config["connection.user"] = PLAIN.into();
    config["connection.password"] = SECRET.into();
    config
}

/// What the probe tells of what it tried; or why it, or its task, was refused.
fn told(worker: &Worker, config: &Value) -> String {
    let rest = worker.rest();
    let told = match rest.create("probe", config) {
        Ok(_) => rest.await_failed_task("probe", 0, LIMIT).unwrap_or_else(|error| panic!("{error:#}\n{}", worker.log())),
        Err(refused) => refused.to_string(),
    };
    rest.delete("probe").unwrap();
    told
}

/// Lets the probe ask for databases; each is refused.
fn check_refused(worker: &Worker, mut config: Value, asked: &[String]) {
    config["ask.for"] = asked.join("\n").into();
    let told = told(worker, &config);
    for line in asked {
        let key = line.split('=').next().unwrap();
        let refused = format!("{line}: {REFUSED}: the plugin asks for it by another {key} than it was given");
        assert!(told.contains(&refused), "{line} was not refused: {told}");
    }
}

/// Lets the probe execute statements in its own database: what becomes of each.
fn check_statements(worker: &Worker, mut config: Value, expected: &[(&str, &str)]) {
    let statements: Vec<&str> = expected.iter().map(|(statement, _)| *statement).collect();
    config["statements"] = statements.join("\n").into();
    let told = told(worker, &config);
    for (statement, outcome) in expected {
        let line = told.lines().find_map(|line| line.split_once(&format!("{statement}: ")));
        assert!(line.is_some_and(|(_, found)| found.contains(outcome)), "{statement} is not {outcome}: {told}");
    }
    assert!(!told.contains(TREASURE), "{told}");
}

/// URLs of the same server in other words, and of what else is on it. `url` ends in `127.0.0.1:<port>/mine`.
fn forms(url: &str, socket: &Path) -> Vec<String> {
    let with_host = |host: &str| url.replace("127.0.0.1", host);
    let socket = socket.display().to_string();
    let mut urls = vec![
        url.replace("/mine", "/other"),
        url.replace("/mine", "/"),
        url.replace("jdbc:", "JDBC:"),
        url.replace("127.0.0.1", "127.0.0.1:1,127.0.0.1"),
        format!("{url}?localSocket={socket}"),
        format!("{url}?user=caisson&password=caisson-secret"),
        with_host(&socket.replace('/', "%2F")),
        with_host(""),
        "jdbc:sqlite:/etc/passwd".to_owned(),
    ];
    let hosts = [
        "localhost",
        "LOCALHOST",
        "localhost.",
        "127.0.0.1.",
        "127.1",
        "2130706433",
        "0x7f000001",
        "[::ffff:127.0.0.1]",
        "[::1]",
    ];
    urls.extend(hosts.map(with_host));
    urls.iter().map(|url| format!("connection.url={url}")).collect()
}

/// I17
#[test]
fn a_plugin_has_its_database_of_postgresql_and_no_other() {
    let server = postgres::shared().unwrap();
    let url = server.database("mine").unwrap();
    server.database("other").unwrap();
    let role =
        format!("CREATE ROLE {PLAIN} LOGIN PASSWORD '{SECRET}'; GRANT ALL ON SCHEMA public TO {PLAIN}; CREATE TABLE t (a text)");
    server.sql("mine", &format!("{role}; GRANT ALL ON t TO {PLAIN}")).unwrap();
    server.sql("other", &format!("CREATE TABLE secrets (a text); INSERT INTO secrets VALUES ('{TREASURE}')")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let worker = worker(folder.path(), &[]);
    let mut asked = forms(&url, server.socket_folder());
    asked.extend(
        ["connection.user=caisson", "connection.password=caisson-secret", "connection.options=-c role=caisson"]
            .map(str::to_owned),
    );
    check_refused(&worker, plain(&url), &asked);
    check_statements(
        &worker,
        plain(&url),
        &[
            ("SELECT current_database()", "gave [String(\"mine\")]"),
            ("SELECT a FROM other.public.secrets", "cross-database references are not implemented"),
            ("COPY t FROM '/etc/passwd'", "to COPY from a file"),
            ("COPY t FROM PROGRAM 'cat /etc/passwd'", "an external program"),
            ("SELECT pg_read_file('/etc/passwd')", "permission denied"),
            ("SET SESSION AUTHORIZATION caisson", "permission denied"),
            // The worker has nothing to send.
            ("COPY t FROM STDIN", "failed with"),
            ("SELECT count(*) FROM t", "gave [String(\"0\")]"),
        ],
    );
    assert_eq!(server.sql("mine", "SELECT count(*) FROM t").unwrap(), "0");
    worker.terminate().unwrap();
}

/// I17
#[test]
fn a_plugin_has_its_database_of_mariadb_and_no_other() {
    let server = mariadb::shared().unwrap();
    let url = server.database("mine").unwrap();
    server.database("other").unwrap();
    let user = format!(
        "CREATE USER {PLAIN}@'%' IDENTIFIED BY '{SECRET}'; GRANT ALL ON mine.* TO {PLAIN}@'%'; CREATE TABLE mine.t (a text)"
    );
    server.sql("mine", &user).unwrap();
    server.sql("other", &format!("CREATE TABLE secrets (a text); INSERT INTO secrets VALUES ('{TREASURE}')")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file.txt");
    fs::write(&file, TREASURE).unwrap();
    let worker = worker(folder.path(), &[]);
    check_refused(&worker, plain(&url), &forms(&url, &server.socket()));
    let load = format!("LOAD DATA LOCAL INFILE '{}' INTO TABLE t", file.display());
    let write = format!("SELECT 1 INTO OUTFILE '{}'", folder.path().join("out").display());
    let read = format!("SELECT LOAD_FILE('{}')", file.display());
    check_statements(
        &worker,
        plain(&url),
        &[
            ("SELECT database()", "gave [String(\"mine\")]"),
            ("SELECT a FROM other.secrets", "denied"),
            ("USE other", "denied"),
            (load.as_str(), "the sandbox refused reading"),
            (read.as_str(), "gave [Null]"),
            (write.as_str(), "denied"),
            ("SELECT count(*) FROM t", "gave [String(\"0\")]"),
        ],
    );
    worker.terminate().unwrap();
}

/// I17
#[test]
fn a_plugin_has_its_file_of_sqlite_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let databases = folder.path().join("databases");
    fs::create_dir(&databases).unwrap();
    let (mine, other, link) = (databases.join("mine.db"), folder.path().join("other.db"), databases.join("link.db"));
    symlink(&other, &link).unwrap();
    let worker = worker(folder.path(), &[("sandbox.files.roots", &databases.display().to_string())]);
    let url = |path: &Path| format!("jdbc:sqlite:{}", path.display());
    let asked = [
        url(&other),
        url(&databases.join("../other.db")),
        url(&databases.join("./mine.db")),
        url(&link),
        format!("jdbc:sqlite:file:{}", mine.display()),
        "jdbc:sqlite::memory:".to_owned(),
    ];
    check_refused(&worker, probe(&url(&mine)), &asked.map(|url| format!("connection.url={url}")));
    let path = other.display();
    let statements = [
        (format!("ATTACH DATABASE '{path}' AS other"), "failed with"),
        (format!("VACUUM INTO '{path}'"), "failed with"),
        ("SELECT load_extension('/tmp/x.so')".to_owned(), "not authorized"),
        (format!("PRAGMA temp_store_directory = '{}'", folder.path().display()), "not authorized"),
        ("PRAGMA hard_heap_limit = 1000".to_owned(), "not authorized"),
        ("SELECT 'mine'".to_owned(), "gave [String(\"mine\")]"),
    ];
    check_statements(
        &worker,
        probe(&url(&mine)),
        &statements.each_ref().map(|(statement, outcome)| (statement.as_str(), *outcome)),
    );
    assert!(mine.exists() && !other.exists());
    // Nor does a user who names it reach what the worker does not grant.
    for beyond in [url(&other), url(&databases.join("../other.db")), url(&link)] {
        let refused = told(&worker, &probe(&beyond));
        assert!(refused.contains("outside the folders this worker grants") && refused.contains("connection.url"), "{refused}");
    }
    assert!(!other.exists());
    worker.terminate().unwrap();
}

/// I17: the address is compared as it is written, whatever it leads to.
#[test]
fn a_server_beyond_the_ceiling_is_refused_in_every_form() {
    let folder = tempfile::tempdir().unwrap();
    let worker = worker(folder.path(), &[("sandbox.hosts", "127.0.0.1:5432")]);
    for host in
        ["127.0.0.1:5433", "localhost", "127.1", "2130706433", "127.0.0.1.", "[::ffff:127.0.0.1]", "127.0.0.1,localhost", ""]
    {
        let refused = told(&worker, &probe(&format!("jdbc:postgresql://{host}/mine")));
        assert!(refused.contains("which is not among the hosts this worker grants"), "{host}: {refused}");
    }
    worker.terminate().unwrap();
}

/// I17, I29: nor does the password go to another server.
#[test]
fn a_connector_sends_its_tasks_to_no_other_database() {
    let folder = tempfile::tempdir().unwrap();
    let worker = worker(folder.path(), &[]);
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let mut config = plain("jdbc:postgresql://127.0.0.1:1/mine");
    config["task.url"] = format!("jdbc:postgresql://127.0.0.1:{}/mine", listener.local_addr().unwrap().port()).into();
    config["statements"] = "SELECT 1".into();
    let refused = told(&worker, &config);
    assert!(refused.contains("the sandbox refused the database of a task") && refused.contains("connection.url"), "{refused}");
    assert!(listener.accept().is_err(), "the worker has connected");
    worker.terminate().unwrap();
}

/// I29
#[test]
fn a_password_in_a_url_stays_in_the_worker() {
    let (postgres, mariadb) = (postgres::shared().unwrap(), mariadb::shared().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let worker = worker(folder.path(), &[]);
    let by_parameters = |url: String, user, password| format!("{url}?user={user}&password={password}&connectTimeout=30");
    let urls = [
        (
            by_parameters(postgres.url("postgres"), postgres::USER, postgres::PASSWORD),
            "SELECT current_user::text",
            postgres::PASSWORD,
        ),
        (by_parameters(mariadb.url("mysql"), mariadb::USER, mariadb::PASSWORD), "SELECT user()", mariadb::PASSWORD),
        (
            mariadb.url("mysql").replace("//", &format!("//{}:{}@", mariadb::USER, mariadb::PASSWORD)),
            "SELECT user()",
            mariadb::PASSWORD,
        ),
    ];
    for (url, statement, password) in urls {
        let mut config = probe(&url);
        config["statements"] = statement.into();
        worker.rest().create("probe", &config).unwrap();
        let told = worker.rest().await_failed_task("probe", 0, LIMIT).unwrap();
        assert!(told.contains(&format!("{statement}: gave [String(\"{}", postgres::USER)), "{told}");
        assert!(told.contains("given connection.url=jdbc:") && !told.contains(password), "{told}");
        // What is not a secret it knows.
        assert_eq!(told.contains("connectTimeout=30"), url.contains("connectTimeout=30"), "{told}");
        // Users see what they wrote.
        let tasks = worker.rest().get("/connectors/probe/tasks").unwrap();
        assert_eq!(tasks[0]["config"]["connection.url"], url.as_str(), "{tasks}");
        worker.rest().delete("probe").unwrap();
    }
    worker.terminate().unwrap();
}

/// The connector is asked for its tables again every `table.poll.interval.ms`.
#[test]
fn tables_that_appear_are_read() {
    let server = postgres::shared().unwrap();
    let url = server.database("growing").unwrap();
    let made =
        |table: &str| format!("CREATE TABLE {table} (id int PRIMARY KEY, name text); INSERT INTO {table} VALUES (1, '{table}')");
    server.sql("growing", &made("early")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let worker = worker(folder.path(), &[("offset.flush.interval.ms", "200")]);
    let rest = worker.rest();
    let source = json!({
        "connector.class": "io.confluent.connect.jdbc.JdbcSourceConnector", "tasks.max": "2", "connection.url": url,
        "connection.user": postgres::USER, "connection.password": postgres::PASSWORD, "topic.prefix": "from-",
        "mode": "incrementing", "incrementing.column.name": "id", "table.poll.interval.ms": "300", "poll.interval.ms": "100",
        "value.converter": "org.apache.kafka.connect.json.JsonConverter", "value.converter.schemas.enable": "false",
        "transforms": "one", "transforms.one.type": "org.apache.kafka.connect.transforms.RegexRouter",
        "transforms.one.regex": "from-.*", "transforms.one.replacement": "rows",
    });
    let out = folder.path().join("rows.txt");
    let sink = json!({
        "connector.class": "FileStreamSink", "file": out, "topics": "rows",
        "value.converter": "org.apache.kafka.connect.storage.StringConverter",
    });
    rest.create("growing", &source).unwrap();
    rest.create("rows", &sink).unwrap();
    let lines = |expected: &[&str]| {
        caisson_harness::deadline::until("the rows are in the file", LIMIT, || {
            let mut lines: Vec<String> = fs::read_to_string(&out)?.lines().map(str::to_owned).collect();
            lines.sort();
            if lines == expected { Ok(Some(())) } else { anyhow::bail!("{lines:?}") }
        })
        .unwrap_or_else(|error| panic!("{error:#}\n{}", worker.log()))
    };
    let (early, late) = (r#"{"id":1,"name":"early"}"#, r#"{"id":1,"name":"late"}"#);
    lines(&[early]);
    server.sql("growing", &made("late")).unwrap();
    // The first table goes on behind the row that was read.
    lines(&[early, late]);
    let tables = |task: usize| rest.get("/connectors/growing/tasks").unwrap()[task]["config"]["tables"].clone();
    assert_eq!([tables(0), tables(1)], [r#""public"."early""#, r#""public"."late""#]);
    server.sql("growing", "INSERT INTO early VALUES (2, 'early')").unwrap();
    lines(&[early, late, r#"{"id":2,"name":"early"}"#]);
    worker.terminate().unwrap();
}
