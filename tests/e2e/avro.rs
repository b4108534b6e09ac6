//! AvroConverter with real Kafka, a real schema registry and Confluent's own client on the other side.

use std::fs;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use caisson_harness::broker::{free_ports, fresh, shared};
use caisson_harness::deadline::until;
use caisson_harness::python_client::run_script;
use caisson_harness::rest::Rest;
use caisson_harness::schema_registry;
use caisson_harness::worker::Plan;
use serde_json::{Value, json};

const AVRO: &str = "io.confluent.connect.avro.AvroConverter";
const LIMIT: Duration = Duration::from_secs(120);

fn client(arguments: &[&str]) -> String {
    run_script(&Path::new(env!("CARGO_MANIFEST_DIR")).join("e2e/avro_client.py"), arguments).unwrap()
}

fn sink(topic: &str, output: &Path, registry: &[(&str, &str)]) -> Value {
    let mut config = json!({
        "connector.class": "FileStreamSink", "topics": topic, "file": output,
        "key.converter": "org.apache.kafka.connect.storage.StringConverter", "value.converter": AVRO,
        "consumer.override.auto.offset.reset": "earliest",
    });
    for (key, value) in registry {
        config[format!("value.converter.{key}")] = (*value).into();
    }
    config
}

/// A file's lines as records of `shop.Line`, with a field more in the second version.
fn source(topic: &str, file: &Path, registry: &str, second: bool) -> Value {
    let mut config = json!({
        "connector.class": "FileStreamSource", "topic": topic, "file": file,
        "key.converter": "org.apache.kafka.connect.storage.StringConverter",
        "value.converter": AVRO, "value.converter.schema.registry.url": registry,
        "transforms": if second { "hoist,origin,name" } else { "hoist,name" },
        "transforms.hoist.type": "org.apache.kafka.connect.transforms.HoistField$Value", "transforms.hoist.field": "text",
        "transforms.name.type": "org.apache.kafka.connect.transforms.SetSchemaMetadata$Value",
        "transforms.name.schema.name": "shop.Line",
    });
    if second {
        config["transforms.origin.type"] = "org.apache.kafka.connect.transforms.InsertField$Value".into();
        config["transforms.origin.static.field"] = "origin".into();
        config["transforms.origin.static.value"] = "file".into();
    }
    config
}

/// A gate before the registry that lets in who brings these credentials. Counts those it turned away.
fn gate(registry: &str, authorization: &'static str) -> (String, Arc<AtomicUsize>) {
    let address = registry.trim_start_matches("http://").split('/').next().unwrap().to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = registry.replace(&address, &listener.local_addr().unwrap().to_string());
    let refused = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&refused);
    thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let (address, refused) = (address.clone(), Arc::clone(&counted));
            thread::spawn(move || pass(client, &address, authorization, &refused));
        }
    });
    (url, refused)
}

fn pass(mut client: TcpStream, address: &str, authorization: &str, refused: &AtomicUsize) {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && client.read(&mut byte).is_ok_and(|read| read == 1) {
        head.push(byte[0]);
    }
    let text = String::from_utf8_lossy(&head).to_ascii_lowercase();
    if !text.contains(&format!("authorization: {}", authorization.to_ascii_lowercase())) {
        refused.fetch_add(1, Ordering::Relaxed);
        let body = r#"{"error_code":401,"message":"Unauthorized"}"#;
        // What is closed with bytes unread is reset, and the answer may be lost: the client closes first.
        let _ = write!(client, "HTTP/1.1 401 Unauthorized\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        let _ = std::io::copy(&mut client, &mut std::io::sink());
        return;
    }
    let mut server = TcpStream::connect(address).unwrap();
    server.write_all(&head).unwrap();
    let (mut from_client, mut to_server) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    thread::spawn(move || {
        let _ = std::io::copy(&mut from_client, &mut to_server);
        let _ = to_server.shutdown(Shutdown::Write);
    });
    let _ = std::io::copy(&mut server, &mut client);
    let _ = client.shutdown(Shutdown::Both);
}

#[test]
fn confluents_client_reads_what_is_written_here_and_the_other_way_round() {
    let (bootstrap, registry) = (shared().unwrap(), schema_registry::shared().unwrap());
    let (orders, lines) = (fresh("orders"), fresh("lines"));
    client(&["produce", bootstrap, registry, &orders]);
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("out.txt");
    for (name, text) in [("first", "one\n"), ("second", "two\n")] {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let [dead] = free_ports().unwrap();
    let (gated, refused) = gate(registry, "Basic YW5uOnBhc3M6d29yZA==");
    let urls = format!("http://127.0.0.1:{dead},{gated}");
    let credentials = [
        ("schema.registry.url", urls.as_str()),
        ("basic.auth.credentials.source", "USER_INFO"),
        ("basic.auth.user.info", "ann:pass:word"),
    ];
    let mut plan = Plan::on_kafka(folder.path(), bootstrap).unwrap();
    plan.set("offset.flush.interval.ms", "500");
    plan.connector("orders", &sink(&orders, &output, &credentials));
    plan.connector("first", &source(&lines, &folder.path().join("first"), registry, false));
    let worker = plan.start().unwrap();
    let written = until("both orders are in the file", LIMIT, || {
        let text = fs::read_to_string(&output)?;
        Ok((text.lines().count() == 2).then_some(text))
    });
    assert_eq!(
        written.unwrap_or_else(|error| panic!("{error}\n{}", worker.log())),
        "Struct{id=1,total=12.50,tags=[a, b]}\nStruct{id=2,total=-0.01,tags=[],note=fragile}\n"
    );
    assert_eq!(refused.load(Ordering::Relaxed), 0);
    assert!(!worker.log().contains("pass:word"), "a password is in the log");
    let subject = format!("{registry}/subjects/{lines}-value/versions");
    await_versions(&subject, &[1]);
    worker.rest().create("second", &source(&lines, &folder.path().join("second"), registry, true)).unwrap();
    await_versions(&subject, &[1, 2]);
    let read = client(&["consume", bootstrap, registry, &lines, "2"]);
    assert_eq!(read, "{\"text\": \"one\"}\n{\"origin\": \"file\", \"text\": \"two\"}\n");
    worker.terminate().unwrap();
}

fn await_versions(subject: &str, versions: &[u64]) {
    let registry = Rest::new(subject);
    let found = until("the schema is registered", LIMIT, || Ok((registry.get("")? == json!(versions)).then_some(())));
    found.unwrap();
}

/// I17: the worker's ceiling holds for registries too, and what is wrong with one is told.
#[test]
fn a_registry_beyond_the_ceiling_or_without_leave_is_told() {
    let registry = schema_registry::shared().unwrap();
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("in"), "one\n").unwrap();
    let (gated, _) = gate(registry, "Bearer right");
    let mut plan = Plan::on_local_log(folder.path()).unwrap();
    plan.set("sandbox.hosts", "127.0.0.1");
    let worker = plan.start().unwrap();
    let beyond = source("lines", &folder.path().join("in"), "http://registry.example.org:8081", false);
    let mut unauthorised = source("lines", &folder.path().join("in"), &gated, false);
    unauthorised["value.converter.bearer.auth.token"] = "wrong".into();
    for (name, config, told) in [
        ("beyond", beyond, "configuration schema.registry.url names registry.example.org:8081, which is not among the hosts"),
        ("unauthorised", unauthorised, "Unauthorized; error code: 401"),
    ] {
        worker.rest().create(name, &config).unwrap();
        let trace = worker.rest().await_failed_task(name, 0, LIMIT).unwrap();
        assert!(trace.contains(told) && !trace.contains("wrong"), "{trace}");
    }
    worker.terminate().unwrap();
}

#[test]
fn validation_shows_the_keys_of_the_converter() {
    let folder = tempfile::tempdir().unwrap();
    let worker = Plan::on_local_log(folder.path()).unwrap().start().unwrap();
    let keys = worker.rest().get(&format!("/connector-plugins/{AVRO}/config")).unwrap();
    let keys: Vec<&str> = keys.as_array().unwrap().iter().map(|key| key["name"].as_str().unwrap()).collect();
    for key in ["schema.registry.url", "auto.register.schemas", "enhanced.avro.schema.support", "schemas.cache.config"] {
        assert!(keys.contains(&key), "{keys:?}");
    }
    worker.terminate().unwrap();
}
