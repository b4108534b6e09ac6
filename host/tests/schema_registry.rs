//! The worker's side of schema registries, against a server that has faults when a test wants them: a real one has none.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::Request;
use axum::response::IntoResponse;
use caisson::registry::error::RegistryError;
use caisson::registry::schema::Definition;
use caisson::registry::{LATEST, Registries};
use http::StatusCode;
use tokio::net::TcpListener;

/// Status and body of each answer, by method and target.
type Answers = HashMap<String, Vec<(u16, String)>>;

/// A registry whose answers are written down, by method and target. A target with several gives one after the other, the last for good.
#[derive(Clone, Default)]
struct Script {
    answers: Arc<Mutex<Answers>>,
    asked: Arc<Mutex<Vec<String>>>,
    requests: Arc<AtomicUsize>,
}

impl Script {
    fn answer(&self, target: &str, status: u16, body: &str) {
        self.answers.lock().unwrap().entry(target.to_owned()).or_default().push((status, body.to_owned()));
    }

    fn count(&self) -> usize {
        self.requests.load(Ordering::Relaxed)
    }

    async fn serve(&self) -> String {
        let script = self.clone();
        let app = Router::new().fallback(move |request: Request| {
            let script = script.clone();
            async move { script.told(&request) }
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        url
    }

    fn told(&self, request: &Request) -> axum::response::Response {
        self.requests.fetch_add(1, Ordering::Relaxed);
        let header = request.headers().get("authorization").map_or("", |value| value.to_str().unwrap());
        let target = request.uri().path_and_query().unwrap().as_str();
        self.asked.lock().unwrap().push(format!("{} {target} {header}", request.method()).trim_end().to_owned());
        let mut answers = self.answers.lock().unwrap();
        let Some(list) = answers.get_mut(&format!("{} {target}", request.method())) else {
            return (StatusCode::NOT_FOUND, r#"{"error_code":40401,"message":"Subject not found."}"#).into_response();
        };
        let (status, body) = if list.len() > 1 { list.remove(0) } else { list[0].clone() };
        (StatusCode::from_u16(status).unwrap(), body).into_response()
    }
}

fn config(url: &str, more: &[(&str, &str)]) -> BTreeMap<String, String> {
    let fast = [("schema.registry.url", url), ("retries.wait.ms", "1"), ("retries.max.wait.ms", "2")];
    fast.iter().chain(more).map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn definition(text: &str) -> Definition {
    Definition { type_: "AVRO".to_owned(), text: text.to_owned(), references: Vec::new() }
}

const INT: &str = r#"{"schema":"\"int\""}"#;

#[tokio::test]
async fn a_schema_is_asked_for_once_a_worker() {
    let script = Script::default();
    script.answer("GET /schemas/ids/7", 200, INT);
    let url = script.serve().await;
    let registries = Registries::default();
    for _ in 0..3 {
        let registry = registries.of(&config(&url, &[])).unwrap();
        let (one, other) = tokio::join!(registry.by_id(7, None), registry.by_id(7, None));
        assert_eq!((one.unwrap().definition.text.as_str(), other.unwrap().id), ("\"int\"", 7));
    }
    assert_eq!(script.count(), 1);
    // Other settings are another registry.
    registries.of(&config(&url, &[("bearer.auth.token", "t")])).unwrap().by_id(7, None).await.unwrap();
    assert_eq!(script.asked.lock().unwrap().as_slice(), ["GET /schemas/ids/7", "GET /schemas/ids/7 Bearer t"]);
}

#[tokio::test]
async fn a_fault_is_tried_again_and_a_refusal_is_not() {
    let script = Script::default();
    script.answer("GET /schemas/ids/1", 503, "busy");
    script.answer("GET /schemas/ids/1", 429, "{}");
    script.answer("GET /schemas/ids/1", 200, INT);
    script.answer("GET /schemas/ids/2", 500, r#"{"error_code":50001,"message":"Error in the backend datastore"}"#);
    let url = script.serve().await;
    let registry = Registries::default().of(&config(&url, &[])).unwrap();
    registry.by_id(1, None).await.unwrap();
    assert_eq!(script.count(), 3);
    let Err(RegistryError::Unreachable(why)) = registry.by_id(2, None).await else { panic!("a fault that stays") };
    assert!(why.contains("Error in the backend datastore; error code: 50001"), "{why}");
    assert_eq!(script.count(), 7);
    let refused = registry.by_version("none", LATEST).await.unwrap_err();
    assert_eq!(refused.to_string(), "Subject not found.; error code: 40401");
    assert_eq!(script.count(), 8);
}

#[tokio::test]
async fn the_next_url_is_asked_when_one_does_not_answer() {
    let script = Script::default();
    script.answer("GET /schemas/ids/1", 200, INT);
    script.answer("GET /schemas/ids/2", 200, INT);
    let url = script.serve().await;
    // Nobody listens there once the listener is gone.
    let dead = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let registry = Registries::default().of(&config(&format!("http://{dead},{url}"), &[("max.retries", "0")])).unwrap();
    registry.by_id(1, None).await.unwrap();
    registry.by_id(2, None).await.unwrap();
    assert_eq!(script.count(), 2);
    let registry = Registries::default().of(&config(&format!("http://{dead}"), &[("max.retries", "0")])).unwrap();
    assert!(matches!(registry.by_id(1, None).await, Err(RegistryError::Unreachable(why)) if why.contains(&dead.to_string())));
}

#[tokio::test]
async fn what_is_newest_gets_old() {
    let script = Script::default();
    for version in 1..3 {
        let body = format!(r#"{{"subject":"s","version":{version},"id":{version},"schema":"\"int\""}}"#);
        script.answer("GET /subjects/s/versions/latest", 200, &body);
    }
    let url = script.serve().await;
    let kept = Registries::default().of(&config(&url, &[])).unwrap();
    assert_eq!(kept.by_version("s", LATEST).await.unwrap().version, Some(1));
    assert_eq!(kept.by_version("s", LATEST).await.unwrap().version, Some(1));
    let old = Registries::default().of(&config(&url, &[("latest.cache.ttl.sec", "0")])).unwrap();
    for _ in 0..2 {
        assert_eq!(old.by_version("s", LATEST).await.unwrap().version, Some(2));
    }
    assert_eq!(script.count(), 3);
}

#[tokio::test]
async fn references_are_followed_to_the_end() {
    let script = Script::default();
    let refers = |name: &str| format!(r#"[{{"name":"{name}","subject":"{name}","version":1}}]"#);
    script.answer("GET /schemas/ids/1", 200, &format!(r#"{{"schema":"top","references":{}}}"#, refers("a")));
    for (name, more) in [("a", refers("b")), ("b", "[]".to_owned())] {
        let body = format!(r#"{{"subject":"{name}","version":1,"id":9,"schema":"text of {name}","references":{more}}}"#);
        script.answer(&format!("GET /subjects/{name}/versions/1?deleted=true"), 200, &body);
    }
    let registry = Registries::default().of(&config(&script.serve().await, &[])).unwrap();
    let found = registry.by_id(1, None).await.unwrap();
    let texts: Vec<&str> = found.referred.iter().map(|one| one.text.as_str()).collect();
    assert_eq!(texts, ["text of b", "text of a"]);
}

#[tokio::test]
async fn registering_says_what_is_registered() {
    let script = Script::default();
    script.answer("POST /subjects/s%2Dvalue/versions?normalize=true", 200, r#"{"id":5}"#);
    script.answer(
        "POST /subjects/s%2Dvalue?normalize=false&deleted=true",
        200,
        r#"{"subject":"s-value","id":5,"version":2,"schema":"x"}"#,
    );
    let registry = Registries::default().of(&config(&script.serve().await, &[])).unwrap();
    for _ in 0..2 {
        assert_eq!(registry.register("s-value", &definition("\"int\""), true).await.unwrap().id, 5);
        assert_eq!(registry.look_up("s-value", &definition("\"int\""), false).await.unwrap().version, Some(2));
    }
    assert_eq!(script.count(), 2);
}

#[tokio::test]
async fn a_registry_that_hangs_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let registry = Registries::default().of(&config(&url, &[("max.retries", "0"), ("http.read.timeout.ms", "50")])).unwrap();
    let began = Instant::now();
    let Err(RegistryError::Unreachable(why)) = registry.by_id(1, None).await else { panic!("an answer from nobody") };
    assert!(why.contains("the answer took longer than 50 ms"), "{why}");
    assert!(began.elapsed() < Duration::from_secs(30));
}
