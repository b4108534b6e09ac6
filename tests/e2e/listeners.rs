//! Where and how the REST API listens: several addresses, TLS, admin listeners, other origins, headers, users.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use caisson_harness::broker::{Kafka, free_ports, fresh};
use caisson_harness::deadline::until;
use caisson_harness::exchange::{Answer, connect, exchange};
use caisson_harness::worker::{Plan, Worker, binary};
use openssl::pkcs12::Pkcs12;
use openssl::ssl::{SslConnector, SslMethod};
use serde_json::{Value, json};

const LIMIT: Duration = Duration::from_secs(60);
const PASSWORD: &str = "changeit";

fn plain(port: u16, method: &str, path: &str, headers: &[&str]) -> Answer {
    let headers: Vec<String> = ["Host: localhost"].iter().chain(headers).map(|header| (*header).to_owned()).collect();
    exchange(connect(port).unwrap(), method, path, &headers, None).unwrap()
}

/// The same with TLS, trusting the certificate in `ca` and showing `identity`, a PKCS12 file.
fn secure(port: u16, ca: &Path, identity: Option<&Path>, path: &str) -> anyhow::Result<Answer> {
    secure_with(port, ca, identity, path, None)
}

/// The same; what has a body is a POST.
fn secure_with(port: u16, ca: &Path, identity: Option<&Path>, path: &str, body: Option<&Value>) -> anyhow::Result<Answer> {
    let mut connector = SslConnector::builder(SslMethod::tls())?;
    connector.set_ca_file(ca)?;
    if let Some(identity) = identity {
        let parsed = Pkcs12::from_der(&fs::read(identity)?)?.parse2(PASSWORD)?;
        connector.set_private_key(&parsed.pkey.unwrap())?;
        connector.set_certificate(&parsed.cert.unwrap())?;
    }
    let stream = connector.build().connect("localhost", connect(port)?)?;
    let headers = ["Host: localhost".to_owned(), "Content-Type: application/json".to_owned()];
    let method = if body.is_some() { "POST" } else { "GET" };
    exchange(stream, method, path, &headers, body.map(Value::to_string).as_deref())
}

/// Makes a key with a certificate for `localhost` in a key store, and its certificate in a file beside it.
fn key_pair(folder: &Path, name: &str, kind: &str) {
    let (store, certificate) = (folder.join(name), folder.join(format!("{name}.pem")));
    let keytool = |arguments: &[&str]| {
        let mut command = Command::new("keytool");
        command.args(arguments).args(["-storepass", PASSWORD, "-alias", name, "-keystore"]).arg(&store);
        let made = command.output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stdout));
    };
    let names = ["-dname", "CN=localhost", "-ext", "san=dns:localhost,ip:127.0.0.1", "-keyalg", "RSA", "-validity", "30"];
    keytool(&[&["-genkeypair", "-storetype", kind, "-keypass", PASSWORD], names.as_slice()].concat());
    keytool(&["-exportcert", "-rfc", "-file", &certificate.display().to_string()]);
}

fn set_store(plan: &mut Plan, prefix: &str, which: &str, kind: &str, location: &Path) {
    for (key, value) in [("type", kind), ("location", &location.display().to_string()), ("password", PASSWORD)] {
        plan.set(&format!("{prefix}ssl.{which}.{key}"), value);
    }
}

/// Starts a worker whose `/health` may not be open to all.
fn spawn(plan: &Plan, variables: &[(&str, String)], ready: impl Fn() -> bool) -> Worker {
    spawn_as("standalone", plan, variables, ready)
}

fn spawn_as(mode: &str, plan: &Plan, variables: &[(&str, String)], ready: impl Fn() -> bool) -> Worker {
    let mut command = Command::new(binary());
    command.arg(mode).args(plan.arguments().unwrap()).envs(variables.iter().map(|(name, value)| (*name, value)));
    let worker = plan.spawn(&command).unwrap();
    until("the worker answers", LIMIT, || Ok(ready().then_some(()))).map_err(|error| error.context(worker.log())).unwrap();
    worker
}

#[test]
fn https_is_served_with_javas_key_stores_and_admin_apart() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    key_pair(folder.path(), "server", "JKS");
    key_pair(folder.path(), "stranger", "JKS");
    let [http, https, admin] = free_ports().unwrap();
    let mut plan = Plan::on_local_log(folder.path()).unwrap();
    plan.set("listeners", &format!("http://127.0.0.1:{http}, https://127.0.0.1:{https}"));
    plan.set("admin.listeners", &format!("http://127.0.0.1:{admin}"));
    set_store(&mut plan, "listeners.https.", "keystore", "JKS", &at("server"));
    let _worker = spawn(&plan, &[], || connect(admin).is_ok() && plain_health(http));
    for answer in [plain(http, "GET", "/connectors", &[]), secure(https, &at("server.pem"), None, "/connectors").unwrap()] {
        assert_eq!((answer.status, answer.body.as_str()), (200, "[]"));
    }
    secure(https, &at("stranger.pem"), None, "/connectors").unwrap_err();
    for (port, path, status) in
        [(http, "/admin/loggers/root", 404), (admin, "/admin/loggers/root", 200), (admin, "/connectors", 404), (admin, "/", 404)]
    {
        assert_eq!(plain(port, "GET", path, &[]).status, status, "{port} {path}");
    }
}

fn plain_health(port: u16) -> bool {
    let asked = connect(port).and_then(|stream| exchange(stream, "GET", "/health", &["Host: localhost".to_owned()], None));
    asked.is_ok_and(|answer| answer.status == 200)
}

#[test]
fn clients_are_known_by_their_certificates() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for name in ["server", "client", "stranger"] {
        key_pair(folder.path(), name, "PKCS12");
    }
    let [https] = free_ports().unwrap();
    let mut plan = Plan::on_local_log(folder.path()).unwrap();
    plan.set("listeners", &format!("https://127.0.0.1:{https}"));
    plan.set("ssl.client.auth", "required");
    // No key has the listeners' prefix, so those without it count.
    set_store(&mut plan, "", "keystore", "PKCS12", &at("server"));
    set_store(&mut plan, "", "truststore", "PEM", &at("client.pem"));
    let ca = at("server.pem");
    let get = |identity: Option<&Path>| secure(https, &ca, identity, "/health");
    let _worker = spawn(&plan, &[], || get(Some(&at("client"))).is_ok_and(|answer| answer.status == 200));
    get(None).unwrap_err();
    get(Some(&at("stranger"))).unwrap_err();
}

/// Requests are forwarded, and tasks sent to the leader, by https; the workers show each other their certificates.
#[test]
fn workers_reach_each_other_by_https() {
    let kafka = Kafka::start(&[]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    key_pair(folder.path(), "worker", "PKCS12");
    fs::write(at("in.txt"), "").unwrap();
    let (group, ports) = (fresh("https"), free_ports::<2>().unwrap());
    let (ca, own) = (at("worker.pem"), at("worker"));
    let get = |port, path: &str| secure(port, &ca, Some(&own), path);
    let start = |port: u16| {
        let home = at(&port.to_string());
        fs::create_dir(&home).unwrap();
        let mut plan = Plan::in_cluster(&home, kafka.bootstrap(), &group).unwrap();
        plan.set("listeners", &format!("https://127.0.0.1:{port}"));
        set_store(&mut plan, "listeners.https.", "keystore", "PKCS12", &own);
        set_store(&mut plan, "listeners.https.", "truststore", "PEM", &ca);
        plan.set("listeners.https.ssl.client.auth", "required");
        spawn_as("distributed", &plan, &[], || get(port, "/health").is_ok_and(|answer| answer.status == 200))
    };
    let _workers = ports.map(start);
    for (number, port) in [(0, ports[0]), (1, ports[1]), (2, ports[0]), (3, ports[1])] {
        let config = json!({"connector.class": "FileStreamSource", "file": at("in.txt"), "topic": group});
        let body = json!({"name": format!("c{number}"), "config": config});
        let made = secure_with(port, &ca, Some(&own), "/connectors", Some(&body)).unwrap();
        assert_eq!(made.status, 201, "{made:?}");
        assert_eq!(made.header("location"), Some(format!("https://localhost/connectors/c{number}").as_str()));
    }
    until("all run, on both workers", LIMIT, || {
        let all: Value = serde_json::from_str(&get(ports[0], "/connectors?expand=status")?.body)?;
        let tasks = all.as_object().into_iter().flat_map(|all| all.values()).map(|one| &one["status"]["tasks"][0]);
        let mut at: Vec<&str> =
            tasks.filter(|task| task["state"] == "RUNNING").filter_map(|task| task["worker_id"].as_str()).collect();
        at.sort_unstable();
        let wanted = ports.map(|port| format!("127.0.0.1:{port}"));
        let fair = at.len() == 4 && wanted.iter().all(|worker| at.iter().filter(|one| *one == worker).count() == 2);
        if fair { Ok(Some(())) } else { anyhow::bail!("{all}") }
    })
    .unwrap();
}

#[test]
fn a_key_store_that_cannot_be_used_is_refused_by_its_key() {
    let folder = tempfile::tempdir().unwrap();
    let [port] = free_ports().unwrap();
    let mut plan = Plan::on_local_log(folder.path()).unwrap();
    plan.set("listeners", &format!("https://127.0.0.1:{port}"));
    assert!(plan.refusal().unwrap().contains("ssl.keystore.location: an https listener needs a key store"));
    plan.set("listeners.https.ssl.keystore.location", "/no/where.jks");
    let told = plan.refusal().unwrap();
    assert!(told.contains("listeners.https.ssl.keystore.location: /no/where.jks: No such file"), "{told}");
    key_pair(folder.path(), "server", "JKS");
    plan.set("listeners.https.ssl.keystore.location", &folder.path().join("server").display().to_string());
    plan.set("listeners.https.ssl.keystore.password", "wrong");
    let told = plan.refusal().unwrap();
    assert!(told.contains("is the password right?") && !told.contains("wrong;"), "{told}");
}

#[test]
fn other_origins_and_headers_are_as_configured() {
    let folder = tempfile::tempdir().unwrap();
    let [port] = free_ports().unwrap();
    let mut plan = Plan::on_local_log(folder.path()).unwrap();
    plan.set("listeners", &format!("http://127.0.0.1:{port}"));
    plan.set("access.control.allow.origin", "http://a[.]example");
    plan.set("access.control.allow.methods", "GET,PUT");
    plan.set("response.http.headers.config", "set X-Frame-Options: DENY, \"add Cache-Control: no-cache, no-store\"");
    let _worker = spawn(&plan, &[], || plain_health(port));
    let friend = plain(port, "GET", "/connectors", &["Origin: http://a.example"]);
    for (header, value) in [
        ("access-control-allow-origin", "http://a.example"),
        ("x-frame-options", "DENY"),
        ("cache-control", "no-cache, no-store"),
    ] {
        assert_eq!(friend.header(header), Some(value), "{friend:?}");
    }
    let stranger = plain(port, "GET", "/nope", &["Origin: http://b.example"]);
    assert_eq!((stranger.status, stranger.header("access-control-allow-origin")), (404, None));
    assert_eq!((stranger.header("vary"), stranger.header("x-frame-options")), (Some("Origin"), Some("DENY")));
    let asked = ["Origin: http://a.example", "Access-Control-Request-Method: PUT"];
    let preflight = plain(port, "OPTIONS", "/connectors", &asked);
    assert_eq!(preflight.header("access-control-allow-methods"), Some("GET,PUT"));
    assert_eq!(preflight.body, "HEAD, POST, GET, OPTIONS");
}

#[test]
fn users_need_their_passwords() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("users"), "alice=secret\n").unwrap();
    let module = "org.apache.kafka.connect.rest.basic.auth.extension.PropertyFileLoginModule";
    let entry = format!("KafkaConnect {{\n  {module} required\n  file=\"{}\";\n}};\n", at("users").display());
    fs::write(at("jaas.conf"), entry).unwrap();
    let [port] = free_ports().unwrap();
    let mut plan = Plan::on_local_log(folder.path()).unwrap();
    plan.set("listeners", &format!("http://127.0.0.1:{port}"));
    let extension = "org.apache.kafka.connect.rest.basic.auth.extension.BasicAuthSecurityRestExtension";
    plan.set("rest.extension.classes", extension);
    assert!(plan.refusal().unwrap().contains("-Djava.security.auth.login.config="));
    let option = format!("-Xmx1g -Djava.security.auth.login.config={}", at("jaas.conf").display());
    let _worker = spawn(&plan, &[("KAFKA_OPTS", option)], || connect(port).is_ok());
    let alice = "Authorization: Basic YWxpY2U6c2VjcmV0";
    for (method, path, headers, status) in [
        ("GET", "/connectors", vec![], 401),
        ("GET", "/connectors", vec!["Authorization: Basic YWxpY2U6d3Jvbmc="], 401),
        ("GET", "/connectors", vec![alice], 200),
        ("GET", "/health", vec![], 401),
        ("GET", "/admin/loggers", vec![], 401),
        ("GET", "/nope", vec![], 404),
        ("DELETE", "/connectors", vec![], 405),
        ("PUT", "/connectors/x/fence", vec![], 500),
    ] {
        let answer = plain(port, method, path, &headers);
        assert_eq!(answer.status, status, "{method} {path} {headers:?}");
        assert_eq!(answer.body == "User cannot access the resource.", status == 401, "{answer:?}");
    }
    plan.set("rest.extension.classes", "com.example.Audit");
    assert!(plan.refusal().unwrap().contains("com.example.Audit"));
}
