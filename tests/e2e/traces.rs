//! What an OpenTelemetry collector is sent.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use caisson_harness::deadline::until;
use caisson_harness::worker::{Plan, binary, refusal};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Attribute;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use serde_json::{Value, json};

const LIMIT: Duration = Duration::from_secs(60);
const LINES: u64 = 1000;
const STRING: &str = "org.apache.kafka.connect.storage.StringConverter";
const JSON: &str = "org.apache.kafka.connect.json.JsonConverter";

/// A collector: keeps what it is sent.
#[derive(Clone, Default)]
struct Collector(Arc<Mutex<Vec<(String, ExportTraceServiceRequest)>>>);

impl Collector {
    /// Starts it; the second is its address.
    fn start() -> (Self, String) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (collector, address) = (Self::default(), listener.local_addr().unwrap().to_string());
        let kept = collector.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let kept = kept.clone();
                thread::spawn(move || kept.serve(stream));
            }
        });
        (collector, address)
    }

    /// Takes the requests of a connection until the worker closes it.
    fn serve(&self, stream: TcpStream) {
        let mut stream = BufReader::new(stream);
        loop {
            let (mut head, mut length) = (String::new(), 0);
            while !head.ends_with("\r\n\r\n") {
                let start = head.len();
                if stream.read_line(&mut head).unwrap_or(0) == 0 {
                    return;
                }
                let line = head[start..].to_ascii_lowercase();
                length = line.strip_prefix("content-length:").map_or(length, |text| text.trim().parse().unwrap());
            }
            let mut body = vec![0; length];
            stream.read_exact(&mut body).unwrap();
            self.0.lock().unwrap().push((head, ExportTraceServiceRequest::decode(body.as_slice()).unwrap()));
            stream.get_mut().write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").unwrap();
        }
    }

    /// All spans so far.
    fn spans(&self) -> Vec<Span> {
        let kept = self.0.lock().unwrap();
        let scopes = kept.iter().flat_map(|(_, request)| &request.resource_spans).flat_map(|resource| &resource.scope_spans);
        scopes.flat_map(|scope| scope.spans.clone()).collect()
    }

    /// The spans of this name whose `connector` is this.
    fn of(&self, name: &str, connector: &str) -> Vec<Span> {
        let is = |span: &Span| span.name == name && text(&span.attributes, "connector").as_deref() == Some(connector);
        self.spans().into_iter().filter(is).collect()
    }
}

fn attribute<'a>(attributes: &'a [KeyValue], key: &str) -> Option<&'a Attribute> {
    attributes.iter().find(|entry| entry.key == key)?.value.as_ref()?.value.as_ref()
}

fn text(attributes: &[KeyValue], key: &str) -> Option<String> {
    match attribute(attributes, key)? {
        Attribute::StringValue(text) => Some(text.clone()),
        _ => None,
    }
}

fn number(attributes: &[KeyValue], key: &str) -> Option<i64> {
    match attribute(attributes, key)? {
        Attribute::IntValue(number) => Some(*number),
        _ => None,
    }
}

fn records(spans: &[Span]) -> i64 {
    spans.iter().filter_map(|span| number(&span.attributes, "messaging.batch.message_count")).sum()
}

/// Names of the spans within this one.
fn within(spans: &[Span], outer: &Span) -> Vec<String> {
    let inner = spans.iter().filter(|span| span.parent_span_id == outer.span_id && span.trace_id == outer.trace_id);
    inner.map(|span| span.name.clone()).collect()
}

fn sink(file: &str, converter: &str) -> Value {
    json!({
        "connector.class": "FileStreamSink", "file": file, "topics": "lines", "key.converter": STRING, "value.converter": converter,
    })
}

/// The worker's command, with these variables.
fn command(plan: &Plan, variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(binary());
    command.arg("standalone").args(plan.arguments().unwrap()).envs(variables.iter().copied());
    command
}

#[test]
fn batches_and_requests_are_traced() {
    let (collector, address) = Collector::start();
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let lines: String = (0..LINES).map(|number| format!("line {number}\n")).collect();
    fs::write(path("in"), lines).unwrap();
    let mut plan = Plan::on_local_log(folder.path()).unwrap();
    // Traces do not depend on what is logged.
    plan.set("log.level", "warn");
    let source =
        json!({ "connector.class": "FileStreamSource", "file": path("in"), "topic": "lines", "value.converter": STRING });
    plan.connector("reads", &source);
    plan.connector("writes", &sink(&path("out"), STRING));
    plan.connector("fails", &sink(&path("nothing"), JSON));
    let endpoint = format!("http://{address}");
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()),
        ("OTEL_EXPORTER_OTLP_HEADERS", "x-tenant=shop"),
        ("OTEL_BSP_SCHEDULE_DELAY", "100"),
        ("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment=test"),
    ];
    let worker = plan.start_as(&command(&plan, &variables)).unwrap();
    worker.rest().get("/connectors").unwrap();
    let wanted = i64::try_from(LINES).unwrap();
    let arrived = until("all batches and the request are traced", LIMIT, || {
        let (sources, sinks) = (collector.of("source batch", "reads"), collector.of("sink batch", "writes"));
        let failed = collector.of("sink batch", "fails");
        let all = records(&sources) == wanted && records(&sinks) == wanted && !failed.is_empty();
        Ok(all.then_some((sources, sinks, failed)))
    });
    let (sources, sinks, failed) = arrived.unwrap_or_else(|error| panic!("{error}\n{:?}\n{}", collector.spans(), worker.log()));
    worker.terminate().unwrap();

    // What is sent last is sent when the worker stops, so all is there.
    let spans = collector.spans();
    let steps =
        |outer: &[Span]| outer.iter().map(|span| (within(&spans, span), span.parent_span_id.is_empty())).collect::<Vec<_>>();
    assert!(steps(&sources).iter().all(|(steps, root)| *root && *steps == ["stages", "produce"]), "{:?}", steps(&sources));
    assert!(steps(&sinks).iter().all(|(steps, root)| *root && *steps == ["stages", "put"]), "{:?}", steps(&sinks));
    let status = failed[0].status.clone().unwrap_or_default();
    assert!(status.code == 2 && status.message.contains("Tolerance exceeded"), "{status:?}");
    let request = spans.iter().find(|span| text(&span.attributes, "url.path").as_deref() == Some("/connectors")).unwrap();
    assert_eq!((request.name.as_str(), request.kind), ("GET", 2));
    assert_eq!(number(&request.attributes, "http.response.status_code"), Some(200));

    let kept = collector.0.lock().unwrap();
    let heads: Vec<&str> = kept.iter().map(|(head, _)| head.as_str()).collect();
    let said = |head: &&str| head.starts_with("POST /v1/traces ") && head.to_ascii_lowercase().contains("x-tenant: shop");
    assert!(heads.iter().all(said), "{heads:?}");
    let resource = &kept[0].1.resource_spans[0].resource.as_ref().unwrap().attributes;
    assert_eq!(text(resource, "service.name").as_deref(), Some("caisson"));
    assert_eq!(text(resource, "deployment.environment").as_deref(), Some("test"));
}

#[test]
fn a_collector_that_is_away_costs_nothing_but_its_traces() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("in");
    fs::write(&file, "line\n").unwrap();
    let mut plan = Plan::on_local_log(folder.path()).unwrap();
    let source = json!({ "connector.class": "FileStreamSource", "file": file, "topic": "lines", "value.converter": STRING });
    plan.connector("reads", &source);
    let variables = [("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1"), ("OTEL_BSP_SCHEDULE_DELAY", "100")];
    let worker = plan.start_as(&command(&plan, &variables)).unwrap();
    worker.rest().await_running("reads", LIMIT).unwrap();
    worker.terminate().unwrap();
}

#[test]
fn a_protocol_that_is_not_spoken_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let plan = Plan::on_local_log(folder.path()).unwrap();
    let variables = [("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1"), ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")];
    let told = refusal(&mut command(&plan, &variables)).unwrap();
    assert!(told.contains("OTEL_EXPORTER_OTLP_PROTOCOL=grpc") && told.contains("http/protobuf only"), "{told}");
}
