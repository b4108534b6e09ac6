//! HTTP as it goes over the wire: requests that a client library would straighten, answers with all their headers.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::Context;

/// Far more than any request takes.
const LIMIT: Duration = Duration::from_secs(95);

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status code.
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

impl Answer {
    /// The first header of that name, given in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Opens a connection to this machine, which fails rather than waits for ever.
pub fn connect(port: u16) -> anyhow::Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&SocketAddr::from(([127, 0, 0, 1], port)), LIMIT)?;
    stream.set_read_timeout(Some(LIMIT))?;
    Ok(stream)
}

/// Sends one request over a connection and reads the answer. `headers` are whole lines.
pub fn exchange(
    mut stream: impl Read + Write,
    method: &str,
    path: &str,
    headers: &[String],
    body: Option<&str>,
) -> anyhow::Result<Answer> {
    let lines: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
    let length = body.map(|body| format!("Content-Length: {}\r\n", body.len())).unwrap_or_default();
    write!(stream, "{method} {path} HTTP/1.1\r\nConnection: close\r\n{lines}{length}\r\n{}", body.unwrap_or_default())?;
    stream.flush()?;
    let mut bytes = Vec::new();
    // A peer that ends TLS without notice has still answered.
    let ended = stream.read_to_end(&mut bytes);
    let text = String::from_utf8(bytes)?;
    let (head, body) = text.split_once("\r\n\r\n").with_context(|| format!("no answer: {ended:?}"))?;
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|code| code.parse().ok());
    let header = |line: &str| line.split_once(':').map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()));
    Ok(Answer {
        status: status.with_context(|| format!("no status: {head}"))?,
        headers: lines.filter_map(header).collect(),
        body: body.to_owned(),
    })
}
