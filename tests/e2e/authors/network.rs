//! Plugins that ask servers: over HTTP, and over TCP where the SDK has it.

use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use caisson_harness::broker::free_ports;
use caisson_harness::deadline::until;
use caisson_harness::guarded::Guarded;

use super::*;

/// Far more than a server takes to listen.
const LIMIT: Duration = Duration::from_secs(60);

/// Asks for a name what it is, and leaves alone what nobody knows.
const LOOKUP: &str = r#"
from caisson_sdk import Access, ConfigDef, ConfigKey, Transformation, Type, export, http


class Ours(Transformation):
    """Looks names up."""

    class_name = "com.example.Ours"
    config = ConfigDef(ConfigKey("url", Type.STRING, "Where names are known.", access=Access.URL))

    def configure(self, config):
        self.url = config["url"]

    def apply(self, record):
        name = record.value["name"]
        found = http.get(name if name.startswith("http:") else f"{self.url}/{name}.json?all=1", timeout=60, most=1000)
        record.value["status"] = found.status
        if found.status == 200:
            record.value["known"] = found.json()["known"]
            record.value["kind"] = found.header("CONTENT-TYPE")
        elif record.value.get("tell"):
            refusal = http.post(self.url, json={"who": name})
            record.value["status"] = refusal.status
            record.value["answer"] = refusal.text()
        return record


export(Ours, version="0.1.0")
"#;

const SERVER: &str = r#"
import json, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Names(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    known = {"/ada.json?all=1": b'{"known": "Ada Lovelace"}', "/long.json?all=1": 1001 * b"x"}

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        found = self.known.get(self.path)
        self.answer(404 if found is None else 200, found or b"")

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.answer(429, f"who is {asked['who']}".encode())


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Names).serve_forever()
"#;

#[test]
fn a_transform_in_python_asks_a_server_that_its_configuration_names() {
    let bob = r#"{"name":"bob","tell":true,"status":429,"answer":"who is bob"}"#;
    asks_a_server("python", "ours.py", LOOKUP, r#""known":"Ada Lovelace""#, bob);
}

/// A new project with that module asks a server.
fn asks_a_server(language: &str, file: &str, module: &str, ada: &str, bob: &str) {
    let parent = tempfile::tempdir().unwrap();
    succeeds(&mut caisson(parent.path(), &["new", "transform", "ours", "--lang", language]));
    let project = parent.path().join("ours");
    fs::write(project.join(file), module).unwrap();
    succeeds(&mut caisson(&project, &["build"]));
    looks_names_up(&project, ada, bob);
}

/// Names are looked up, and those that nobody knows are told. What is too long, and an address that nothing grants, fail their records.
pub(super) fn looks_names_up(project: &Path, ada: &str, bob: &str) {
    let [port, other] = free_ports().unwrap();
    let mut server = Command::new("python3");
    server.args(["-c", SERVER, &port.to_string()]);
    let _server = Guarded::start(&server, &project.join("server.log"), None).unwrap();
    until("the server listens", LIMIT, || Ok(TcpStream::connect(("127.0.0.1", port)).ok())).unwrap();
    let elsewhere = format!("http://127.0.0.1:{other}/ada.json");
    let records: String =
        [json!({"name": "ada"}), json!({"name": "bob", "tell": true}), json!({"name": "long"}), json!({"name": elsewhere})]
            .map(|value| json!({ "value": value }).to_string() + "\n")
            .concat();
    let output = fed(caisson(project, &["run", &format!("url=http://127.0.0.1:{port}")]), &records);
    let told = shown(&output);
    assert!(told.contains(&format!(r#"{{"name":"ada","status":200,{ada},"kind":"application/json"}}"#)), "{told}");
    // A refusal is a response too.
    assert!(told.contains(bob), "{told}");
    assert!(told.contains("record 2 failed") && told.contains("the response's body is longer than 1000 bytes"), "{told}");
    assert!(told.contains("record 3 failed") && told.contains(&format!("grants 127.0.0.1:{other}")), "{told}");
}

/// The example of an SDK.
fn example(path: &str) -> String {
    fs::read_to_string(root().join("sdk").join(path)).unwrap()
}

#[test]
fn a_transform_in_go_asks_a_server_that_its_configuration_names() {
    let bob = r#"{"name":"bob","tell":true,"status":404,"answer":"who is bob"}"#;
    asks_a_server("go", "main.go", &example("go/examples/look-up/main.go"), r#""known":"Ada Lovelace""#, bob);
}

#[test]
fn a_transform_in_c_asks_a_server_that_its_configuration_names() {
    let bob = r#"{"name":"bob","tell":true,"status":404,"answer":"who is bob"}"#;
    asks_a_server("c", "ours.c", &example("c/examples/look_up.c"), r#""known":"{\"known\": \"Ada Lovelace\"}""#, bob);
}

/// Answers each line in capitals, as long as the test runs.
fn shouting_server() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let mut line = String::new();
            BufReader::new(&stream).read_line(&mut line).unwrap();
            stream.write_all(line.to_uppercase().as_bytes()).unwrap();
        }
    });
    port
}

fn asks_over_tcp(language: &str, file: &str, module: &str) {
    let parent = tempfile::tempdir().unwrap();
    let (port, [other]) = (shouting_server(), free_ports().unwrap());
    succeeds(&mut caisson(parent.path(), &["new", "transform", "ours", "--lang", language]));
    let project = parent.path().join("ours");
    fs::write(project.join(file), module).unwrap();
    succeeds(&mut caisson(&project, &["build"]));
    let elsewhere = json!({"value": {"name": "ada", "at": format!("127.0.0.1:{other}")}});
    let records = format!("{}\n{elsewhere}\n", json!({"value": {"name": "ada"}}));
    // A name is looked up, and only one that is granted.
    let told = shown(&fed(caisson(&project, &["run", &format!("server=localhost:{port}")]), &records));
    assert!(told.contains(r#"{"name":"ada","line":"ADA"}"#), "{told}");
    assert!(
        told.contains(&format!("record 1 failed: org.apache.kafka.connect.errors.ConnectException: 127.0.0.1:{other}: ")),
        "{told}"
    );
}

#[test]
fn a_transform_in_go_asks_over_tcp() {
    asks_over_tcp("go", "main.go", &example("go/examples/ask-line/main.go"));
}

#[test]
fn a_transform_in_c_asks_over_tcp() {
    asks_over_tcp("c", "ours.c", &example("c/examples/ask_line.c"));
}
