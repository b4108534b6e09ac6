//! The topics that a cluster keeps its state in, as the worker's properties describe them.

use crate::config::worker::WorkerConfig;
use crate::storage::topic_log::{ClientKinds, TopicSpec};

use super::membership::clients;

/// Configurations of connectors and tasks.
pub fn configs(config: &WorkerConfig) -> TopicSpec {
    let mut spec = spec(config, "config", "config.storage.topic", "connector configurations", "configs");
    spec.partitions = 1;
    spec.single_partition = true;
    spec
}

/// Offsets of sources.
pub fn offsets(config: &WorkerConfig) -> TopicSpec {
    spec(config, "offset", "offset.storage.topic", "source connector offsets", "offsets")
}

/// Statuses of connectors and tasks.
pub fn statuses(config: &WorkerConfig) -> TopicSpec {
    spec(config, "status", "status.storage.topic", "connector and task statuses", "statuses")
}

fn spec(config: &WorkerConfig, prefix: &str, key: &'static str, holds: &'static str, client: &str) -> TopicSpec {
    let number = |end: &str| config.int(&format!("{prefix}.storage.{end}")).unwrap_or(-1);
    let mut settings = config.with_prefix(&format!("{prefix}.storage."));
    for own in ["topic", "partitions", "replication.factor", "cleanup.policy"] {
        settings.remove(own);
    }
    let group = config.text("group.id").unwrap_or_default();
    let base = config.text("client.id").filter(|id| !id.is_empty()).unwrap_or(group);
    TopicSpec {
        topic: config.text(key).unwrap_or_default().to_owned(),
        key,
        holds,
        partitions: i32::try_from(number("partitions")).unwrap_or(-1),
        replication_factor: i16::try_from(number("replication.factor")).unwrap_or(-1),
        settings,
        single_partition: false,
        client: clients(config, &format!("{base}-{client}")),
        kinds: ClientKinds::default(),
    }
}
