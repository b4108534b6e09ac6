//! Requests to a registry and their answers: each URL in turn until one answers, and all of them again after a wait.

use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use backon::{ExponentialBuilder, Retryable};
use bytes::Bytes;
use http::{HeaderValue, Method, StatusCode, header};
use http_body_util::Full;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value as Json;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::net::client;
use crate::net::internal::look_up;

use super::answer;
use super::error::RegistryError;
use super::settings::{Endpoint, Settings};

const ACCEPT: HeaderValue = HeaderValue::from_static(
    "application/vnd.schemaregistry.v1+json, application/vnd.schemaregistry+json; q=0.9, application/json; q=0.5",
);
const CONTENT: HeaderValue = HeaderValue::from_static("application/vnd.schemaregistry.v1+json");
/// The longest answer that is read, in bytes.
const ANSWER_LIMIT: usize = 16 << 20;

/// A request, the same for every URL.
pub(super) struct Request {
    method: Method,
    /// Path and query, from the slash on.
    target: String,
    body: Bytes,
}

impl Request {
    pub(super) fn get(path: &[&str], query: &[(&str, &str)]) -> Self {
        Self { method: Method::GET, target: target(path, query), body: Bytes::new() }
    }

    pub(super) fn post(path: &[&str], query: &[(&str, &str)], body: Json) -> Self {
        Self { method: Method::POST, target: target(path, query), body: body.to_string().into() }
    }
}

fn target(path: &[&str], query: &[(&str, &str)]) -> String {
    let mut target = String::new();
    for part in path {
        target.push('/');
        target.extend(utf8_percent_encode(part, NON_ALPHANUMERIC));
    }
    for (index, (name, value)) in query.iter().enumerate() {
        target.push(if index == 0 { '?' } else { '&' });
        target.extend(utf8_percent_encode(name, NON_ALPHANUMERIC));
        target.push('=');
        target.extend(utf8_percent_encode(value, NON_ALPHANUMERIC));
    }
    target
}

/// A registry's URLs. The one that answered last is asked first.
pub(super) struct Exchange {
    settings: Settings,
    first: AtomicUsize,
}

/// Why a URL gave no answer that counts.
enum Fault {
    /// The next URL may do better, and so may this one later.
    Passing(String),
    /// The registry has answered.
    Final(RegistryError),
}

impl Exchange {
    pub(super) fn new(settings: Settings) -> Self {
        Self { settings, first: AtomicUsize::new(0) }
    }

    /// The answer to a request.
    pub(super) async fn ask(&self, request: Request) -> Result<Json, RegistryError> {
        let waits = ExponentialBuilder::default()
            .with_min_delay(self.settings.wait)
            .with_max_delay(self.settings.max_wait)
            .with_max_times(self.settings.max_retries)
            .with_jitter();
        let ask = || self.ask_each(&request);
        ask.retry(waits).when(|error| matches!(error, RegistryError::Unreachable(_))).await
    }

    async fn ask_each(&self, request: &Request) -> Result<Json, RegistryError> {
        let endpoints = &self.settings.endpoints;
        let first = self.first.load(Ordering::Relaxed);
        let mut faults = Vec::new();
        for turn in 0..endpoints.len() {
            let index = (first + turn) % endpoints.len();
            let Some(endpoint) = endpoints.get(index) else { continue };
            match self.ask_one(endpoint, request).await {
                Ok(answer) => {
                    self.first.store(index, Ordering::Relaxed);
                    return Ok(answer);
                }
                Err(Fault::Final(error)) => return Err(error),
                Err(Fault::Passing(why)) => faults.push(format!("{}:{}: {why}", endpoint.host, endpoint.port)),
            }
        }
        Err(RegistryError::Unreachable(faults.join("; ")))
    }

    async fn ask_one(&self, endpoint: &Endpoint, request: &Request) -> Result<Json, Fault> {
        let stream = in_time(self.settings.connect_timeout, "connecting", connect(endpoint)).await?;
        let tls = self.settings.tls.as_ref().filter(|_| endpoint.secure).map(|tls| (tls, endpoint.host.as_str()));
        let message = self.message(endpoint, request)?;
        let exchange = async { client::exchange(stream, tls, message, ANSWER_LIMIT).await.map_err(Fault::Passing) };
        let (head, body) = in_time(self.settings.read_timeout, "the answer", exchange).await?;
        let status = head.status;
        let json = serde_json::from_slice::<Json>(&body).ok();
        if is_passing(status) {
            return Err(Fault::Passing(answer::refusal(status.as_u16(), json.as_ref()).to_string()));
        }
        match json {
            Some(json) if status.is_success() => Ok(json),
            None if status.is_success() => {
                Err(Fault::Final(RegistryError::unreadable("it is no JSON; is the URL that of a registry?")))
            }
            json => Err(Fault::Final(answer::refusal(status.as_u16(), json.as_ref()))),
        }
    }

    fn message(&self, endpoint: &Endpoint, request: &Request) -> Result<http::Request<Full<Bytes>>, Fault> {
        let host = if endpoint.host.contains(':') { format!("[{}]", endpoint.host) } else { endpoint.host.clone() };
        let mut message = http::Request::builder()
            .method(request.method.clone())
            .uri(format!("{}{}", endpoint.path, request.target))
            .header(header::HOST, format!("{host}:{}", endpoint.port))
            .header(header::ACCEPT, ACCEPT);
        if request.method == Method::POST {
            message = message.header(header::CONTENT_TYPE, CONTENT);
        }
        for (name, value) in &self.settings.headers {
            message = message.header(name, value);
        }
        if let Some(authorization) = &endpoint.authorization {
            message = message.header(header::AUTHORIZATION, authorization);
        }
        message.body(Full::new(request.body.clone())).map_err(passing)
    }
}

/// The statuses that Confluent's client takes for passing.
fn is_passing(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 429 | 500 | 502..=504)
}

fn passing(error: impl std::fmt::Display) -> Fault {
    Fault::Passing(error.to_string())
}

async fn in_time<T>(time: Duration, what: &str, work: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
    let late = |_| Fault::Passing(format!("{what} took longer than {} ms", time.as_millis()));
    timeout(time, work).await.map_err(late)?
}

async fn connect(endpoint: &Endpoint) -> Result<TcpStream, Fault> {
    if let Ok(number) = endpoint.host.parse::<IpAddr>() {
        return TcpStream::connect(SocketAddr::new(number, endpoint.port)).await.map_err(passing);
    }
    let found = look_up(&endpoint.host, endpoint.port).await.map_err(passing)?;
    TcpStream::connect(found.as_slice()).await.map_err(passing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_parts_of_paths() {
        let target = target(&["subjects", "a/b c-value", "versions"], &[("key", "a&b"), ("value", "c")]);
        assert_eq!(target, "/subjects/a%2Fb%20c%2Dvalue/versions?key=a%26b&value=c");
    }

    #[test]
    fn a_gateway_may_recover() {
        assert!(is_passing(StatusCode::SERVICE_UNAVAILABLE) && is_passing(StatusCode::TOO_MANY_REQUESTS));
        assert!(!is_passing(StatusCode::NOT_FOUND) && !is_passing(StatusCode::CONFLICT) && !is_passing(StatusCode::OK));
    }
}
