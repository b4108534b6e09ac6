//! Requests that another worker must answer: the leader, or the owner of a connector or task
//! (Kafka: `HerderRequestHandler`, `RestClient`).

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value as Json;

use crate::herder::peer::Peers;

use super::connectors::parameters;
use super::error::{Elsewhere, RestError};
use super::front;

/// As large as the bodies that resources take.
const BODY_LIMIT: usize = 2 << 20;
/// Nobody knows who leads.
const NO_LEADER: &str =
    "Cannot complete request momentarily due to no known leader URL, likely because a rebalance was underway.";
/// The request came from another worker, which was told to ask here.
const CONFLICT: &str = "Cannot complete request because of a conflicting operation (e.g. worker rebalance)";

/// Has a request answered here, or by the worker that must answer it. A request goes on at most twice.
pub(super) async fn answer(routes: &Router, peers: &Peers, request: Request) -> Response {
    if [Method::GET, Method::HEAD, Method::OPTIONS].contains(request.method()) {
        return front::answer(routes, request).await;
    }
    let (head, body) = request.into_parts();
    let Ok(body) = to_bytes(body, BODY_LIMIT).await else {
        return RestError::http(StatusCode::PAYLOAD_TOO_LARGE).into_response();
    };
    let here = Request::from_parts(head.clone(), Body::from(body.clone()));
    let response = front::answer(routes, here).await;
    let Some(elsewhere) = response.extensions().get::<Elsewhere>() else { return response };
    match target(elsewhere, head.uri.query()) {
        Ok((url, hop)) => forward(peers, &url, hop, &head, body).await.unwrap_or_else(IntoResponse::into_response),
        Err(error) => error.into_response(),
    }
}

/// Where the request goes, and the value of its parameter `forward`: whether it may go on from there.
fn target(elsewhere: &Elsewhere, query: Option<&str>) -> Result<(String, bool), RestError> {
    let hop = match parameters(query, "forward").first() {
        None => true,
        Some(more) if more.eq_ignore_ascii_case("true") => false,
        Some(_) => return Err(RestError::new(StatusCode::CONFLICT, CONFLICT)),
    };
    match &elsewhere.url {
        Some(url) => Ok((url.clone(), hop)),
        None => Err(RestError::new(StatusCode::CONFLICT, NO_LEADER)),
    }
}

async fn forward(peers: &Peers, url: &str, hop: bool, head: &Parts, body: Bytes) -> Result<Response, RestError> {
    let kept = head.uri.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("forward="));
    let query: Vec<String> = kept.map(str::to_owned).chain([format!("forward={hop}")]).collect();
    let uri = format!("{}{}?{}", url.trim_end_matches('/'), head.uri.path(), query.join("&"));
    tracing::debug!("Sending {} with input to {uri}", head.method);
    let failed = |why: String| RestError::body(format!("IO Error trying to forward REST request: {why}"));
    let answer = peers.call(head.method.as_str(), &uri, passed_on(&head.headers), body.to_vec()).await.map_err(failed)?;
    let (status, headers, text) = (answer.status, answer.headers, answer.body);
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
    if status.is_client_error() || status.is_server_error() {
        let message =
            serde_json::from_str::<Json>(&text).ok().and_then(|error| error.get("message")?.as_str().map(str::to_owned));
        return Err(RestError::new(status, message.unwrap_or(text)));
    }
    let mut response = if text.is_empty() { status.into_response() } else { (status, text).into_response() };
    for name in [header::CONTENT_TYPE, header::LOCATION] {
        if let Some(value) = headers.get(&name) {
            let value = if name == header::LOCATION { relocated(value, &head.headers) } else { value.clone() };
            response.headers_mut().insert(name, value);
        }
    }
    Ok(response)
}

/// Of the headers the other worker gets `Authorization` alone, and signatures between workers.
fn passed_on(headers: &HeaderMap) -> Vec<(String, String)> {
    let names = ["Authorization", "X-Connect-Authorization", "X-Connect-Request-Signature-Algorithm"];
    let given = names.iter().filter_map(|name| Some(((*name).to_owned(), headers.get(*name)?.to_str().ok()?.to_owned())));
    given.collect()
}

/// A `Location` at the worker that the client knows.
fn relocated(location: &HeaderValue, request: &HeaderMap) -> HeaderValue {
    let host = request.get(header::HOST).and_then(|host| host.to_str().ok());
    let path = location.to_str().ok().and_then(|text| text.split_once("://")?.1.split_once('/'));
    match (host, path) {
        (Some(host), Some((_, path))) => {
            HeaderValue::from_str(&format!("http://{host}/{path}")).unwrap_or_else(|_| location.clone())
        }
        _ => location.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_goes_on_twice_at_most() {
        let leader = Elsewhere { url: Some("http://a:1/".to_owned()) };
        assert_eq!(target(&leader, None), Ok(("http://a:1/".to_owned(), true)));
        assert_eq!(target(&leader, Some("includeTasks=true&forward=true")), Ok(("http://a:1/".to_owned(), false)));
        assert_eq!(target(&leader, Some("forward=false")), Err(RestError::new(StatusCode::CONFLICT, CONFLICT)));
        assert_eq!(target(&Elsewhere { url: None }, None), Err(RestError::new(StatusCode::CONFLICT, NO_LEADER)));
    }

    #[test]
    fn a_location_names_the_worker_that_was_asked() {
        let mut asked = HeaderMap::new();
        asked.insert(header::HOST, HeaderValue::from_static("b:2"));
        let location = HeaderValue::from_static("http://a:1/connectors/c%20d");
        assert_eq!(relocated(&location, &asked), "http://b:2/connectors/c%20d");
    }
}
