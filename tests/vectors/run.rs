//! A case through a real batch and a real chain of stages, natively.

use anyhow::{Context, Result, anyhow, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use caisson_sdk::batches::{encode_batch, with_records};
use caisson_sdk::data::record::{Datum, Header, Record};
use caisson_sdk::data::value::Value;
use caisson_sdk::run::chain::{Chain, Outcome, PredicateSpec, StageSpec};
use caisson_sdk::run::registry::{Entry, Registry};
use caisson_sdk::{ConfigDef, Error, Kind};
use caisson_stages::Plugins;
use serde_json::{Value as Json, json};

use super::case::Case;
use super::{avro, compare, configdef, projector, read, show, validate, values};

/// The topic of every case of a converter.
const TOPIC: &str = "orders";
/// The header of every case of a header converter.
const HEADER: &str = "h1";

/// What a case shows.
#[derive(Debug)]
pub enum Verdict {
    /// Caisson makes the same of it.
    Agreed,
    /// Caisson makes this of it.
    Differs(Json),
    /// The contract has no way to say its input: the reason.
    NotExpressible(&'static str),
    /// Caisson has no plugin of that class, or no such method.
    NoPlugin,
}

/// Runs a case. Fails only for a case that cannot be read.
pub fn run(case: &Case) -> Result<Verdict> {
    let Some(method) = Method::of(case) else { return run_in_sdk(case) };
    // A key that is not set is absent in the contract, which means the same only where null is the default.
    let Some(definition) = method.definition(case) else { return Ok(Verdict::NoPlugin) };
    if case.config.iter().any(|(name, value)| value.is_none() && !definition.is_null_unless_set(name)) {
        return Ok(Verdict::NotExpressible("a setting that is null"));
    }
    let config = case.config.iter().filter_map(|(name, value)| Some((name.clone(), value.clone()?))).collect();
    let spec = method.spec(case, config);
    let record = method.record(case).with_context(|| case.id.clone())?;
    let Ok(batch) = encode_batch(std::slice::from_ref(&record)) else {
        return Ok(Verdict::NotExpressible("a container where its schema has none"));
    };
    let got = match Chain::open(Plugins::ENTRIES, &[spec]) {
        Err(error) => shown_error("configure", &error),
        Ok(mut chain) => method.shown(chain.apply(&batch).map_err(|error| anyhow!("{}: {error}", case.id))?)?,
    };
    Ok(if compare::is_same(&method.expected(case), &got) { Verdict::Agreed } else { Verdict::Differs(got) })
}

/// Cases of no stage: the SDK answers.
fn run_in_sdk(case: &Case) -> Result<Verdict> {
    let answer = match case.class.as_str() {
        avro::CLASS => avro::run(case),
        values::CLASS => values::run(case),
        projector::CLASS => projector::run(case),
        validate::SCHEMA | validate::STRUCT | validate::LOGICAL => validate::run(case),
        _ => configdef::run(case),
    };
    Ok(match answer.with_context(|| case.id.clone())? {
        None => Verdict::NoPlugin,
        Some(got) if compare::is_same(&case.output, &got) => Verdict::Agreed,
        Some(got) if case.class == avro::CLASS && is_same_avro(case, &got) => Verdict::Agreed,
        Some(got) => Verdict::Differs(got),
    })
}

/// A converter that gives Java's null gives neither schema nor value; maps have no order in a payload.
fn is_same_avro(case: &Case, got: &Json) -> bool {
    let nothing = json!({ "schema": null, "value": null });
    (case.output.is_null() && *got == nothing) || avro::is_same_payload(&case.output, got)
}

/// Which stage makes the output of the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Method {
    Transform,
    Test,
    FromConnect,
    ToConnect,
    HeaderFromConnect,
    HeaderToConnect,
}

impl Method {
    fn of(case: &Case) -> Option<Self> {
        let (method, kind) = match case.op.as_deref() {
            None if has_plugin(&case.class, Kind::Predicate) => (Self::Test, Kind::Predicate),
            None => (Self::Transform, Kind::Transformation),
            Some("fromConnectData") => (Self::FromConnect, Kind::Converter),
            Some("toConnectData") => (Self::ToConnect, Kind::Converter),
            Some("fromConnectHeader") => (Self::HeaderFromConnect, Kind::HeaderConverter),
            Some("toConnectHeader") => (Self::HeaderToConnect, Kind::HeaderConverter),
            Some(_) => return None,
        };
        has_plugin(&case.class, kind).then_some(method)
    }

    /// The definition of the plugin's configuration.
    fn definition(self, case: &Case) -> Option<ConfigDef> {
        let kind = match self {
            Self::Transform => Kind::Transformation,
            Self::Test => Kind::Predicate,
            Self::FromConnect | Self::ToConnect => Kind::Converter,
            Self::HeaderFromConnect | Self::HeaderToConnect => Kind::HeaderConverter,
        };
        let entry = Plugins::ENTRIES.iter().find(|entry| entry.kind() == kind && entry.info().class() == case.class)?;
        Some(entry.info().config().clone())
    }

    fn is_header(self) -> bool {
        matches!(self, Self::HeaderFromConnect | Self::HeaderToConnect)
    }

    fn spec(self, case: &Case, config: Vec<(String, String)>) -> StageSpec {
        let stage =
            |kind: &str, class: &str| StageSpec { kind: kind.to_owned(), class: class.to_owned(), ..StageSpec::default() };
        match self {
            Self::Transform => StageSpec { config, ..stage("transform", &case.class) },
            Self::Test => {
                let predicate = PredicateSpec { class: case.class.clone(), config, negate: false };
                let filter = stage("transform", "org.apache.kafka.connect.transforms.Filter");
                StageSpec { predicate: Some(predicate), ..filter }
            }
            Self::FromConnect | Self::HeaderFromConnect => self.converter(stage("from-connect", &case.class), case, config),
            Self::ToConnect | Self::HeaderToConnect => self.converter(stage("to-connect", &case.class), case, config),
        }
    }

    /// The worker tells a converter what it converts, as `Converter.configure(configs, isKey)` does.
    fn converter(self, stage: StageSpec, case: &Case, mut config: Vec<(String, String)>) -> StageSpec {
        let role = match self.is_header() {
            true => "header",
            false if is_key(case) => "key",
            false => "value",
        };
        config.retain(|(name, _)| name != "converter.type");
        config.push(("converter.type".to_owned(), role.to_owned()));
        StageSpec { role: role.to_owned(), config, ..stage }
    }

    fn record(self, case: &Case) -> Result<Record<'static>> {
        let datum = match self {
            Self::Transform | Self::Test => return read::record(&case.input),
            Self::FromConnect | Self::HeaderFromConnect => read::datum(&case.input, "schema", "value")?,
            Self::ToConnect | Self::HeaderToConnect => match case.input.get("payload").and_then(Json::as_str) {
                Some(payload) => Datum { schema: None, value: Value::bytes(STANDARD.decode(payload)?) },
                None => Datum::NULL,
            },
        };
        let mut record = Record::new(TOPIC);
        if self.is_header() {
            record.headers.push(Header { name: HEADER.into(), datum });
        } else if is_key(case) {
            record.key = datum;
        } else {
            record.value = datum;
        }
        Ok(record)
    }

    fn expected(self, case: &Case) -> Json {
        match self {
            // A converter that gives Java's null gives neither schema nor value.
            Self::ToConnect | Self::HeaderToConnect if case.output.is_null() => json!({ "schema": null, "value": null }),
            _ => case.output.clone(),
        }
    }

    fn shown(self, outcome: Outcome) -> Result<Json> {
        if let Some(failure) = outcome.failed.first() {
            return Ok(shown_error("apply", &failure.error));
        }
        if self == Self::Test {
            return Ok(json!({ "test": !outcome.dropped.is_empty() }));
        }
        if !outcome.dropped.is_empty() {
            return Ok(Json::Null);
        }
        let shown = with_records(&outcome.batch, |record| self.shown_record(&record)).map_err(|error| anyhow!("{error}"))?;
        ensure!(shown.len() == 1, "one record became {}", shown.len());
        shown.into_iter().next().context("no record")?
    }

    fn shown_record(self, record: &Record<'_>) -> Result<Json> {
        let datum = match self {
            Self::Transform | Self::Test => return show::record(record),
            _ if self.is_header() => &record.headers.first().context("no header")?.datum,
            // The other of the two is null, with no schema.
            _ if record.key == Datum::NULL => &record.value,
            _ => &record.key,
        };
        match self {
            Self::FromConnect | Self::HeaderFromConnect => match &datum.value {
                Value::Null => Ok(json!({ "payload": null })),
                Value::Bytes(bytes) => Ok(json!({ "payload": STANDARD.encode(bytes), "text": String::from_utf8_lossy(bytes) })),
                other => Err(anyhow!("a converter gave {}", other.java_class())),
            },
            _ => show::datum(datum),
        }
    }
}

fn is_key(case: &Case) -> bool {
    case.input.get("isKey") == Some(&Json::Bool(true))
}

fn has_plugin(class: &str, kind: Kind) -> bool {
    Plugins::ENTRIES.iter().any(|entry: &Entry| entry.kind() == kind && entry.info().class() == class)
}

/// An error as the output of a case. Java's null is no message.
pub fn shown_error(stage: &str, error: &Error) -> Json {
    let message = Some(error.message()).filter(|message| !message.is_empty());
    json!({ "error": { "stage": stage, "class": error.class(), "message": message } })
}
