//! The configuration of a worker, standalone or of a cluster.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::connector::overrides::OverridePolicy;
use super::definition::ConfigDef;
use super::providers::ConfigProviders;
use super::sandbox::Limits;
use super::value::{ConfigError, Value};
use super::{Props, distributed_keys, worker_keys};

/// The file of source offsets.
pub const OFFSET_FILE: &str = "offset.storage.file.filename";

/// Every key that a standalone worker understands.
pub fn definition() -> ConfigDef {
    worker_keys::standalone()
}

/// A worker's properties, checked. Keys that are not defined are kept: they are settings of clients and converters.
#[derive(Debug, Clone)]
pub struct WorkerConfig {
    props: Props,
    values: BTreeMap<String, Value>,
    sandbox: Limits,
    override_policy: OverridePolicy,
    providers: ConfigProviders,
}

impl WorkerConfig {
    /// Checks a worker's properties, references in them followed. The error names the first key that is wrong.
    pub fn standalone(props: Props) -> Result<Self, ConfigError> {
        Self::checked(props, &definition())
    }

    /// Checks the properties of a worker of a cluster, references in them followed. The error names the first key that is wrong.
    pub fn distributed(props: Props) -> Result<Self, ConfigError> {
        let config = Self::checked(props, &distributed_keys::distributed())?;
        distributed_keys::check(&config.props)?;
        Ok(config)
    }

    /// Checks the properties of a worker of either kind: one with a `group.id` is of a cluster.
    pub fn of_either_kind(props: Props) -> Result<Self, ConfigError> {
        match props.contains_key("group.id") {
            true => Self::distributed(props),
            false => Self::standalone(props),
        }
    }

    fn checked(props: Props, definition: &ConfigDef) -> Result<Self, ConfigError> {
        let providers = ConfigProviders::of_worker(&props)?;
        let props = providers.resolve(&props)?;
        let values = definition.parse(&props)?;
        let sandbox = Limits::of_worker(&props)?;
        let text = |key: &str| values.get(key).and_then(Value::as_str).unwrap_or_default();
        let allowlist = values.get("connector.client.config.override.allowlist").map(|list| list.as_list().to_vec());
        let override_policy =
            OverridePolicy::from_name(text("connector.client.config.override.policy"), allowlist.unwrap_or_default())?;
        Ok(Self { props, values, sandbox, override_policy, providers })
    }

    /// All properties as the user wrote them, references in them followed.
    pub fn all(&self) -> &Props {
        &self.props
    }

    /// The properties whose key starts with `prefix` (such as `producer.`), without it.
    pub fn with_prefix(&self, prefix: &str) -> Props {
        super::with_prefix(&self.props, prefix)
    }

    /// Brokers of the Kafka cluster; none: topics are kept in the local log.
    pub fn bootstrap_servers(&self) -> Option<String> {
        let servers = self.list("bootstrap.servers").join(",");
        (!servers.is_empty()).then_some(servers)
    }

    /// Folder of the local log.
    pub fn local_log_dir(&self) -> PathBuf {
        match self.text("local.log.dir") {
            Some(dir) => PathBuf::from(dir),
            None => self.offset_file().parent().unwrap_or(Path::new("")).join("caisson-log"),
        }
    }

    /// The file of source offsets.
    pub fn offset_file(&self) -> PathBuf {
        PathBuf::from(self.text(OFFSET_FILE).unwrap_or_default())
    }

    /// Where the REST API listens, as URLs.
    pub fn listeners(&self) -> &[String] {
        self.list("listeners")
    }

    /// Where the admin endpoints are served, as URLs: none set, on `listeners`; an empty list, nowhere.
    pub fn admin_listeners(&self) -> Option<&[String]> {
        self.optional_list("admin.listeners")
    }

    /// The host that other workers and statuses should name; none: the machine's own.
    pub fn advertised_host(&self) -> Option<&str> {
        self.text("rest.advertised.host.name")
    }

    /// The port that other workers and statuses should name; none: the listener's own.
    pub fn advertised_port(&self) -> Option<u16> {
        self.number("rest.advertised.port").and_then(|port| u16::try_from(port).ok())
    }

    /// `plugin.path`, comma separated as it was given.
    pub fn plugin_path(&self) -> String {
        self.list("plugin.path").join(",")
    }

    /// The plugins that are offered: class names, or beginnings of them with `*` behind; none: all.
    pub fn plugin_allowlist(&self) -> Option<&[String]> {
        self.optional_list(worker_keys::PLUGIN_ALLOWLIST)
    }

    /// What is logged, in the syntax of `RUST_LOG`.
    pub fn log_level(&self) -> &str {
        self.text("log.level").unwrap_or("info")
    }

    /// How often offsets are stored or committed.
    pub fn offset_flush_interval(&self) -> Duration {
        self.millis("offset.flush.interval.ms")
    }

    /// How long one such round may take.
    pub fn offset_flush_timeout(&self) -> Duration {
        self.millis("offset.flush.timeout.ms")
    }

    /// How long all tasks together may take to stop.
    pub fn graceful_shutdown_timeout(&self) -> Duration {
        self.millis("task.shutdown.graceful.timeout.ms")
    }

    /// Whether topics of sources are created (KIP-158).
    pub fn topic_creation(&self) -> bool {
        self.flag("topic.creation.enable")
    }

    /// Whether the topics of connectors are listed (KIP-558).
    pub fn topic_tracking(&self) -> bool {
        self.flag("topic.tracking.enable")
    }

    /// Whether that list may be emptied.
    pub fn topic_tracking_reset(&self) -> bool {
        self.flag("topic.tracking.allow.reset")
    }

    /// The `group.id` of a cluster, whatever its `exactly.once.source.support`; none: the worker is standalone.
    pub fn cluster(&self) -> Option<&str> {
        self.text("group.id")
    }

    /// The `group.id` of a cluster whose sources write exactly once (KIP-618); none: they write at least once.
    pub fn exactly_once(&self) -> Option<&str> {
        let support = self.text(distributed_keys::EXACTLY_ONCE).unwrap_or_default();
        self.cluster().filter(|_| support.trim().eq_ignore_ascii_case("enabled"))
    }

    /// Which client settings connectors may override.
    pub fn override_policy(&self) -> &OverridePolicy {
        &self.override_policy
    }

    /// What follows references in configurations.
    pub fn providers(&self) -> &ConfigProviders {
        &self.providers
    }

    /// What plugins may use.
    pub fn sandbox_limits(&self) -> &Limits {
        &self.sandbox
    }

    /// Folders below which connectors may name files; none: anywhere.
    pub fn file_roots(&self) -> Option<&[String]> {
        self.optional_list("sandbox.files.roots")
    }

    /// Hosts that connectors may name; none: any.
    pub fn hosts(&self) -> Option<&[String]> {
        self.optional_list("sandbox.hosts")
    }

    /// Folder for compiled plugins, if one is set.
    pub fn cache_dir(&self) -> Option<PathBuf> {
        self.text("sandbox.cache.dir").map(PathBuf::from)
    }

    /// The text of a STRING or CLASS key; none when it is null.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.values.get(key).and_then(Value::as_str)
    }

    /// The number of an INT, SHORT or LONG key; none when it is null.
    pub fn int(&self, key: &str) -> Option<i64> {
        self.number(key)
    }

    /// The milliseconds of an INT or LONG key.
    pub fn duration(&self, key: &str) -> Duration {
        self.millis(key)
    }

    /// The items of a LIST key.
    pub fn list(&self, key: &str) -> &[String] {
        self.values.get(key).map(Value::as_list).unwrap_or_default()
    }

    fn optional_list(&self, key: &str) -> Option<&[String]> {
        match self.values.get(key) {
            Some(Value::List(items)) => Some(items),
            _ => None,
        }
    }

    fn number(&self, key: &str) -> Option<i64> {
        self.values.get(key).and_then(Value::as_i64)
    }

    fn millis(&self, key: &str) -> Duration {
        Duration::from_millis(self.number(key).and_then(|ms| u64::try_from(ms).ok()).unwrap_or_default())
    }

    fn flag(&self, key: &str) -> bool {
        self.values.get(key).and_then(Value::as_bool).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn props(pairs: &[(&str, &str)]) -> Props {
        let required = [("key.converter", "K"), ("value.converter", "V"), (OFFSET_FILE, "/d/offsets")];
        required.iter().chain(pairs).map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn defaults_are_kafkas() {
        let config = WorkerConfig::standalone(props(&[])).unwrap();
        assert_eq!(config.listeners(), ["http://:8083"]);
        assert_eq!(config.offset_flush_interval(), Duration::from_secs(60));
        assert_eq!(config.bootstrap_servers(), None);
        assert_eq!(config.local_log_dir(), PathBuf::from("/d/caisson-log"));
        let cluster_keys = [("exactly.once.source.support", "enabled"), ("group.id", "g")];
        assert_eq!(WorkerConfig::standalone(props(&cluster_keys)).unwrap().exactly_once(), None);
        assert_eq!(config.file_roots(), None);
        assert_eq!(config.with_prefix("offset.storage.file."), Props::from([("filename".into(), "/d/offsets".into())]));
    }

    #[test]
    fn a_worker_of_a_cluster_has_kafkas_keys() {
        let least = [
            ("bootstrap.servers", "b:9092"),
            ("group.id", "g"),
            ("config.storage.topic", "c"),
            ("offset.storage.topic", "o"),
            ("status.storage.topic", "s"),
            ("key.converter", "K"),
            ("value.converter", "V"),
        ];
        let with = |pairs: &[(&str, &str)]| {
            let all = least.iter().chain(pairs).map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
            WorkerConfig::distributed(all.collect())
        };
        let config = with(&[]).unwrap();
        assert_eq!(config.duration("scheduled.rebalance.max.delay.ms"), Duration::from_secs(300));
        assert_eq!(
            (config.int("offset.storage.partitions"), config.int("status.storage.replication.factor")),
            (Some(25), Some(3))
        );
        let error = |key, value| with(&[(key, value)]).unwrap_err().0;
        assert!(
            error("offset.storage.partitions", "0")
                .ends_with("Number of partitions must be positive, or -1 to use the broker's default")
        );
        assert!(error("connect.protocol", "shared").contains("connect.protocol"));
        assert!(
            error("inter.worker.signature.algorithm", "HmacMD5")
                .contains("must be present in inter.worker.verification.algorithms")
        );
        let once = |value| with(&[("exactly.once.source.support", value)]).unwrap().exactly_once().map(str::to_owned);
        assert_eq!((once("Enabled").as_deref(), once("preparing"), once("disabled")), (Some("g"), None, None));
        let eager = with(&[("exactly.once.source.support", "preparing"), ("connect.protocol", "eager")]).unwrap_err().0;
        assert!(eager.contains("connect.protocol"), "{eager}");
        assert_eq!(WorkerConfig::of_either_kind(config.all().clone()).unwrap().int("offset.storage.partitions"), Some(25));
        assert!(WorkerConfig::of_either_kind(props(&[])).is_ok());
        assert!(WorkerConfig::distributed(props(&[])).unwrap_err().0.contains("Missing required configuration"));
    }

    #[test]
    fn an_empty_list_of_roots_is_not_an_unset_one() {
        let config = WorkerConfig::standalone(props(&[("sandbox.files.roots", "")])).unwrap();
        assert_eq!(config.file_roots(), Some([].as_slice()));
    }

    #[test]
    fn wrong_keys_are_named() {
        let error = WorkerConfig::standalone(props(&[("offset.flush.interval.ms", "often")])).unwrap_err();
        assert_eq!(error.0, "Invalid value often for configuration offset.flush.interval.ms: Not a number of type LONG");
        let error = WorkerConfig::standalone(Props::new()).unwrap_err();
        assert!(error.0.starts_with("Missing required configuration"), "{error}");
        let error = WorkerConfig::standalone(props(&[("listeners", "8083")])).unwrap_err();
        assert!(error.0.contains("expected URL like"), "{error}");
    }
}
