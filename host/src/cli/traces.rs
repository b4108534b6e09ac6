//! Traces: spans of the tasks' batches and of REST requests, sent to an OpenTelemetry collector by OTLP over HTTP.
//!
//! OpenTelemetry's own environment variables say whether, where and how much (its specification, "SDK environment variables" and
//! "OTLP exporter"); without an endpoint among them there are no traces. `docs/traces.md` lists those that count here.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, ensure};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use opentelemetry::trace::TracerProvider;
use opentelemetry_http::HttpError;
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::resource::EnvResourceDetector;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};
use tokio::runtime::Handle;

use crate::net::http_client::HttpClient;

/// What the spans are of, unless OTEL_SERVICE_NAME or OTEL_RESOURCE_ATTRIBUTES says.
const SERVICE: &str = "caisson";
/// How long a collector may take, unless OTEL_EXPORTER_OTLP_TIMEOUT says.
const TIMEOUT: Duration = Duration::from_secs(10);
/// How long the last spans may take when the worker stops.
const LAST: Duration = Duration::from_secs(2);

/// The worker's traces, if somebody wants them.
pub(super) struct Traces(Option<SdkTracerProvider>);

impl Traces {
    /// As the environment says.
    ///
    /// # Errors
    /// Names a variable that asks for what this worker cannot do.
    pub(super) fn of_environment() -> anyhow::Result<Self> {
        if !wanted(variable) {
            return Ok(Self(None));
        }
        let protocol = either(variable, "PROTOCOL");
        ensure!(
            protocol.as_ref().is_none_or(|(_, protocol)| protocol == "http/protobuf"),
            "{}: this worker sends traces by http/protobuf only; a collector takes that on port 4318",
            protocol.map(|(name, value)| format!("{name}={value}")).unwrap_or_default()
        );
        let timeout = match either(variable, "TIMEOUT") {
            None => TIMEOUT,
            Some((name, text)) => {
                Duration::from_millis(text.parse().with_context(|| format!("{name}={text}: it is a number of milliseconds"))?)
            }
        };
        let collector =
            Collector { runtime: Handle::current(), timeout, client: Arc::new(Mutex::new(HttpClient::new(None, None))) };
        let exporter =
            SpanExporter::builder().with_http().with_protocol(Protocol::HttpBinary).with_http_client(collector).build();
        let exporter = exporter.context("OTEL_EXPORTER_OTLP_ENDPOINT: traces cannot be sent")?;
        let own = Resource::builder_empty().with_service_name(SERVICE).with_detector(Box::new(EnvResourceDetector::new()));
        let named = variable("OTEL_SERVICE_NAME").into_iter();
        let resource = named.fold(own, |resource, name| resource.with_service_name(name)).build();
        Ok(Self(Some(SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build())))
    }

    /// What turns spans into OpenTelemetry's.
    pub(super) fn tracer(&self) -> Option<SdkTracer> {
        self.0.as_ref().map(|provider| provider.tracer(SERVICE))
    }

    /// Sends the last spans.
    pub(super) async fn end(self) {
        let Some(provider) = self.0 else { return };
        // It waits for its own thread, which sends through this runtime.
        let ended = tokio::task::spawn_blocking(move || provider.shutdown_with_timeout(LAST)).await;
        if let Ok(Err(error)) = ended {
            tracing::warn!("the last traces could not be sent: {error}");
        }
    }
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The variable for traces, else the one for every signal: name and value.
fn either(variable: impl Fn(&str) -> Option<String>, what: &str) -> Option<(String, String)> {
    let names = [format!("OTEL_EXPORTER_OTLP_TRACES_{what}"), format!("OTEL_EXPORTER_OTLP_{what}")];
    names.into_iter().find_map(|name| variable(&name).map(|value| (name, value)))
}

/// Whether the variables ask for traces.
fn wanted(variable: impl Fn(&str) -> Option<String>) -> bool {
    let is = |name: &str, value: &str| variable(name).is_some_and(|given| given.eq_ignore_ascii_case(value));
    let asked = is("OTEL_TRACES_EXPORTER", "otlp") || either(&variable, "ENDPOINT").is_some();
    asked && !is("OTEL_TRACES_EXPORTER", "none") && !is("OTEL_SDK_DISABLED", "true")
}

/// The way to a collector. The exporter's thread has no runtime of its own.
struct Collector {
    runtime: Handle,
    timeout: Duration,
    client: Arc<Mutex<HttpClient<Full<Bytes>>>>,
}

impl std::fmt::Debug for Collector {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Collector").field("timeout", &self.timeout).finish_non_exhaustive()
    }
}

#[async_trait::async_trait]
impl opentelemetry_http::HttpClient for Collector {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (client, timeout) = (Arc::clone(&self.client), self.timeout);
        let exchange = async move {
            let sent = client.lock().unwrap_or_else(PoisonError::into_inner).request(request.map(Full::new))?;
            let (head, body) = sent.await?.into_parts();
            Ok::<_, HttpError>(Response::from_parts(head, body.collect().await?.to_bytes()))
        };
        self.runtime.spawn(async move { tokio::time::timeout(timeout, exchange).await? }).await?
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn traces_are_sent_only_where_somebody_wants_them() {
        let wanted = |variables: &[(&str, &str)]| {
            super::wanted(|name| variables.iter().find(|(other, _)| *other == name).map(|(_, value)| (*value).to_owned()))
        };
        let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318");
        assert!(!wanted(&[]) && !wanted(&[("OTEL_SERVICE_NAME", "connect")]));
        assert!(wanted(&[endpoint]) && wanted(&[("OTEL_TRACES_EXPORTER", "otlp")]));
        assert!(wanted(&[("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://collector:4318/v1/traces")]));
        assert!(!wanted(&[endpoint, ("OTEL_TRACES_EXPORTER", "none")]) && !wanted(&[endpoint, ("OTEL_SDK_DISABLED", "true")]));
    }
}
