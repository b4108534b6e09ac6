//! The log: one line an event on standard error, with the connector and task it is about as Kafka Connect has them
//! (`[name|task-0]`).

use std::fmt;
use std::io::IsTerminal;

use opentelemetry_sdk::trace::SdkTracer;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber, span};
use tracing_opentelemetry::OpenTelemetryLayer;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::{ParseError, filter_fn};
use tracing_subscriber::fmt::FmtContext;
use tracing_subscriber::fmt::format::{FormatEvent, FormatFields, Writer};
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::reload;
use tracing_subscriber::util::SubscriberInitExt;

use crate::herder::loggers::Loggers;
use crate::task::spans::TARGET;

/// Starts logging at `level` (the worker's `log.level`) unless `RUST_LOG` says otherwise.
///
/// # Errors
/// If the rules cannot be understood.
pub(super) fn start(level: &str) -> anyhow::Result<Loggers> {
    start_with(level, None)
}

/// As [`start`], and the spans that are for traces go to a tracer.
///
/// # Errors
/// As [`start`].
pub(super) fn start_with(level: &str, tracer: Option<SdkTracer>) -> anyhow::Result<Loggers> {
    let (key, rules) = match std::env::var("RUST_LOG") {
        Ok(rules) if !rules.is_empty() => ("RUST_LOG", rules),
        _ => ("log.level", level.to_owned()),
    };
    let traced = tracer.is_some();
    let filter = filter(&rules, traced)
        .map_err(|error| anyhow::anyhow!("{key}: {rules}: {error}; give error, warn, info, debug or trace"))?;
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .event_format(Lines);
    let (filter, handle) = reload::Layer::new(filter);
    let spans = tracer.map(|tracer| {
        let layer = OpenTelemetryLayer::new(tracer)
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_context_activation(false);
        layer.with_tracked_inactivity(false).with_filter(filter_fn(|about| about.target() == TARGET))
    });
    tracing_subscriber::registry().with(filter).with(Owners).with(spans).with(lines).init();
    let apply = move |rules: &str| {
        if let Ok(filter) = self::filter(rules, traced) {
            // It fails only when the log is gone, and with it the worker.
            let _ = handle.reload(filter);
        }
    };
    Ok(Loggers::new(&rules, Box::new(apply)))
}

/// What is logged by these rules, and what is traced whatever they say: the last rule for a target counts.
fn filter(rules: &str, traced: bool) -> Result<EnvFilter, ParseError> {
    EnvFilter::try_new(format!("{rules},{TARGET}={}", if traced { "info" } else { "off" }))
}

/// Whom a span or event is about.
#[derive(Default, Clone)]
struct Owner {
    connector: Option<String>,
    task: Option<u64>,
}

impl Owner {
    /// Takes the fields `connector` and `task`; false for any other.
    fn take(&mut self, field: &Field, text: impl FnOnce() -> String) -> bool {
        match field.name() {
            "connector" => self.connector = Some(text()),
            "task" => self.task = text().parse().ok(),
            _ => return false,
        }
        true
    }
}

impl Visit for Owner {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.take(field, || value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.take(field, || format!("{value:?}"));
    }
}

/// Notes whom a span is about.
struct Owners;

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Owners {
    fn on_new_span(&self, attributes: &span::Attributes<'_>, id: &span::Id, context: Context<'_, S>) {
        let mut owner = Owner::default();
        attributes.record(&mut owner);
        if let (Some(span), Some(_)) = (context.span(id), &owner.connector) {
            span.extensions_mut().insert(owner);
        }
    }
}

/// What an event says: its owner, its message and its other fields.
#[derive(Default)]
struct Said {
    owner: Owner,
    message: String,
    rest: String,
}

impl Said {
    fn add(&mut self, field: &Field, text: String) {
        if field.name() == "message" {
            self.message = text;
        } else if !self.owner.take(field, || text.clone()) {
            self.rest.push_str(&format!(" {}={text}", field.name()));
        }
    }
}

impl Visit for Said {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field, value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.add(field, format!("{value:?}"));
    }
}

/// Writes an event as a line.
struct Lines;

impl<S, N> FormatEvent<S, N> for Lines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, context: &FmtContext<'_, S, N>, mut line: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let mut said = Said::default();
        event.record(&mut said);
        SystemTime.format_time(&mut line)?;
        let level = *event.metadata().level();
        match (line.has_ansi_escapes(), colour(level)) {
            (true, Some(colour)) => write!(line, " \x1b[{colour}m{level:>5}\x1b[0m ")?,
            _ => write!(line, " {level:>5} ")?,
        }
        let spans = context.event_scope().into_iter().flatten();
        let owner = match said.owner.connector {
            Some(_) => Some(said.owner),
            None => spans.filter_map(|span| span.extensions().get::<Owner>().cloned()).next(),
        };
        match owner {
            Some(Owner { connector: Some(connector), task: Some(task) }) => write!(line, "[{connector}|task-{task}] ")?,
            Some(Owner { connector: Some(connector), .. }) => write!(line, "[{connector}|worker] ")?,
            _ => {}
        }
        writeln!(line, "{}: {}{}", event.metadata().target(), said.message, said.rest)
    }
}

fn colour(level: Level) -> Option<u8> {
    match level {
        Level::ERROR => Some(31),
        Level::WARN => Some(33),
        Level::INFO => Some(32),
        _ => None,
    }
}
