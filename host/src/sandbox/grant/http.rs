//! `wasi:http`: requests to the addresses that are granted, and to no others. The host connects, speaks TLS, keeps connections.

use std::error::Error as _;
use std::future::{Future, ready};
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use futures::stream::try_unfold;
use http::uri::Scheme;
use http::{Request, Response, Uri};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Incoming;
use hyper_util::client::legacy::{Error as ClientError, ResponseFuture};
use rustls::ClientConfig;
use wasmtime::component::{Linker, Resource};
use wasmtime_wasi_http::p2::bindings::http::outgoing_handler::Host;
use wasmtime_wasi_http::p2::bindings::http::types;
use wasmtime_wasi_http::p2::types::{HostFutureIncomingResponse, HostOutgoingRequest};
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttp, WasiHttpCtx, WasiHttpCtxView, WasiHttpHooks, WasiHttpView};

use crate::net::http_client::{HttpClient, told};
use crate::net::internal::plain;
use crate::sandbox::grant::address::Address;
use crate::sandbox::grant::refusals::Refusals;
use crate::sandbox::state::State;

/// The interface that requests are sent by, in the version that the other types are of.
const HANDLER: &str = "wasi:http/outgoing-handler@0.2.12";

/// The HTTP of an instance.
pub(in crate::sandbox) struct Http {
    context: WasiHttpCtx,
    gate: Gate,
}

/// Where requests leave.
struct Gate {
    addresses: Vec<Address>,
    tls: Option<Arc<ClientConfig>>,
    /// Made for the first request, and anew for one that may take another time to connect.
    client: Option<HttpClient<WasiBody>>,
    refusals: Refusals,
}

impl Http {
    /// Sends to these addresses; `tls`: servers are told by the connector's own key stores.
    pub(in crate::sandbox) fn new(addresses: Vec<Address>, tls: Option<Arc<ClientConfig>>, refusals: Refusals) -> Self {
        Self { context: WasiHttpCtx::new(), gate: Gate { addresses, tls, client: None, refusals } }
    }
}

type Answer = Result<(Response<WasiBody>, Processing), Error>;
/// What is still to be done with a body while the guest reads or writes it.
type Processing = Box<dyn Future<Output = Result<(), Error>> + Send>;

impl WasiHttpHooks for Gate {
    fn send_request(
        &mut self,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
        _processing: Processing,
    ) -> Box<dyn Future<Output = Answer> + Send> {
        let options = options.unwrap_or_default();
        match self.admitted(request, options) {
            Ok(answer) => Box::new(answered(answer, options)),
            Err(refused) => Box::new(ready(Err(refused))),
        }
    }
}

impl Gate {
    // I17: what a guest sends goes to an address that is granted. The client leads no name to an address that only a number may
    // name, and follows no redirect: a guest that does comes here again.
    fn admitted(&mut self, request: Request<WasiBody>, options: RequestOptions) -> Result<ResponseFuture, Error> {
        let wanted = target(request.uri()).ok_or(Error::HttpRequestUriInvalid)?;
        if !self.addresses.iter().any(|granted| is_same(granted, &wanted)) {
            self.refusals.add(|| {
                format!(
                    "the sandbox refused the request through wasi:http to {wanted}: nothing in the connector's config grants it; if \
                     it is meant, add connect:{wanted} to the connector's sandbox.grants"
                )
            });
            return Err(Error::HttpRequestDenied);
        }
        let client = match self.client.take().filter(|client| client.connect_timeout() == options.connect_timeout) {
            Some(client) => client,
            None => HttpClient::new(options.connect_timeout, self.tls.clone()),
        };
        let sent = self.client.insert(client).request(request);
        sent.map_err(|error| Error::InternalError(Some(error.to_string())))
    }
}

/// Host and port of a URI.
fn target(uri: &Uri) -> Option<Address> {
    let host = uri.host()?.trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
    let port = if uri.scheme() == Some(&Scheme::HTTPS) { 443 } else { 80 };
    (!host.is_empty()).then(|| Address { host, port: uri.port_u16().unwrap_or(port) })
}

/// The same name, or the same number in whichever way it is written.
fn is_same(granted: &Address, wanted: &Address) -> bool {
    let number = |address: &Address| address.host.parse::<IpAddr>().ok().map(plain);
    granted.port == wanted.port
        && match (number(granted), number(wanted)) {
            (Some(granted), Some(wanted)) => granted == wanted,
            (None, None) => granted.host == wanted.host,
            _ => false,
        }
}

async fn answered(answer: ResponseFuture, options: RequestOptions) -> Answer {
    let most = options.first_byte_timeout.map(|time| time.saturating_add(options.connect_timeout.unwrap_or_default()));
    let response = match most {
        Some(most) => tokio::time::timeout(most, answer).await.map_err(|_| Error::HttpResponseTimeout)?,
        None => answer.await,
    };
    let response = response.map_err(|error| failed(&error))?;
    let body = |body: Incoming| match options.between_bytes_timeout {
        Some(pause) => paced(body, pause),
        None => body.map_err(Error::from).boxed_unsync(),
    };
    let nothing: Processing = Box::new(ready(Ok(())));
    Ok((response.map(body), nothing))
}

/// A body that ends with an error where its next piece is not there in time.
fn paced(body: Incoming, pause: Duration) -> WasiBody {
    let pieces = try_unfold(body, move |mut body| async move {
        match tokio::time::timeout(pause, body.frame()).await {
            Err(_late) => Err(Error::ConnectionReadTimeout),
            Ok(None) => Ok(None),
            Ok(Some(frame)) => Ok(Some((frame?, body))),
        }
    });
    StreamBody::new(pieces).boxed_unsync()
}

/// What a plugin is told when there is no answer.
fn failed(error: &ClientError) -> Error {
    let mut cause = error.source();
    while let Some(inner) = cause {
        let timed_out = inner.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::TimedOut);
        if timed_out && error.is_connect() {
            return Error::ConnectionTimeout;
        }
        cause = inner.source();
    }
    Error::InternalError(Some(error.source().map_or_else(|| error.to_string(), told)))
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { ctx: &mut self.http.context, table: &mut self.table, hooks: &mut self.http.gate }
    }
}

/// Links `wasi:http` over this gate.
///
/// # Errors
/// Only when the linker already has it and shadowing is off.
pub(in crate::sandbox) fn add_to_linker(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    types::add_to_linker::<_, WasiHttp>(linker, &types::LinkOptions::default(), State::http)?;
    linker
        .instance(HANDLER)?
        .func_wrap("handle", |mut store, (request, options)| Ok((handle(store.data_mut(), request, options)?,)))
}

/// What `outgoing-handler` answers.
type Handled = Result<Resource<HostFutureIncomingResponse>, types::ErrorCode>;

/// `outgoing-handler.handle`. The guest gives its options away, and wasmtime-wasi-http 48 only reads them: left in the table, those of
/// each request would take one of the `sandbox.handles` for ever.
fn handle(
    state: &mut State,
    request: Resource<HostOutgoingRequest>,
    options: Option<Resource<RequestOptions>>,
) -> wasmtime::Result<Handled> {
    let given = options.as_ref().map(|options| Resource::<RequestOptions>::new_own(options.rep()));
    let answer = state.http().handle(request, options);
    if let Some(given) = given {
        state.table.delete(given)?;
    }
    match answer {
        Ok(response) => Ok(Ok(response)),
        Err(error) => Ok(Err(error.downcast()?)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::grant::address;
    use bytes::Bytes;
    use http_body_util::Full;
    use std::pin::Pin;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    fn gate(granted: &str, refusals: &Refusals) -> Gate {
        let addresses = address::parse_all("k", granted).unwrap();
        Gate { addresses, tls: None, client: None, refusals: refusals.clone() }
    }

    async fn ask(gate: &mut Gate, url: &str, options: RequestOptions) -> Result<(u16, Result<Bytes, Error>), Error> {
        let body = Full::new(Bytes::from_static(b"body")).map_err(|never| match never {}).boxed_unsync();
        let request = Request::post(url).body(body).unwrap();
        let (response, _) = Pin::from(gate.send_request(request, Some(options), Box::new(ready(Ok(()))))).await?;
        let status = response.status().as_u16();
        Ok((status, response.into_body().collect().await.map(|body| body.to_bytes())))
    }

    /// Answers requests, all on one connection as long as the client keeps it, and counts connections.
    async fn server(answers: &'static [&'static str]) -> (String, tokio::task::JoinHandle<usize>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let serving = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut connections = 1;
            for answer in answers {
                let mut seen = Vec::new();
                while !seen.ends_with(b"body") {
                    if stream.read_buf(&mut seen).await.unwrap() == 0 {
                        (stream, connections) = (listener.accept().await.unwrap().0, connections + 1);
                    }
                }
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
            connections
        });
        (address, serving)
    }

    #[tokio::test]
    async fn what_is_granted_is_answered_over_one_connection() {
        const MOVED: &str = "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.2/\r\nContent-Length: 0\r\n\r\n";
        let (address, serving) = server(&["HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", MOVED]).await;
        let refusals = Refusals::default();
        let mut gate = gate(&address, &refusals);
        let (status, body) = ask(&mut gate, &format!("http://{address}/a"), RequestOptions::default()).await.unwrap();
        assert_eq!((status, body.unwrap().as_ref()), (200, b"hello".as_slice()));
        let (status, _) = ask(&mut gate, &format!("http://{address}/b"), RequestOptions::default()).await.unwrap();
        assert_eq!((status, serving.await.unwrap()), (302, 1));
        assert!(refusals.first().is_none());
    }

    /// I17
    #[tokio::test]
    async fn what_is_not_granted_is_refused() {
        let refusals = Refusals::default();
        let mut gate = gate("es:9200,https://[::1],127.0.0.1:9", &refusals);
        for url in ["http://es/", "http://other:9200/", "http://127.0.0.1:10/", "https://127.0.0.1:1/", "http://es:9200@other/"] {
            let refused = ask(&mut gate, url, RequestOptions::default()).await;
            assert!(matches!(refused, Err(Error::HttpRequestDenied)), "{url}");
        }
        assert!(refusals.first().unwrap().contains("connect:es:80"));
        let granted = |url: &str| {
            let wanted = target(&url.parse().unwrap()).unwrap();
            gate.addresses.iter().any(|granted| is_same(granted, &wanted))
        };
        assert!(granted("http://ES:9200/x") && granted("https://[0:0::1]/") && granted("http://[::ffff:127.0.0.1]:9/"));
    }

    #[tokio::test]
    async fn what_does_not_answer_is_told_in_time() {
        let soon = Some(Duration::from_millis(50));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let mut gate = gate(&format!("{address},localhost:1"), &Refusals::default());
        let options = RequestOptions { first_byte_timeout: soon, ..RequestOptions::default() };
        let late = ask(&mut gate, &format!("http://{address}/"), options).await;
        assert!(matches!(late, Err(Error::HttpResponseTimeout)));
        drop(listener);
        let refused = ask(&mut gate, &format!("http://{address}/"), RequestOptions::default()).await;
        assert!(matches!(refused, Err(Error::InternalError(Some(why))) if why.contains("refused")));
        let (address, serving) = server(&["HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel"]).await;
        let mut gate = self::gate(&address, &Refusals::default());
        let options = RequestOptions { between_bytes_timeout: soon, ..RequestOptions::default() };
        let (_, body) = ask(&mut gate, &format!("http://{address}/"), options).await.unwrap();
        assert!(body.is_err(), "{body:?}");
        serving.await.unwrap();
    }
}
