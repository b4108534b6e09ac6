//! Requests to other workers of the cluster (Kafka: `RestClient`).

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, Uri, header};
use http_body_util::Full;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use rustls::ClientConfig;
use tokio::net::TcpStream;

use crate::config::Props;
use crate::config::worker::WorkerConfig;
use crate::net::{client, tls};

/// How long the other worker may take (Kafka: `DEFAULT_REST_REQUEST_TIMEOUT_MS`).
const PATIENCE: Duration = Duration::from_secs(90);
/// The longest answer that is read, in bytes.
const ANSWER_LIMIT: usize = 16 << 20;

/// What a worker answered.
#[derive(Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Its headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: String,
}

/// The way to other workers, as a worker's properties say. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Peers {
    worker: Arc<Props>,
    /// For workers at `https`; read at the first request to one.
    tls: Arc<OnceLock<Arc<ClientConfig>>>,
}

impl Peers {
    /// Reads nothing yet.
    pub fn of_worker(config: &WorkerConfig) -> Self {
        Self { worker: Arc::new(config.all().clone()), tls: Arc::default() }
    }

    fn tls(&self) -> Result<&Arc<ClientConfig>, String> {
        if let Some(tls) = self.tls.get() {
            return Ok(tls);
        }
        let made = tls::peer_config(&self.worker).map_err(|error| error.to_string())?;
        Ok(self.tls.get_or_init(|| made))
    }

    /// Sends a request with these headers, and JSON in its body. The error says why there was no answer.
    pub async fn call(&self, method: &str, uri: &str, headers: Vec<(String, String)>, body: Vec<u8>) -> Result<Answer, String> {
        let answer = tokio::time::timeout(PATIENCE, self.exchange(method, uri, headers, body)).await;
        answer.unwrap_or_else(|_| Err(format!("no answer from {uri} within {} s", PATIENCE.as_secs())))
    }

    async fn exchange(&self, method: &str, uri: &str, headers: Vec<(String, String)>, body: Vec<u8>) -> Result<Answer, String> {
        let address: Uri = uri.parse().map_err(|error| format!("{uri}: {error}"))?;
        let secure = address.scheme_str() == Some("https");
        let (Some(authority), Some(target)) = (address.authority(), address.path_and_query()) else {
            return Err(format!("{uri} names no worker"));
        };
        let host = authority.host().trim_start_matches('[').trim_end_matches(']');
        let port = authority.port_u16().unwrap_or(if secure { 443 } else { 80 });
        let mut request = Request::builder().method(method).uri(target.as_str()).header(header::HOST, authority.as_str());
        request = request.header(header::USER_AGENT, "kafka-connect").header(header::ACCEPT, "application/json");
        request = request.header(header::CONTENT_TYPE, "application/json");
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let request = request.body(Full::new(Bytes::from(body))).map_err(|error| error.to_string())?;
        let tls = if secure { Some((self.tls()?, host)) } else { None };
        let stream = TcpStream::connect((host, port)).await.map_err(|error| format!("{uri}: {error}"))?;
        let answer = client::exchange(stream, tls, request, ANSWER_LIMIT).await;
        let (head, body) = answer.map_err(|error| format!("{uri}: {error}"))?;
        Ok(Answer { status: head.status.as_u16(), headers: head.headers, body: String::from_utf8_lossy(&body).into_owned() })
    }

    /// Sends a request to the path below a worker's URL; any answer but a good one is an error.
    pub(super) async fn send(
        &self,
        method: &str,
        url: &str,
        path: &[&str],
        headers: Vec<(String, String)>,
        body: Vec<u8>,
    ) -> Result<(), String> {
        let path: String = path.iter().map(|part| format!("/{}", utf8_percent_encode(part, NON_ALPHANUMERIC))).collect();
        let uri = format!("{}{path}?forward=false", url.trim_end_matches('/'));
        let answer = self.call(method, &uri, headers, body).await?;
        match answer.status {
            200..300 => Ok(()),
            status => Err(format!("{method} {uri} was answered with {status}: {}", answer.body)),
        }
    }
}
