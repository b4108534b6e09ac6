//! Requests to the cluster's URLs. The one that answered last is asked first, the next when it does not answer.

use std::io::Write;

use caisson_sdk::http::{Body, Exchange, send};
use caisson_sdk::{Error, log};
use flate2::Compression;
use flate2::write::GzEncoder;
use http::{Method, Request, Response, StatusCode, header};
use serde::Deserialize;
use serde_json::Value as Json;

use crate::bulk::Cause;
use crate::keys;
use crate::settings::Connection;

/// The longest answer that is read, in bytes.
const ANSWER_LIMIT: u64 = 16 << 20;
const JSON: &str = "application/json";

/// The cluster.
#[derive(Debug)]
pub(crate) struct Cluster {
    connection: Connection,
    /// Which URL is asked.
    first: usize,
}

/// What was answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Vec<u8>,
}

#[derive(Deserialize)]
struct Refusal {
    error: Cause,
}

impl Cluster {
    pub(crate) fn new(connection: Connection) -> Self {
        Self { connection, first: 0 }
    }

    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Sends a request with a body to the URL whose turn it is.
    pub(crate) fn post(&self, path: &str, content_type: &str, body: Vec<u8>) -> Result<Exchange, Error> {
        self.send(Method::POST, path, content_type, body)
    }

    /// From now on the next URL is asked: this one has not answered, and `why` tells it.
    pub(crate) fn turn(&mut self, why: &str) {
        if self.connection.urls.len() > 1 {
            self.first = (self.first + 1) % self.connection.urls.len();
            log::warn("elasticsearch", &format!("{why}; the next of {} is asked", keys::CONNECTION_URL));
        }
    }

    /// The answer to a request that is quick, from the first URL that gives one.
    ///
    /// # Errors
    /// Of kind retriable when none does, or the cluster is overloaded.
    pub(crate) fn ask(&mut self, method: &Method, path: &str, body: Option<&Json>) -> Result<Answer, Error> {
        let mut faults = Vec::new();
        for _ in 0..self.connection.urls.len() {
            let bytes = body.map(|json| json.to_string().into_bytes()).unwrap_or_default();
            let answer = self.send(method.clone(), path, JSON, bytes).and_then(Exchange::response).and_then(Answer::of);
            match answer {
                Ok(answer) if !is_passing(answer.status) => return Ok(answer),
                Ok(answer) => faults.push(format!("{method} {path}: {}", answer.told())),
                Err(error) if error.kind() != caisson_sdk::ErrorKind::Retriable => return Err(error),
                Err(error) => faults.push(error.message().to_owned()),
            }
            self.turn(faults.last().map_or("", String::as_str));
        }
        Err(Error::retriable(faults.join("; ")))
    }

    fn send(&self, method: Method, path: &str, content_type: &str, body: Vec<u8>) -> Result<Exchange, Error> {
        let url = self.connection.urls.get(self.first).map_or("", String::as_str);
        let mut request = Request::builder().method(method).uri(format!("{url}{path}")).header(header::ACCEPT, JSON);
        if let Some(authorization) = &self.connection.authorization {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        if !body.is_empty() {
            request = request.header(header::CONTENT_TYPE, content_type);
        }
        let body = match self.connection.compression && !body.is_empty() {
            true => {
                request = request.header(header::CONTENT_ENCODING, "gzip");
                compressed(&body)?
            }
            false => body,
        };
        let request = request.body(body).map_err(|error| Error::connect(format!("{url}{path}: {error}")))?;
        send(request, self.connection.timeouts)
    }
}

fn compressed(body: &[u8]) -> Result<Vec<u8>, Error> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    let written = encoder.write_all(body).and_then(|()| encoder.finish());
    written.map_err(|error| Error::connect(format!("a request cannot be compressed: {error}")))
}

impl Answer {
    pub(crate) fn of(response: Response<Body>) -> Result<Self, Error> {
        let status = response.status();
        Ok(Self { status, body: response.into_body().read_all(ANSWER_LIMIT)? })
    }

    /// The type of the error that it tells; empty for none.
    pub(crate) fn error_type(&self) -> String {
        serde_json::from_slice::<Refusal>(&self.body).map(|refusal| refusal.error.type_).unwrap_or_default()
    }

    /// Status and reason.
    pub(crate) fn told(&self) -> String {
        match serde_json::from_slice::<Refusal>(&self.body) {
            Ok(refusal) => format!("{} ({})", self.status, refusal.error.told()),
            Err(_) => self.status.to_string(),
        }
    }

    /// What is wrong with a request that was refused for good.
    pub(crate) fn refused(&self, doing: &str) -> Error {
        let remedy = match self.status.as_u16() {
            401 => format!("; are {} and {} right?", keys::CONNECTION_USERNAME, keys::CONNECTION_PASSWORD),
            403 => format!("; the user of {} may not do that", keys::CONNECTION_USERNAME),
            413 => format!("; lower {}", keys::BULK_SIZE_BYTES),
            _ => String::new(),
        };
        Error::connect(format!("{doing}: {}{remedy}", self.told()))
    }
}

/// What the same request may be answered otherwise later.
pub(crate) fn is_passing(status: StatusCode) -> bool {
    status == StatusCode::TOO_MANY_REQUESTS || status == StatusCode::REQUEST_TIMEOUT || status.is_server_error()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn an_answer_tells_its_reason() {
        let body = br#"{"error":{"type":"security_exception","reason":"missing credentials"},"status":401}"#.to_vec();
        let answer = Answer { status: StatusCode::UNAUTHORIZED, body };
        assert_eq!(answer.error_type(), "security_exception");
        assert_eq!(
            answer.refused("creating index orders").message(),
            "creating index orders: 401 Unauthorized (security_exception: missing credentials); are connection.username and \
             connection.password right?"
        );
        let html = Answer { status: StatusCode::BAD_GATEWAY, body: b"<html>".to_vec() };
        assert_eq!((html.error_type(), html.told()), (String::new(), "502 Bad Gateway".to_owned()));
    }

    #[test]
    fn a_compressed_body_is_gzip() {
        let mut text = String::new();
        flate2::read::GzDecoder::new(compressed(b"{}\n").unwrap().as_slice()).read_to_string(&mut text).unwrap();
        assert_eq!(text, "{}\n");
    }

    #[test]
    fn what_may_pass() {
        let passing = [408, 429, 500, 502, 503].map(|code| is_passing(StatusCode::from_u16(code).unwrap()));
        let lasting = [200, 400, 401, 404, 409, 413].map(|code| is_passing(StatusCode::from_u16(code).unwrap()));
        assert_eq!((passing, lasting), ([true; 5], [false; 6]));
    }
}
