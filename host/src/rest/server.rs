//! The HTTP server.

use std::io;
use std::sync::Arc;

use axum::Router;
use tokio_util::sync::CancellationToken;

use crate::config::worker::WorkerConfig;

use super::front::{self, Front, Manners};
use super::listener::{ListenError, Listener, TlsListener};
use super::{App, routes};

/// How every request is received, as the worker's properties say.
pub struct Server {
    manners: Arc<Manners>,
}

impl Server {
    /// Checks what the properties say of users, other origins and headers.
    pub fn of_worker(config: &WorkerConfig) -> Result<Self, ListenError> {
        Ok(Self { manners: Arc::new(Manners::of_worker(config)?) })
    }

    /// Serves the API on these listeners until `stopped` resolves; requests under way are finished.
    pub async fn serve(self, herder: App, listeners: Vec<Listener>, stopped: CancellationToken) -> io::Result<()> {
        let mut servers = tokio::task::JoinSet::new();
        for Listener { socket, tls, audience } in listeners {
            let front = Front {
                routes: routes(audience, Arc::clone(&herder)),
                manners: Arc::clone(&self.manners),
                audience,
                secure: tls.is_some(),
            };
            let app = Router::new().fallback(front::handle).with_state(Arc::new(front));
            let stopped = stopped.clone().cancelled_owned();
            match tls {
                None => servers.spawn(async move { axum::serve(socket, app).with_graceful_shutdown(stopped).await }),
                Some(tls) => {
                    let socket = TlsListener::new(socket, tls)?;
                    servers.spawn(async move { axum::serve(socket, app).with_graceful_shutdown(stopped).await })
                }
            };
        }
        while let Some(ended) = servers.join_next().await {
            ended.map_err(io::Error::other)??;
        }
        Ok(())
    }
}
