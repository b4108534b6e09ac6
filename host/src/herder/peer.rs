//! Requests to other workers of the cluster (Kafka: `RestClient`).

use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use ureq::http::{HeaderMap, Request};

/// How long the other worker may take (Kafka: `DEFAULT_REST_REQUEST_TIMEOUT_MS`).
const PATIENCE: Duration = Duration::from_secs(90);

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

/// Sends a request with these headers, and JSON in its body. The error says why there was no answer.
pub async fn call(method: &str, uri: &str, headers: Vec<(String, String)>, body: Vec<u8>) -> Result<Answer, String> {
    let mut request = Request::builder().method(method).uri(uri);
    request = request.header("User-Agent", "kafka-connect").header("Accept", "application/json");
    request = request.header("Content-Type", "application/json");
    for (name, value) in headers {
        request = request.header(name, value);
    }
    let request = request.body(body).map_err(|error| error.to_string())?;
    let sent = tokio::task::spawn_blocking(move || wait_for(request)).await;
    sent.map_err(|error| error.to_string())?
}

fn wait_for(request: Request<Vec<u8>>) -> Result<Answer, String> {
    let config =
        ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0).timeout_global(Some(PATIENCE)).build();
    let agent: ureq::Agent = config.into();
    let mut response = agent.run(request).map_err(|error| error.to_string())?;
    let body = response.body_mut().read_to_string().map_err(|error| error.to_string())?;
    Ok(Answer { status: response.status().as_u16(), headers: response.headers().clone(), body })
}

/// Sends a request to the path below a worker's URL; any answer but a good one is an error.
pub(super) async fn send(
    method: &str,
    url: &str,
    path: &[&str],
    headers: Vec<(String, String)>,
    body: Vec<u8>,
) -> Result<(), String> {
    let path: String = path.iter().map(|part| format!("/{}", utf8_percent_encode(part, NON_ALPHANUMERIC))).collect();
    let uri = format!("{}{path}?forward=false", url.trim_end_matches('/'));
    let answer = call(method, &uri, headers, body).await?;
    match answer.status {
        200..300 => Ok(()),
        status => Err(format!("{method} {uri} was answered with {status}: {}", answer.body)),
    }
}
