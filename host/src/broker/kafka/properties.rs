//! Java client properties (`producer.*`, `consumer.*`, `admin.*` and the connector's overrides) as librdkafka's.
//!
//! [`KEYS`] is the one list: what a key is called there, how its value is written there, or what to do instead. Names and
//! meanings: Kafka's ProducerConfig, ConsumerConfig, AdminClientConfig; librdkafka's CONFIGURATION.md.

use std::collections::BTreeMap;

use rdkafka::ClientConfig;

use super::security;
use crate::broker::ClientSpec;
use crate::broker::error::{BrokerError, ErrorKind};

/// Which client is configured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientKind {
    /// A producer.
    Producer,
    /// A consumer.
    Consumer,
    /// An admin client.
    Admin,
}

const PRODUCER: u8 = 1;
const CONSUMER: u8 = 2;
const ADMIN: u8 = 4;
const ALL: u8 = PRODUCER | CONSUMER | ADMIN;

impl ClientKind {
    fn bit(self) -> u8 {
        match self {
            Self::Producer => PRODUCER,
            Self::Consumer => CONSUMER,
            Self::Admin => ADMIN,
        }
    }

    /// What Connect itself sets (Worker.baseProducerConfigs, baseConsumerConfigs), and Java's defaults where librdkafka's differ.
    fn defaults(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Producer => &[
                ("acks", "all"),
                ("enable.idempotence", "false"),
                ("max.in.flight.requests.per.connection", "1"),
                ("delivery.timeout.ms", "2147483647"),
                ("max.request.size", "1048576"),
                ("buffer.memory", "33554432"),
                ("reconnect.backoff.ms", "50"),
                ("reconnect.backoff.max.ms", "1000"),
            ],
            Self::Consumer => &[
                ("enable.auto.commit", "false"),
                ("auto.offset.reset", "earliest"),
                ("isolation.level", "read_uncommitted"),
                ("allow.auto.create.topics", "true"),
                ("check.crcs", "true"),
                ("max.poll.records", "500"),
                ("metadata.max.age.ms", "300000"),
                ("reconnect.backoff.ms", "50"),
                ("reconnect.backoff.max.ms", "1000"),
            ],
            Self::Admin => &[("reconnect.backoff.ms", "50"), ("reconnect.backoff.max.ms", "1000")],
        }
    }

    /// Settings of librdkafka alone, chosen for few wake-ups and bounded memory.
    fn tuning(self) -> &'static [(&'static str, &'static str)] {
        match self {
            // The Java producer's partitioner for records with a key.
            Self::Producer => &[("partitioner", "murmur2_random"), ("queue.buffering.max.messages", "100000")],
            // Prefetch is bounded by bytes. The default pause of a full queue (1 s) would starve a fast sink.
            Self::Consumer => &[
                ("enable.auto.offset.store", "false"),
                ("queued.max.messages.kbytes", "32768"),
                ("fetch.queue.backoff.ms", "20"),
            ],
            Self::Admin => &[],
        }
    }
}

type Convert = fn(&str) -> Result<String, String>;

/// What becomes of a key.
enum Rule {
    /// The same meaning under this name.
    As(&'static str),
    /// The same meaning under this name, the value written otherwise.
    With(&'static str, Convert),
    /// Read by this project instead ([`Mapped::own`]).
    Own,
    /// Part of the credentials, which are mapped together ([`security::apply`]).
    Security,
    /// Nothing to do here; the value is checked only.
    Nothing(Convert),
    /// No equal; what to do.
    Refused(&'static str),
}

struct Key {
    java: &'static str,
    clients: u8,
    rule: Rule,
}

const fn key(java: &'static str, clients: u8, rule: Rule) -> Key {
    Key { java, clients, rule }
}

/// The list.
const KEYS: &[Key] = &[
    key("bootstrap.servers", ALL, Rule::As("bootstrap.servers")),
    key("client.id", ALL, Rule::As("client.id")),
    key("client.dns.lookup", ALL, Rule::As("client.dns.lookup")),
    key("client.rack", CONSUMER, Rule::As("client.rack")),
    key("security.protocol", ALL, Rule::With("security.protocol", lower_case)),
    key("connections.max.idle.ms", ALL, Rule::With("connections.max.idle.ms", no_negative)),
    key("metadata.max.age.ms", ALL, Rule::With("topic.metadata.refresh.interval.ms", metadata_age)),
    key("metadata.recovery.strategy", ALL, Rule::With("metadata.recovery.strategy", lower_case)),
    key("metadata.recovery.rebootstrap.trigger.ms", ALL, Rule::As("metadata.recovery.rebootstrap.trigger.ms")),
    key("metadata.max.idle.ms", PRODUCER, Rule::Nothing(any)),
    key("receive.buffer.bytes", ALL, Rule::With("socket.receive.buffer.bytes", no_negative)),
    key("send.buffer.bytes", ALL, Rule::With("socket.send.buffer.bytes", no_negative)),
    key("reconnect.backoff.ms", ALL, Rule::As("reconnect.backoff.ms")),
    key("reconnect.backoff.max.ms", ALL, Rule::As("reconnect.backoff.max.ms")),
    key("retry.backoff.ms", ALL, Rule::With("retry.backoff.ms", positive)),
    key("retry.backoff.max.ms", ALL, Rule::With("retry.backoff.max.ms", positive)),
    key("request.timeout.ms", ALL, Rule::With("socket.timeout.ms", socket_timeout)),
    key("default.api.timeout.ms", CONSUMER | ADMIN, Rule::Own),
    key("socket.connection.setup.timeout.ms", ALL, Rule::With("socket.connection.setup.timeout.ms", setup_timeout)),
    key("socket.connection.setup.timeout.max.ms", ALL, Rule::Nothing(any)),
    // Producer
    key("acks", PRODUCER, Rule::As("acks")),
    key("batch.size", PRODUCER, Rule::With("batch.size", positive)),
    key("buffer.memory", PRODUCER, Rule::With("queue.buffering.max.kbytes", kibibytes)),
    key("compression.type", PRODUCER, Rule::As("compression.type")),
    key("compression.gzip.level", PRODUCER, Rule::As("compression.level")),
    key("compression.lz4.level", PRODUCER, Rule::As("compression.level")),
    key("compression.zstd.level", PRODUCER, Rule::As("compression.level")),
    key("delivery.timeout.ms", PRODUCER, Rule::As("message.timeout.ms")),
    key("enable.idempotence", PRODUCER, Rule::With("enable.idempotence", lower_case)),
    key("linger.ms", PRODUCER, Rule::As("linger.ms")),
    key("max.block.ms", PRODUCER, Rule::Own),
    key("max.in.flight.requests.per.connection", PRODUCER, Rule::As("max.in.flight")),
    key("max.request.size", PRODUCER, Rule::As("message.max.bytes")),
    key("retries", PRODUCER, Rule::As("retries")),
    key("retries", ADMIN, Rule::Nothing(any)),
    key("transaction.timeout.ms", PRODUCER, Rule::As("transaction.timeout.ms")),
    key("transactional.id", PRODUCER, Rule::As("transactional.id")),
    key(
        "partitioner.class",
        PRODUCER,
        Rule::Refused(
            "keyed records go by murmur2 as the Java default does; set the partition in the connector or a transform instead",
        ),
    ),
    key("partitioner.ignore.keys", PRODUCER, Rule::With("partitioner", ignore_keys)),
    key("partitioner.adaptive.partitioning.enable", PRODUCER, Rule::Nothing(any)),
    key("partitioner.availability.timeout.ms", PRODUCER, Rule::Nothing(any)),
    key("transaction.two.phase.commit.enable", PRODUCER, Rule::Nothing(only_false)),
    // Consumer
    key("group.id", CONSUMER, Rule::As("group.id")),
    key("group.instance.id", CONSUMER, Rule::As("group.instance.id")),
    key("group.protocol", CONSUMER, Rule::With("group.protocol", lower_case)),
    key("group.remote.assignor", CONSUMER, Rule::As("group.remote.assignor")),
    key("allow.auto.create.topics", CONSUMER, Rule::With("allow.auto.create.topics", lower_case)),
    key("auto.offset.reset", CONSUMER, Rule::With("auto.offset.reset", offset_reset)),
    key("check.crcs", CONSUMER, Rule::With("check.crcs", lower_case)),
    key("enable.auto.commit", CONSUMER, Rule::Nothing(only_false)),
    key("auto.commit.interval.ms", CONSUMER, Rule::Nothing(any)),
    key("exclude.internal.topics", CONSUMER, Rule::Own),
    key("fetch.max.bytes", CONSUMER, Rule::As("fetch.max.bytes")),
    key("fetch.max.wait.ms", CONSUMER, Rule::As("fetch.wait.max.ms")),
    key("fetch.min.bytes", CONSUMER, Rule::With("fetch.min.bytes", positive)),
    key("heartbeat.interval.ms", CONSUMER, Rule::As("heartbeat.interval.ms")),
    key("isolation.level", CONSUMER, Rule::With("isolation.level", lower_case)),
    key("max.partition.fetch.bytes", CONSUMER, Rule::With("max.partition.fetch.bytes", positive)),
    key("max.poll.interval.ms", CONSUMER, Rule::As("max.poll.interval.ms")),
    key("max.poll.records", CONSUMER, Rule::Own),
    key("partition.assignment.strategy", CONSUMER, Rule::With("partition.assignment.strategy", assignors)),
    key("session.timeout.ms", CONSUMER, Rule::As("session.timeout.ms")),
    // Security
    key("sasl.mechanism", ALL, Rule::Security),
    key("sasl.jaas.config", ALL, Rule::Security),
    key("ssl.truststore.type", ALL, Rule::Security),
    key("ssl.truststore.location", ALL, Rule::Security),
    key("ssl.truststore.certificates", ALL, Rule::Security),
    key("ssl.truststore.password", ALL, Rule::Security),
    key("ssl.keystore.type", ALL, Rule::Security),
    key("ssl.keystore.location", ALL, Rule::Security),
    key("ssl.keystore.password", ALL, Rule::Security),
    key("ssl.keystore.key", ALL, Rule::Security),
    key("ssl.keystore.certificate.chain", ALL, Rule::Security),
    key("ssl.key.password", ALL, Rule::Security),
    key("ssl.endpoint.identification.algorithm", ALL, Rule::With("ssl.endpoint.identification.algorithm", endpoint_check)),
    key("ssl.protocol", ALL, Rule::Nothing(modern_tls)),
    key("ssl.enabled.protocols", ALL, Rule::Nothing(modern_tls)),
    key(
        "ssl.cipher.suites",
        ALL,
        Rule::Refused("cipher suites are chosen by OpenSSL: limit them in openssl.cnf or on the brokers"),
    ),
    key(
        "ssl.engine.factory.class",
        ALL,
        Rule::Refused("it names a Java class: give PEM files by ssl.truststore.* and ssl.keystore.* instead"),
    ),
    key("ssl.provider", ALL, Rule::Nothing(any)),
    key("ssl.keymanager.algorithm", ALL, Rule::Nothing(any)),
    key("ssl.trustmanager.algorithm", ALL, Rule::Nothing(any)),
    key("ssl.secure.random.implementation", ALL, Rule::Nothing(any)),
    key("security.providers", ALL, Rule::Refused("it names Java classes; OpenSSL needs none")),
    key("sasl.client.callback.handler.class", ALL, Rule::Refused(JAVA_CLASS)),
    key("sasl.login.callback.handler.class", ALL, Rule::Refused(JAVA_CLASS)),
    key("sasl.login.class", ALL, Rule::Refused(JAVA_CLASS)),
    key("sasl.kerberos.service.name", ALL, Rule::Refused(KERBEROS)),
    key("sasl.kerberos.kinit.cmd", ALL, Rule::Refused(KERBEROS)),
    key("sasl.oauthbearer.token.endpoint.url", ALL, Rule::Refused(OAUTH)),
    key("sasl.oauthbearer.jwks.endpoint.url", ALL, Rule::Refused(OAUTH)),
    key("sasl.oauthbearer.client.credentials.client.id", ALL, Rule::Refused(OAUTH)),
    key("sasl.oauthbearer.client.credentials.client.secret", ALL, Rule::Refused(OAUTH)),
    // Java's own machinery
    key("interceptor.classes", PRODUCER | CONSUMER, Rule::Refused("interceptors are Java classes: use a transform")),
    key("key.serializer", PRODUCER, Rule::Nothing(any)),
    key("value.serializer", PRODUCER, Rule::Nothing(any)),
    key("key.deserializer", CONSUMER, Rule::Nothing(any)),
    key("value.deserializer", CONSUMER, Rule::Nothing(any)),
    key("metric.reporters", ALL, Rule::Nothing(any)),
    key("metrics.num.samples", ALL, Rule::Nothing(any)),
    key("metrics.recording.level", ALL, Rule::Nothing(any)),
    key("metrics.sample.window.ms", ALL, Rule::Nothing(any)),
    key("enable.metrics.push", ALL, Rule::With("enable.metrics.push", lower_case)),
    key("auto.include.jmx.reporter", ALL, Rule::Nothing(any)),
    key("config.providers", ALL, Rule::Nothing(any)),
    key("bootstrap.controllers", ADMIN, Rule::Refused("set bootstrap.servers")),
];

const JAVA_CLASS: &str = "it names a Java class: use SASL PLAIN or SCRAM by sasl.jaas.config";
const KERBEROS: &str = "Kerberos is not built in: use SASL PLAIN or SCRAM, or TLS client certificates";
const OAUTH: &str = "OAUTHBEARER is not built in: use SASL PLAIN or SCRAM, or TLS client certificates";

/// A client's properties, translated.
pub struct Mapped {
    /// What librdkafka is given.
    pub config: ClientConfig,
    /// Keys that this project reads itself, by their Java name: `max.poll.records` …
    pub own: BTreeMap<&'static str, String>,
}

impl Mapped {
    /// A number that this project reads itself; `default` if it is not set.
    pub fn own_number(&self, java: &str, default: u64) -> Result<u64, BrokerError> {
        match self.own.get(java) {
            None => Ok(default),
            Some(text) => text.trim().parse().map_err(|_| wrong(java, text, "it is no whole number")),
        }
    }
}

/// Translates the properties of one client; `bootstrap` is the worker's `bootstrap.servers`.
///
/// Order, as in Connect: defaults, then the worker's, then the connector's overrides.
pub fn map(kind: ClientKind, bootstrap: &str, spec: &ClientSpec) -> Result<Mapped, BrokerError> {
    check_overrides(kind, spec)?;
    let mut java: BTreeMap<&str, &str> = kind.defaults().iter().copied().collect();
    java.insert("bootstrap.servers", bootstrap);
    java.insert("client.id", &spec.client_id);
    java.extend(spec.worker.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    java.extend(spec.overrides.iter().map(|(name, value)| (name.as_str(), value.as_str())));

    let mut mapped = Mapped { config: ClientConfig::new(), own: BTreeMap::new() };
    for (name, value) in kind.tuning() {
        mapped.config.set(*name, *value);
    }
    if kind == ClientKind::Consumer {
        mapped.config.set("enable.auto.commit", "false");
    }
    for (name, value) in &java {
        if let Some(key) = find(name, kind) {
            apply(key, value, &mut mapped)?;
        }
    }
    security::apply(&java, &mut mapped.config)?;
    Ok(mapped)
}

/// Fails for an override that is no client property at all: a misspelt one would otherwise do nothing, unnoticed.
pub fn check_overrides(kind: ClientKind, spec: &ClientSpec) -> Result<(), BrokerError> {
    for name in spec.overrides.keys() {
        if find(name, kind).is_none() && !name.starts_with("metrics.context.") {
            let text = format!("`{name}` is no property of a Kafka {kind:?} client that is known here; remove the override");
            return Err(BrokerError::new(ErrorKind::Config, text));
        }
    }
    Ok(())
}

fn find(name: &str, kind: ClientKind) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.java == name && key.clients & kind.bit() != 0)
}

fn apply(key: &Key, value: &str, mapped: &mut Mapped) -> Result<(), BrokerError> {
    let value = value.trim();
    match &key.rule {
        Rule::As(name) => {
            mapped.config.set(*name, value);
        }
        Rule::With(name, convert) => {
            let text = convert(value).map_err(|why| wrong(key.java, value, &why))?;
            mapped.config.set(*name, text);
        }
        Rule::Own => {
            mapped.own.insert(key.java, value.to_owned());
        }
        Rule::Nothing(check) => {
            check(value).map_err(|why| wrong(key.java, value, &why))?;
            tracing::debug!(key = key.java, "this client property has no meaning here and is passed over");
        }
        Rule::Refused(remedy) if !value.is_empty() => return Err(wrong(key.java, value, remedy)),
        Rule::Refused(_) | Rule::Security => {}
    }
    if key.java == "metadata.max.age.ms" {
        mapped.own.insert(key.java, value.to_owned());
    }
    Ok(())
}

/// The error for a property that cannot be followed.
pub(super) fn wrong(java: &str, value: &str, why: &str) -> BrokerError {
    BrokerError::new(ErrorKind::Config, format!("the client property `{java}`=`{value}` cannot be used: {why}"))
}

fn any(value: &str) -> Result<String, String> {
    Ok(value.to_owned())
}

fn lower_case(value: &str) -> Result<String, String> {
    Ok(value.to_ascii_lowercase())
}

fn number(value: &str) -> Result<i64, String> {
    value.parse().map_err(|_| "it is no whole number".to_owned())
}

fn no_negative(value: &str) -> Result<String, String> {
    Ok(number(value)?.max(0).to_string())
}

fn positive(value: &str) -> Result<String, String> {
    Ok(number(value)?.max(1).to_string())
}

fn kibibytes(value: &str) -> Result<String, String> {
    let bytes = number(value)?.max(1);
    Ok((bytes / 1024 + i64::from(bytes % 1024 != 0)).to_string())
}

/// librdkafka looks at most every hour.
fn metadata_age(value: &str) -> Result<String, String> {
    Ok(number(value)?.clamp(1, 3_600_000).to_string())
}

fn socket_timeout(value: &str) -> Result<String, String> {
    Ok(number(value)?.clamp(1_000, 300_000).to_string())
}

fn setup_timeout(value: &str) -> Result<String, String> {
    Ok(number(value)?.clamp(1_000, 2_147_483_647).to_string())
}

fn only_false(value: &str) -> Result<String, String> {
    if value.eq_ignore_ascii_case("false") { any(value) } else { Err("only `false` works: the worker commits itself".to_owned()) }
}

fn ignore_keys(value: &str) -> Result<String, String> {
    let ignore = value.eq_ignore_ascii_case("true");
    Ok(if ignore { "random" } else { "murmur2_random" }.to_owned())
}

fn offset_reset(value: &str) -> Result<String, String> {
    match value.to_ascii_lowercase().as_str() {
        "none" => Ok("error".to_owned()),
        known @ ("earliest" | "latest") => Ok(known.to_owned()),
        _ => Err("it must be `earliest`, `latest` or `none`".to_owned()),
    }
}

fn endpoint_check(value: &str) -> Result<String, String> {
    Ok(if value.is_empty() { "none" } else { value }.to_ascii_lowercase())
}

fn modern_tls(value: &str) -> Result<String, String> {
    if value.is_empty() || value.contains("TLSv1.2") || value.contains("TLSv1.3") {
        any(value)
    } else {
        Err("TLSv1.2 and TLSv1.3 are what is spoken".to_owned())
    }
}

/// Java's default lists RangeAssignor and CooperativeStickyAssignor, which means range until all members know both; librdkafka
/// refuses to mix the two protocols, so a list with an eager assignor keeps its eager ones.
fn assignors(value: &str) -> Result<String, String> {
    let mut names = Vec::new();
    for class in value.split(',').map(str::trim).filter(|class| !class.is_empty()) {
        let simple = class.rsplit('.').next().unwrap_or(class);
        names.push(match simple {
            "RangeAssignor" | "range" => "range",
            "RoundRobinAssignor" | "roundrobin" => "roundrobin",
            "CooperativeStickyAssignor" | "cooperative-sticky" => "cooperative-sticky",
            "StickyAssignor" => return Err("use org.apache.kafka.clients.consumer.CooperativeStickyAssignor".to_owned()),
            _ => {
                return Err(format!(
                    "`{class}` is a Java class; RangeAssignor, RoundRobinAssignor and CooperativeStickyAssignor are known"
                ));
            }
        });
    }
    if names.iter().any(|name| *name != "cooperative-sticky") {
        names.retain(|name| *name != "cooperative-sticky");
    }
    Ok(names.join(","))
}

#[cfg(test)]
mod tests {
    use super::{ClientKind, KEYS, Mapped, map};
    use crate::broker::ClientSpec;

    fn mapped(kind: ClientKind, overrides: &[(&str, &str)]) -> Result<Mapped, String> {
        let mut spec = ClientSpec::named("c");
        spec.overrides = overrides.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        map(kind, "localhost:9092", &spec).map_err(|error| error.to_string())
    }

    #[test]
    fn every_name_given_to_librdkafka_is_known_to_it() {
        for kind in [ClientKind::Producer, ClientKind::Consumer, ClientKind::Admin] {
            let mut config = mapped(kind, &[]).unwrap().config;
            config.set("group.id", "g");
            config.create_native_config().unwrap();
        }
        for key in KEYS {
            if let super::Rule::As(name) | super::Rule::With(name, _) = &key.rule {
                let mut config = rdkafka::ClientConfig::new();
                config.set(*name, "\u{0}");
                let error = config.create_native_config().err().map(|error| error.to_string()).unwrap_or_default();
                assert!(!error.contains("No such configuration property"), "{}: {error}", key.java);
            }
        }
    }

    #[test]
    fn values_are_rewritten() {
        let config = mapped(ClientKind::Producer, &[("buffer.memory", "1025"), ("linger.ms", "20")]).unwrap().config;
        assert_eq!(config.get("queue.buffering.max.kbytes"), Some("2"));
        assert_eq!(config.get("linger.ms"), Some("20"));
        assert_eq!(config.get("max.in.flight"), Some("1"));
        let java = "org.apache.kafka.clients.consumer.RangeAssignor, org.apache.kafka.clients.consumer.CooperativeStickyAssignor";
        let consumer =
            mapped(ClientKind::Consumer, &[("partition.assignment.strategy", java), ("auto.offset.reset", "none")]).unwrap();
        assert_eq!(consumer.config.get("partition.assignment.strategy"), Some("range"));
        assert_eq!(consumer.config.get("auto.offset.reset"), Some("error"));
        assert_eq!(consumer.own_number("max.poll.records", 0).unwrap(), 500);
    }

    #[test]
    fn what_has_no_equal_is_named() {
        for (key, value) in
            [("interceptor.classes", "a.B"), ("no.such.key", "1"), ("buffer.memory", "much"), ("sasl.mechanism", "GSSAPI")]
        {
            let error = mapped(ClientKind::Producer, &[(key, value)]).err().unwrap();
            assert!(error.contains(key), "{error}");
        }
    }

    #[test]
    fn unknown_keys_of_the_worker_are_passed_over() {
        let mut spec = ClientSpec::named("c");
        spec.worker.insert("schema.registry.url".into(), "x".into());
        spec.worker.insert("linger.ms".into(), "7".into());
        assert_eq!(map(ClientKind::Producer, "b:1", &spec).unwrap().config.get("linger.ms"), Some("7"));
    }
}
