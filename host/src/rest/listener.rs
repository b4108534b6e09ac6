//! Addresses that the API is served at: `listeners` and `admin.listeners`, plain or with TLS.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::config::value::ConfigError;
use crate::config::worker::WorkerConfig;
use crate::net::tls;

/// A client that has not agreed on TLS by then is let go.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Connections that wait to be served.
const BACKLOG: usize = 64;

/// The REST API cannot listen.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// An address of another form.
    #[error("{key}: {listener} is not http://host:port or https://host:port")]
    Address {
        /// The worker's key.
        key: &'static str,
        /// As in the worker's properties.
        listener: String,
    },
    /// Someone else listens there, or it is not this machine's.
    #[error("{key}: cannot listen on {listener}: {source}; stop the other program, or set {key} to a free port")]
    Bind {
        /// The worker's key.
        key: &'static str,
        /// As in the worker's properties.
        listener: String,
        /// What the system said.
        source: io::Error,
    },
    /// A setting of TLS, of other origins, of headers or of users is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
}

/// What is served at an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Audience {
    /// The whole API.
    All,
    /// The API without the admin endpoints.
    Users,
    /// The admin endpoints alone.
    Admins,
}

/// An address that is listened on. Connections wait until they are served.
pub struct Listener {
    pub(super) socket: TcpListener,
    pub(super) tls: Option<TlsAcceptor>,
    pub(super) audience: Audience,
}

impl Listener {
    /// The address it was given, for logs.
    pub fn address(&self) -> Option<SocketAddr> {
        self.socket.local_addr().ok()
    }

    /// `http` or `https`.
    pub fn scheme(&self) -> &'static str {
        if self.tls.is_some() { "https" } else { "http" }
    }
}

/// Listens on every address that the worker's properties name, the admin endpoints' last.
pub async fn bind(config: &WorkerConfig) -> Result<Vec<Listener>, ListenError> {
    let mut bound = Vec::new();
    let users = if config.admin_listeners().is_some() { Audience::Users } else { Audience::All };
    for listener in config.listeners() {
        bound.push(bind_one(config, "listeners", listener, users).await?);
    }
    for listener in config.admin_listeners().unwrap_or_default() {
        bound.push(bind_one(config, "admin.listeners", listener, Audience::Admins).await?);
    }
    Ok(bound)
}

async fn bind_one(config: &WorkerConfig, key: &'static str, listener: &str, audience: Audience) -> Result<Listener, ListenError> {
    let wrong = || ListenError::Address { key, listener: listener.to_owned() };
    let (scheme, rest) = listener.trim().split_once("://").ok_or_else(wrong)?;
    let secure = match scheme.to_ascii_lowercase().as_str() {
        "http" => false,
        "https" => true,
        _ => return Err(wrong()),
    };
    let authority = rest.trim_end_matches('/');
    let (host, port) = authority.rsplit_once(':').unwrap_or((authority, "8083"));
    let port: u16 = port.parse().map_err(|_| wrong())?;
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let host = if host.is_empty() { "0.0.0.0" } else { host };
    let tls = match secure {
        true => Some(TlsAcceptor::from(tls::server_config(config.all(), &format!("{key}.https."))?)),
        false => None,
    };
    let failed = |source| ListenError::Bind { key, listener: listener.to_owned(), source };
    Ok(Listener { socket: TcpListener::bind((host, port)).await.map_err(failed)?, tls, audience })
}

/// Connections of one address that have agreed on TLS. Each client's handshake is a task, so that a slow one holds up nobody.
pub(super) struct TlsListener {
    address: SocketAddr,
    agreed: mpsc::Receiver<(TlsStream<TcpStream>, SocketAddr)>,
    accepting: AbortHandle,
}

impl TlsListener {
    /// Begins to accept connections.
    pub(super) fn new(socket: TcpListener, tls: TlsAcceptor) -> io::Result<Self> {
        let address = socket.local_addr()?;
        let (sender, agreed) = mpsc::channel(BACKLOG);
        let accepting = tokio::spawn(accept_all(socket, tls, sender)).abort_handle();
        Ok(Self { address, agreed, accepting })
    }
}

impl Drop for TlsListener {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept_all(mut socket: TcpListener, tls: TlsAcceptor, agreed: mpsc::Sender<(TlsStream<TcpStream>, SocketAddr)>) {
    let agreed = Arc::new(agreed);
    let mut handshakes = tokio::task::JoinSet::new();
    loop {
        let (stream, client) = axum::serve::Listener::accept(&mut socket).await;
        while handshakes.try_join_next().is_some() {}
        let (handshake, agreed) = (tls.accept(stream), Arc::clone(&agreed));
        handshakes.spawn(async move {
            match tokio::time::timeout(HANDSHAKE, handshake).await {
                Ok(Ok(stream)) => {
                    let _closed = agreed.send((stream, client)).await;
                }
                Ok(Err(error)) => tracing::debug!(%client, "no TLS: {error}"),
                Err(_) => tracing::debug!(%client, "no TLS within {} s", HANDSHAKE.as_secs()),
            }
        });
    }
}

impl axum::serve::Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        match self.agreed.recv().await {
            Some(connection) => connection,
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address)
    }
}
