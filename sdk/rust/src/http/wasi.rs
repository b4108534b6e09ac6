//! HTTP inside the sandbox: `wasi:http` 0.2.

use std::io;
use std::time::Duration;

use ::http::{HeaderName, HeaderValue, Request, Response, header};
use wasip2::clocks::monotonic_clock;
use wasip2::http::outgoing_handler::handle;
use wasip2::http::types::{
    ErrorCode, Fields, FutureIncomingResponse, IncomingBody, IncomingResponse, Method, OutgoingBody, OutgoingRequest,
    RequestOptions, Scheme, http_error_code,
};
use wasip2::io::poll::poll;
use wasip2::io::streams::{InputStream, StreamError};

use super::Timeouts;
use crate::error::Error;
use crate::output_stream::write_all;

#[derive(Debug)]
pub struct Exchange {
    url: String,
    future: FutureIncomingResponse,
}

#[derive(Debug)]
pub struct Body {
    // Dropped before the body it came from.
    stream: InputStream,
    _body: IncomingBody,
}

pub fn send(request: Request<Vec<u8>>, timeouts: Timeouts) -> Result<Exchange, Error> {
    let (head, body) = request.into_parts();
    let url = head.uri.to_string();
    let wrong = |what: &str| Error::connect(format!("{url}: {what}"));
    let (Some(scheme), Some(authority)) = (head.uri.scheme_str(), head.uri.authority()) else {
        return Err(wrong("there is no scheme and host in it"));
    };
    let fields = Fields::new();
    for (name, value) in &head.headers {
        let appended = fields.append(name.as_str(), value.as_bytes());
        appended.map_err(|error| wrong(&format!("header {name} cannot be set: {error:?}")))?;
    }
    if !body.is_empty() {
        let length = body.len().to_string().into_bytes();
        fields.set(header::CONTENT_LENGTH.as_str(), &[length]).map_err(|error| wrong(&format!("{error:?}")))?;
    }
    let outgoing = OutgoingRequest::new(fields);
    let scheme = match scheme {
        "http" => Scheme::Http,
        "https" => Scheme::Https,
        other => Scheme::Other(other.to_owned()),
    };
    let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
    // A user in the URL is a header's affair.
    let host = authority.as_str().rsplit_once('@').map_or(authority.as_str(), |(_, host)| host);
    let set = outgoing.set_method(&method(&head.method)).and_then(|()| outgoing.set_scheme(Some(&scheme)));
    let set = set.and_then(|()| outgoing.set_authority(Some(host))).and_then(|()| outgoing.set_path_with_query(Some(path)));
    set.map_err(|()| wrong("the request cannot be made of it"))?;
    let sink = outgoing.body().map_err(|()| wrong("the request has no body"))?;
    let future = handle(outgoing, Some(options(timeouts)?)).map_err(|code| told(&url, &code))?;
    upload(sink, &body);
    Ok(Exchange { url, future })
}

fn method(method: &::http::Method) -> Method {
    match method.as_str() {
        "GET" => Method::Get,
        "HEAD" => Method::Head,
        "POST" => Method::Post,
        "PUT" => Method::Put,
        "DELETE" => Method::Delete,
        "PATCH" => Method::Patch,
        "OPTIONS" => Method::Options,
        other => Method::Other(other.to_owned()),
    }
}

fn options(timeouts: Timeouts) -> Result<RequestOptions, Error> {
    let nanos = |time: Option<Duration>| time.map(|time| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX));
    let options = RequestOptions::new();
    let set = options.set_connect_timeout(nanos(timeouts.connect));
    let set = set.and_then(|()| options.set_first_byte_timeout(nanos(timeouts.first_byte)));
    let set = set.and_then(|()| options.set_between_bytes_timeout(nanos(timeouts.between_bytes)));
    set.map_err(|()| Error::connect("this worker knows no timeouts of requests"))?;
    Ok(options)
}

/// What goes wrong here the answer tells: there is none, or the server has answered before it had everything.
fn upload(sink: OutgoingBody, body: &[u8]) {
    let written = match sink.write() {
        Ok(stream) => write_all(&stream, body).is_ok(),
        Err(()) => false,
    };
    if written {
        let _ = OutgoingBody::finish(sink, None);
    }
}

impl Exchange {
    pub fn wait(&mut self, most: Duration) -> bool {
        let answered = self.future.subscribe();
        if !answered.ready() && !most.is_zero() {
            let over = monotonic_clock::subscribe_duration(u64::try_from(most.as_nanos()).unwrap_or(u64::MAX));
            poll(&[&answered, &over]);
        }
        answered.ready()
    }

    pub fn response(self) -> Result<Response<Body>, Error> {
        loop {
            match self.future.get() {
                None => self.future.subscribe().block(),
                Some(Ok(Ok(response))) => return taken(&self.url, &response),
                Some(Ok(Err(code))) => return Err(told(&self.url, &code)),
                Some(Err(())) => return Err(Error::connect(format!("{}: the response was taken before", self.url))),
            }
        }
    }
}

fn taken(url: &str, incoming: &IncomingResponse) -> Result<Response<Body>, Error> {
    let broken = |what: &dyn std::fmt::Display| Error::retriable(format!("{url}: {what}"));
    let body = incoming.consume().map_err(|()| broken(&"the response has no body"))?;
    let stream = body.stream().map_err(|()| broken(&"the response has no body"))?;
    let mut response = Response::new(Body { stream, _body: body });
    *response.status_mut() = ::http::StatusCode::from_u16(incoming.status()).map_err(|error| broken(&error))?;
    for (name, value) in incoming.headers().entries() {
        let name = HeaderName::try_from(name).map_err(|error| broken(&error))?;
        response.headers_mut().append(name, HeaderValue::try_from(value).map_err(|error| broken(&error))?);
    }
    Ok(response)
}

fn told(url: &str, code: &ErrorCode) -> Error {
    match code {
        ErrorCode::HttpRequestDenied => Error::connect(format!("{url}: the request is not granted")),
        ErrorCode::HttpRequestMethodInvalid | ErrorCode::HttpRequestUriInvalid | ErrorCode::HttpRequestUriTooLong => {
            Error::connect(format!("{url}: {code:?}"))
        }
        ErrorCode::InternalError(Some(why)) => Error::retriable(format!("{url}: {why}")),
        code => Error::retriable(format!("{url}: {code:?}")),
    }
}

impl Body {
    pub fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = u64::try_from(buffer.len()).unwrap_or(u64::MAX);
        match self.stream.blocking_read(length) {
            Ok(bytes) => {
                for (place, byte) in buffer.iter_mut().zip(&bytes) {
                    *place = *byte;
                }
                Ok(bytes.len())
            }
            Err(StreamError::Closed) => Ok(0),
            Err(StreamError::LastOperationFailed(cause)) => Err(match http_error_code(&cause) {
                Some(code) => io::Error::other(format!("{code:?}")),
                None => io::Error::other(cause.to_debug_string()),
            }),
        }
    }
}
