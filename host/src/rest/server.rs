//! The HTTP server.

use std::io;
use std::net::SocketAddr;

use axum::Router;
use tokio::net::TcpListener;

use super::{App, front, routes};

/// The REST API cannot listen.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// An address of another form.
    #[error("listeners: {0} is not http://host:port; https is not supported yet")]
    Address(String),
    /// Someone else listens there, or it is not this machine's.
    #[error("listeners: cannot listen on {listener}: {source}; stop the other program, or set listeners to a free port")]
    Bind {
        /// As in the worker's properties.
        listener: String,
        /// What the system said.
        source: io::Error,
    },
}

/// Listens on every one of `listeners` (`http://host:port`, host may be empty: all addresses). Connections wait until `serve`.
pub async fn bind(listeners: &[String]) -> Result<Vec<TcpListener>, ListenError> {
    let mut bound = Vec::new();
    for listener in listeners {
        let wrong = || ListenError::Address(listener.clone());
        let authority = listener.trim().strip_prefix("http://").ok_or_else(wrong)?.trim_end_matches('/');
        let (host, port) = authority.rsplit_once(':').unwrap_or((authority, "8083"));
        let port: u16 = port.parse().map_err(|_| wrong())?;
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let host = if host.is_empty() { "0.0.0.0" } else { host };
        let failed = |source| ListenError::Bind { listener: listener.clone(), source };
        bound.push(TcpListener::bind((host, port)).await.map_err(failed)?);
    }
    Ok(bound)
}

/// Serves the API on these listeners until `stopped` resolves; requests under way are finished.
pub async fn serve(herder: App, listeners: Vec<TcpListener>, stopped: tokio_util::sync::CancellationToken) -> io::Result<()> {
    let routes = routes(herder);
    let mut servers = tokio::task::JoinSet::new();
    for listener in listeners {
        let app = Router::new().fallback(front::handle).with_state(routes.clone());
        let stopped = stopped.clone();
        servers.spawn(async move {
            axum::serve(listener, app).with_graceful_shutdown(async move { stopped.cancelled().await }).await
        });
    }
    while let Some(ended) = servers.join_next().await {
        ended.map_err(io::Error::other)??;
    }
    Ok(())
}

/// The address that a listener was given, for logs.
pub fn address(listener: &TcpListener) -> Option<SocketAddr> {
    listener.local_addr().ok()
}
