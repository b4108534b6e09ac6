//! The keys of a worker of a cluster (Kafka: `DistributedConfig`).

use super::Props;
use super::definition::{ConfigDef, ConfigKey, Importance, Type};
use super::validator::Validator;
use super::value::{ConfigError, Value};
use super::worker_keys::{self, Row, row};

use Importance::{High, Low, Medium};
use Type::{Int, List, Long, Short, String as Text};

/// Whether sources write exactly once (KIP-618).
pub(super) const EXACTLY_ONCE: &str = "exactly.once.source.support";

/// Keys without checks.
const PLAIN: &[Row] = &[
    ("client.id", Text, Some(""), Low, "Base of the ids of the worker's own clients; unset: group.id."),
    ("connections.max.idle.ms", Long, Some("540000"), Medium, "When idle connections to brokers are closed."),
    ("heartbeat.interval.ms", Int, Some("3000"), High, "How often the worker tells the group that it lives."),
    (
        "inter.worker.key.generation.algorithm",
        Text,
        Some("HmacSHA256"),
        Low,
        "Algorithm of the keys that workers sign requests with.",
    ),
    ("inter.worker.key.size", Int, None, Low, "Size of such a key in bits."),
    ("inter.worker.signature.algorithm", Text, Some("HmacSHA256"), Low, "Algorithm of signatures between workers."),
    ("inter.worker.verification.algorithms", List, Some("HmacSHA256"), Low, "Algorithms of signatures that are accepted."),
    ("rebalance.timeout.ms", Int, Some("60000"), High, "How long a worker may take to join the group again."),
    ("session.timeout.ms", Int, Some("10000"), High, "After how long without a sign of life a worker counts as gone."),
    ("worker.sync.timeout.ms", Int, Some("3000"), Medium, "How long a worker may take to catch up with the config topic."),
    ("worker.unsync.backoff.ms", Int, Some("300000"), Medium, "How long it waits after it could not."),
];

/// Keys with a least value: name, type, default, least value, documentation.
const AT_LEAST: &[(&str, Type, &str, f64, &str)] = &[
    ("inter.worker.key.ttl.ms", Int, "3600000", 0.0, "How long such a key is used; 0: for good."),
    ("metadata.max.age.ms", Long, "300000", 0.0, "How often clients look for new brokers and partitions."),
    (
        "metadata.recovery.rebootstrap.trigger.ms",
        Long,
        "300000",
        0.0,
        "After how long without brokers bootstrap.servers is used again.",
    ),
    ("receive.buffer.bytes", Int, "32768", -1.0, "TCP receive buffer."),
    ("reconnect.backoff.max.ms", Long, "1000", 0.0, "Longest pause between attempts to connect."),
    ("reconnect.backoff.ms", Long, "50", 0.0, "First pause between attempts to connect."),
    ("request.timeout.ms", Int, "40000", 0.0, "How long a broker may take to answer."),
    ("retry.backoff.max.ms", Long, "1000", 0.0, "Longest pause before a request is repeated."),
    ("retry.backoff.ms", Long, "100", 0.0, "First pause before a request is repeated."),
    (
        "scheduled.rebalance.max.delay.ms",
        Int,
        "300000",
        0.0,
        "How long the work of a worker that has gone waits for its return before others take it.",
    ),
    ("send.buffer.bytes", Int, "131072", -1.0, "TCP send buffer."),
    ("socket.connection.setup.timeout.max.ms", Long, "30000", 0.0, "Longest time to set up a connection."),
    ("socket.connection.setup.timeout.ms", Long, "10000", 0.0, "First time to set up a connection."),
];

/// Internal topics: key prefix, default of the number of partitions (none: always one), what they hold.
const TOPICS: [(&str, Option<&str>, &str); 3] = [
    ("config", None, "connector configurations"),
    ("offset", Some("25"), "source connector offsets"),
    ("status", Some("5"), "connector and task statuses"),
];

/// The definition of the properties of a worker of a cluster.
pub(super) fn distributed() -> ConfigDef {
    let mut def = worker_keys::every_worker();
    let key = |name: &str, type_, documentation: &str| ConfigKey::new(name, type_, documentation);
    def.define(key("bootstrap.servers", List, "Brokers of the Kafka cluster.").required().importance(High));
    def.define(key("group.id", Text, "Names the cluster that this worker belongs to.").required().importance(High));
    for plain in PLAIN {
        def.define(row(plain));
    }
    for (name, type_, default, least, documentation) in AT_LEAST {
        let key = key(name, *type_, documentation).default_text(default).importance(Low);
        def.define(key.check(Validator::Range(Some(*least), None)));
    }
    for (topic, partitions, holds) in TOPICS {
        let name = |end: &str| format!("{topic}.storage.{end}");
        def.define(key(&name("topic"), Text, &format!("The topic of {holds}.")).required().importance(High));
        let replicas = key(&name("replication.factor"), Short, "Replicas to make it with; -1: the broker's default.");
        def.define(replicas.default_text("3").importance(Low).check(Validator::Check(replication_factor)));
        if let Some(default) = partitions {
            let partitions = key(&name("partitions"), Int, "Partitions to make it with; -1: the broker's default.");
            def.define(partitions.default_text(default).importance(Low).check(Validator::Check(partition_count)));
        }
    }
    let one_of = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect();
    let protocol = key("connect.protocol", Text, "Accepted; workers of this kind have one protocol.").default_text("sessioned");
    def.define(protocol.importance(Low).check(Validator::OneOf(one_of(&["eager", "compatible", "sessioned"]))));
    let once = "Whether sources write exactly once (KIP-618): disabled, enabled, or preparing, which every worker must be set to before \
                the first is set to enabled.";
    let once = key(EXACTLY_ONCE, Text, once).default_text("disabled");
    def.define(once.importance(High).check(Validator::OneOfIgnoringCase(one_of(&["DISABLED", "ENABLED", "PREPARING"]))));
    let recovery = key("metadata.recovery.strategy", Text, "What clients do when no broker is left.").default_text("rebootstrap");
    def.define(recovery.importance(Low).check(Validator::OneOfIgnoringCase(one_of(&["REBOOTSTRAP", "NONE"]))));
    let security = key("security.protocol", Text, "How brokers are spoken to.").default_text("PLAINTEXT").importance(Medium);
    def.define(security.check(Validator::OneOfIgnoringCase(one_of(&["SASL_SSL", "PLAINTEXT", "SSL", "SASL_PLAINTEXT"]))));
    def
}

/// What concerns several keys at once.
pub(super) fn check(props: &Props) -> Result<(), ConfigError> {
    let text = |key: &str, default: &'static str| props.get(key).map_or(default, |value| value.trim()).to_owned();
    let signature = text("inter.worker.signature.algorithm", "HmacSHA256");
    let accepted = text("inter.worker.verification.algorithms", "HmacSHA256");
    if !accepted.split(',').any(|algorithm| algorithm.trim() == signature) {
        let why = "Signature algorithm must be present in inter.worker.verification.algorithms list";
        return Err(ConfigError::invalid("inter.worker.signature.algorithm", signature, why));
    }
    let once = text(EXACTLY_ONCE, "disabled");
    let protocol = text("connect.protocol", "sessioned");
    if !once.eq_ignore_ascii_case("disabled") && protocol != "sessioned" {
        let why = "exactly.once.source.support needs connect.protocol=sessioned";
        return Err(ConfigError::invalid("connect.protocol", protocol, why));
    }
    Ok(())
}

fn replication_factor(name: &str, value: &Value) -> Result<(), ConfigError> {
    let why = "Replication factor must be positive and not larger than the number of brokers in the Kafka cluster, or -1 to use the \
               broker's default";
    positive_or_default(name, value, why)
}

fn partition_count(name: &str, value: &Value) -> Result<(), ConfigError> {
    positive_or_default(name, value, "Number of partitions must be positive, or -1 to use the broker's default")
}

fn positive_or_default(name: &str, value: &Value, why: &str) -> Result<(), ConfigError> {
    match value.as_i64() {
        Some(number) if number >= 1 || number == -1 => Ok(()),
        _ => Err(ConfigError::invalid(name, value, why)),
    }
}
