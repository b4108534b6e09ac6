//! The keys of every worker and of a standalone one (Kafka: `WorkerConfig`, `StandaloneConfig`), and Caisson's own.

use super::definition::{ConfigDef, ConfigKey, Importance, Type};
use super::validator::Validator;
use super::value::{ConfigError, Value};
use super::{sandbox, task_restarts};

/// A key without checks: name, type, default (none: null), importance, documentation.
pub(super) type Row = (&'static str, Type, Option<&'static str>, Importance, &'static str);

use Importance::{High, Low, Medium};
use Type::{Boolean, Class, Int, List, Long, Password, String as Text};

/// Which plugins a worker offers.
pub(super) const PLUGIN_ALLOWLIST: &str = "plugin.allowlist";

/// Keys of Kafka Connect without checks.
const KAFKA: &[Row] = &[
    (
        "bootstrap.servers",
        List,
        None,
        High,
        "Brokers of the Kafka cluster. Unset: topics are kept in a local log, see local.log.dir.",
    ),
    ("access.control.allow.methods", Text, Some(""), Low, "Methods that cross-origin requests may use."),
    ("access.control.allow.origin", Text, Some(""), Low, "Origins that may use the REST API from a browser; empty: none."),
    ("admin.listeners", List, None, Low, "Listeners of the admin endpoints. Unset: the main listeners. Empty: none."),
    ("config.providers", List, Some(""), Low, "Names of config providers."),
    (
        "connector.client.config.override.policy",
        Text,
        Some("All"),
        Medium,
        "Which client settings connectors may override: All, None, Principal or Allowlist.",
    ),
    ("connector.client.config.override.allowlist", List, Some(""), Medium, "The settings that the policy Allowlist allows."),
    (
        "header.converter",
        Class,
        Some("org.apache.kafka.connect.storage.SimpleHeaderConverter"),
        Low,
        "Default converter of headers.",
    ),
    ("header.converter.plugin.version", Text, None, Low, "Its version."),
    ("key.converter.plugin.version", Text, None, Low, "Version of the default converter of keys."),
    ("value.converter.plugin.version", Text, None, Low, "Version of the default converter of values."),
    ("metric.reporters", List, Some("org.apache.kafka.common.metrics.JmxReporter"), Low, "Accepted, without effect."),
    ("offset.flush.interval.ms", Long, Some("60000"), Low, "How often source offsets are stored and sink offsets committed."),
    ("offset.flush.timeout.ms", Long, Some("5000"), Low, "How long one such round may take."),
    ("plugin.path", List, None, Low, "Folders and files with plugins (.wasm), beside those in the binary."),
    ("response.http.headers.config", Text, Some(""), Low, "Rules for headers of REST answers."),
    ("rest.advertised.host.name", Text, None, Low, "The worker's host as others should see it."),
    ("rest.advertised.listener", Text, None, Low, "The protocol by which others should reach it: http or https."),
    ("rest.advertised.port", Int, None, Low, "Its port as others should see it."),
    ("rest.extension.classes", List, Some(""), Low, "BasicAuthSecurityRestExtension, or nothing."),
    ("task.shutdown.graceful.timeout.ms", Long, Some("5000"), Low, "How long all tasks together may take to stop."),
    (
        "topic.creation.enable",
        Boolean,
        Some("true"),
        Low,
        "Whether topics of sources are created as their topic.creation.* keys say (KIP-158).",
    ),
    ("topic.tracking.allow.reset", Boolean, Some("true"), Low, "Whether a connector's list of topics may be emptied (KIP-558)."),
    ("topic.tracking.enable", Boolean, Some("true"), Low, "Whether a connector's topics are listed (KIP-558)."),
    ("ssl.cipher.suites", List, Some(""), Low, "Cipher suites."),
    ("ssl.enabled.protocols", List, Some("TLSv1.2,TLSv1.3"), Medium, "TLS versions."),
    ("ssl.endpoint.identification.algorithm", Text, Some("https"), Low, "How a server's name is checked."),
    ("ssl.engine.factory.class", Class, None, Low, "Accepted, without effect."),
    ("ssl.key.password", Password, None, High, "Password of the private key."),
    ("ssl.keymanager.algorithm", Text, Some("SunX509"), Low, "Accepted, without effect."),
    ("ssl.keystore.certificate.chain", Password, None, High, "Certificate chain, PEM."),
    ("ssl.keystore.key", Password, None, High, "Private key, PEM."),
    ("ssl.keystore.location", Text, None, High, "File of the key store."),
    ("ssl.keystore.password", Password, None, High, "Password of the key store."),
    ("ssl.keystore.type", Text, Some("JKS"), Medium, "Form of the key store."),
    ("ssl.protocol", Text, Some("TLSv1.3"), Medium, "TLS version to prefer."),
    ("ssl.provider", Text, None, Medium, "Accepted, without effect."),
    ("ssl.secure.random.implementation", Text, None, Low, "Accepted, without effect."),
    ("ssl.trustmanager.algorithm", Text, Some("PKIX"), Low, "Accepted, without effect."),
    ("ssl.truststore.certificates", Password, None, High, "Trusted certificates, PEM."),
    ("ssl.truststore.location", Text, None, High, "File of the trust store."),
    ("ssl.truststore.password", Password, None, High, "Password of the trust store."),
    ("ssl.truststore.type", Text, Some("JKS"), Medium, "Form of the trust store."),
];

/// Keys that Caisson adds.
const OWN: &[Row] = &[
    (
        PLUGIN_ALLOWLIST,
        List,
        None,
        Low,
        "Which plugins this worker offers, those in the binary included: class names, or beginnings of them with * behind, such as org.apache.kafka.*. Unset: all.",
    ),
    (
        "local.log.dir",
        Text,
        None,
        Medium,
        "Folder of the local log, used without bootstrap.servers. Unset: `caisson-log` beside the offset file.",
    ),
    (
        "log.level",
        Text,
        Some("info"),
        Low,
        "What is logged: error, warn, info, debug, trace, or rules such as info,caisson::task=debug. RUST_LOG overrides it.",
    ),
];

/// The definition of a standalone worker's properties.
pub(super) fn standalone() -> ConfigDef {
    let mut def = every_worker();
    let offsets = ConfigKey::new("offset.storage.file.filename", Text, "The file that source offsets are stored in.");
    def.define(offsets.required().importance(High).check(Validator::NonEmpty));
    def
}

/// The keys that every worker has.
pub(super) fn every_worker() -> ConfigDef {
    let mut def = ConfigDef::new(KAFKA.iter().chain(OWN).map(row));
    for key in checked() {
        def.define(key);
    }
    for key in sandbox::worker_keys().into_iter().chain(task_restarts::worker_keys()) {
        def.define(key);
    }
    def
}

pub(super) fn row(&(name, type_, default, importance, documentation): &Row) -> ConfigKey {
    let key = ConfigKey::new(name, type_, documentation).importance(importance);
    match default {
        Some(text) => key.default_text(text),
        None => key,
    }
}

/// Keys that must be there or have checks.
fn checked() -> Vec<ConfigKey> {
    let one_of = |values: &[&str]| Validator::OneOf(values.iter().map(|value| (*value).to_owned()).collect());
    vec![
        ConfigKey::new("key.converter", Class, "Default converter of keys.").required().importance(High),
        ConfigKey::new("value.converter", Class, "Default converter of values.").required().importance(High),
        row(&("client.dns.lookup", Text, Some("use_all_dns_ips"), Medium, "How names of brokers are resolved."))
            .check(one_of(&["use_all_dns_ips", "resolve_canonical_bootstrap_servers_only"])),
        row(&(
            "listeners",
            List,
            Some("http://:8083"),
            Low,
            "Where the REST API listens: http://host:port, with or without host.",
        ))
        .check(Validator::Check(listeners)),
        row(&("metrics.num.samples", Int, Some("2"), Low, "How many windows of measurement are kept."))
            .check(Validator::Range(Some(1.0), None)),
        row(&("metrics.recording.level", Text, Some("INFO"), Low, "What is measured.")).check(one_of(&["INFO", "DEBUG"])),
        row(&("metrics.sample.window.ms", Long, Some("30000"), Low, "Length of a window of measurement."))
            .check(Validator::Range(Some(0.0), None)),
        row(&("plugin.discovery", Text, Some("hybrid_warn"), Low, "Accepted, without effect.")).check(
            Validator::OneOfIgnoringCase(["ONLY_SCAN", "SERVICE_LOAD", "HYBRID_WARN", "HYBRID_FAIL"].map(str::to_owned).into()),
        ),
        row(&("ssl.client.auth", Text, Some("none"), Low, "Whether clients of the REST API need a certificate."))
            .check(one_of(&["required", "requested", "none"])),
    ]
}

/// At least one, each an URL.
fn listeners(name: &str, value: &Value) -> Result<(), ConfigError> {
    let items = value.as_list();
    if items.is_empty() {
        return Err(ConfigError::invalid(
            name,
            value,
            "Invalid listeners, at least one URL is expected, ex: http://localhost:8080,https://localhost:8443.",
        ));
    }
    match items.iter().find(|item| !item.contains("://")) {
        Some(_) => Err(ConfigError::invalid(name, value, "Invalid listeners, expected URL like http://localhost:8080.")),
        None => Ok(()),
    }
}
