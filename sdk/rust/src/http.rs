//! HTTP to the addresses that the connector's config grants.
//!
//! A plugin names in its manifest the keys that hold URLs ([`crate::Access::Url`]); exactly their hosts and ports are granted, and
//! a request to anything else ends in an error that says so. A redirect is an answer like any other: whoever follows it asks anew,
//! and is granted that or not. Inside the sandbox this is `wasi:http`, where the worker keeps connections and speaks TLS with the key
//! stores that the config names ([`crate::Access::Tls`]); in native tests it is an HTTP client without TLS.
//!
//! Requests and responses are those of the crate `http`.

use std::io;
use std::time::Duration;

use ::http::{Request, Response};

use crate::error::Error;

#[cfg(not(target_arch = "wasm32"))]
mod native;
#[cfg(target_arch = "wasm32")]
mod wasi;

#[cfg(not(target_arch = "wasm32"))]
use native as platform;
#[cfg(target_arch = "wasm32")]
use wasi as platform;

/// How long the parts of an exchange may take; none: as long as the call into the plugin.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Timeouts {
    /// Connecting, TLS included.
    pub connect: Option<Duration>,
    /// From the request to the head of the response.
    pub first_byte: Option<Duration>,
    /// Between two pieces of the response's body.
    pub between_bytes: Option<Duration>,
}

/// A request under way. It goes on while the plugin does other things, between its calls too.
#[derive(Debug)]
pub struct Exchange(platform::Exchange);

/// The body of a response, read as it arrives.
pub struct Body(platform::Body);

/// Sends a request. `Content-Length` is set; `Host` and what else is the connection's affair cannot be.
///
/// # Errors
/// Of kind connect for a URL without scheme and host, for a header that may not be set, and for an address that is not granted.
pub fn send(request: Request<Vec<u8>>, timeouts: Timeouts) -> Result<Exchange, Error> {
    platform::send(request, timeouts).map(Exchange)
}

impl Exchange {
    /// Waits for the response's head, at most so long. True: it is there, or there will be none.
    pub fn wait(&mut self, most: Duration) -> bool {
        self.0.wait(most)
    }

    /// The response, waited for. A status of 400 and more is a response too.
    ///
    /// # Errors
    /// Of kind retriable when there is none: no connection, a timeout, broken HTTP. Of kind connect when the address is not
    /// granted.
    pub fn response(self) -> Result<Response<Body>, Error> {
        Ok(self.0.response()?.map(Body))
    }
}

impl Body {
    /// All of it, unless it is longer than `limit` bytes.
    ///
    /// # Errors
    /// Of kind retriable when the connection ends before the body does, of kind connect for one that is longer.
    pub fn read_all(self, limit: u64) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::new();
        let read = io::Read::read_to_end(&mut io::Read::take(self, limit.saturating_add(1)), &mut bytes);
        read.map_err(|error| Error::retriable(format!("the response's body ended early: {error}")))?;
        match u64::try_from(bytes.len()).is_ok_and(|length| length <= limit) {
            true => Ok(bytes),
            false => Err(Error::connect(format!("the response's body is longer than {limit} bytes"))),
        }
    }
}

impl io::Read for Body {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use std::io::{BufRead, BufReader, Read, Write};
    use std::net::TcpListener;
    use std::sync::mpsc::channel;
    use std::thread;

    /// A server that answers one request when it is let, with what it was sent.
    fn echo(answer: &'static str) -> (String, std::sync::mpsc::Sender<()>, thread::JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (let_go, wait) = channel();
        let server = thread::spawn(move || {
            let mut stream = BufReader::new(listener.accept().unwrap().0);
            let (mut head, mut length) = (String::new(), 0);
            while !head.ends_with("\r\n\r\n") {
                let start = head.len();
                stream.read_line(&mut head).unwrap();
                let line = head[start..].to_ascii_lowercase();
                length = line.strip_prefix("content-length:").map_or(length, |text| text.trim().parse().unwrap());
            }
            let mut body = vec![0; length];
            stream.read_exact(&mut body).unwrap();
            wait.recv().unwrap();
            stream.get_mut().write_all(answer.as_bytes()).unwrap();
            head + std::str::from_utf8(&body).unwrap()
        });
        (url, let_go, server)
    }

    #[test]
    fn a_request_is_answered_while_the_plugin_does_other_things() {
        let (url, let_go, server) = echo("HTTP/1.1 429 Too Many\r\nContent-Length: 5\r\nX-Why: load\r\n\r\nlater");
        let request = Request::post(format!("{url}/_bulk?x=1")).header("x-key", "k").body(b"body".to_vec()).unwrap();
        let mut exchange = send(request, Timeouts::default()).unwrap();
        assert!(!exchange.wait(Duration::ZERO), "nobody has answered");
        let_go.send(()).unwrap();
        let sent = server.join().unwrap();
        assert!(
            sent.starts_with("POST /_bulk?x=1 HTTP/1.1\r\n") && sent.contains("x-key: k") && sent.ends_with("body"),
            "{sent}"
        );
        let response = exchange.response().unwrap();
        assert_eq!((response.status().as_u16(), response.headers()["x-why"].to_str().unwrap()), (429, "load"));
        assert_eq!(response.into_body().read_all(5).unwrap(), b"later");
    }

    #[test]
    fn what_is_too_long_or_ends_early_is_told() {
        for (answer, kind) in [
            ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nlater", crate::ErrorKind::Connect),
            ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nlat", crate::ErrorKind::Retriable),
        ] {
            let (url, let_go, server) = echo(answer);
            let exchange = send(Request::get(url).body(Vec::new()).unwrap(), Timeouts::default()).unwrap();
            let_go.send(()).unwrap();
            server.join().unwrap();
            assert_eq!(exchange.response().unwrap().into_body().read_all(4).unwrap_err().kind(), kind);
        }
    }

    #[test]
    fn no_answer_may_come_later() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let silent = Timeouts { first_byte: Some(Duration::from_millis(20)), ..Timeouts::default() };
        let exchange = send(Request::get(&url).body(Vec::new()).unwrap(), silent).unwrap();
        assert_eq!(exchange.response().err().unwrap().kind(), crate::ErrorKind::Retriable);
        drop(listener);
        let exchange = send(Request::get(&url).body(Vec::new()).unwrap(), Timeouts::default()).unwrap();
        let error = exchange.response().err().unwrap();
        assert!(error.kind() == crate::ErrorKind::Retriable && error.message().starts_with(&url), "{error}");
        assert!(send(Request::get("/path").body(Vec::new()).unwrap(), Timeouts::default()).is_err());
    }
}
