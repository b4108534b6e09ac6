//! HTTP/1.1 to servers that a configuration names, over connections that are kept.

use std::error::Error;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use std::vec::IntoIter;

use http::Request;
use http::uri::Scheme;
use hyper::body::Body;
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::client::legacy::{Client, ResponseFuture};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::ClientConfig;
use tower::Service;

use crate::config::Props;
use crate::config::value::ConfigError;

use super::{internal, tls};

/// How many connections to one address are kept while they have nothing to do, and for how long.
const IDLE_CONNECTIONS: usize = 8;
const IDLE_TIME: Duration = Duration::from_secs(60);

/// Sends requests with bodies of type `B`. Redirects are answers like any other.
pub struct HttpClient<B> {
    connect_timeout: Option<Duration>,
    tls: Option<Arc<ClientConfig>>,
    plain: Client<HttpConnector<Names>, B>,
    /// Made for the first request to an https URL: the machine's certificates may have to be read.
    secure: Option<Client<HttpsConnector<HttpConnector<Names>>, B>>,
}

impl<B> HttpClient<B>
where
    B: Body + Send + Unpin + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    /// A client without connections. Servers are believed by `tls`, and by the machine's certificates without.
    pub fn new(connect_timeout: Option<Duration>, tls: Option<Arc<ClientConfig>>) -> Self {
        Self { connect_timeout, tls, plain: builder().build(connector(connect_timeout)), secure: None }
    }

    /// How long connecting may take.
    pub fn connect_timeout(&self) -> Option<Duration> {
        self.connect_timeout
    }

    /// Sends a request, whose URI has scheme and host.
    ///
    /// # Errors
    /// [`ConfigError`] when there is nothing to tell servers by.
    pub fn request(&mut self, request: Request<B>) -> Result<ResponseFuture, ConfigError> {
        if request.uri().scheme() != Some(&Scheme::HTTPS) {
            return Ok(self.plain.request(request));
        }
        let secure = match self.secure.take() {
            Some(secure) => secure,
            None => {
                let tls = match &self.tls {
                    Some(tls) => Arc::clone(tls),
                    None => tls::client_config(&Props::new())?,
                };
                let mut connector = connector(self.connect_timeout);
                connector.enforce_http(false);
                builder().build(HttpsConnector::from((connector, tls)))
            }
        };
        Ok(self.secure.insert(secure).request(request))
    }
}

fn builder() -> hyper_util::client::legacy::Builder {
    let mut builder = Client::builder(TokioExecutor::new());
    builder.pool_timer(TokioTimer::new()).pool_idle_timeout(IDLE_TIME).pool_max_idle_per_host(IDLE_CONNECTIONS);
    builder
}

fn connector(timeout: Option<Duration>) -> HttpConnector<Names> {
    let mut connector = HttpConnector::new_with_resolver(Names);
    connector.set_connect_timeout(timeout);
    connector.set_nodelay(true);
    connector
}

/// Looks names up, and finds no address that only a number in the configuration may name. Numbers are not looked up.
#[derive(Clone, Debug)]
struct Names;

impl Service<Name> for Names {
    type Response = IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<IntoIter<SocketAddr>>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        // The connector puts the port in.
        Box::pin(async move { internal::look_up(name.as_str(), 0).await.map(Vec::into_iter) })
    }
}

/// An error with what caused it.
pub fn told(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
