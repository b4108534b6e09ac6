//! Topics and groups of a cluster.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, ResourceSpecifier};
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer as _};
use rdkafka::error::RDKafkaErrorCode as Code;
use rdkafka::{Offset, TopicPartitionList};

use super::context::PlainContext;
use super::failure::{from_code, translate};
use super::producer::offset_list;
use super::properties::{ClientKind, map};
use super::topic_creation::create_topic;
use super::{native, off_the_runtime};
use crate::broker::error::BrokerError;
use crate::broker::topic::{NewTopic, TopicDescription, TopicPartition, Watermarks};
use crate::broker::{Admin, ClientSpec};

/// Topics that Kafka keeps for itself (`org.apache.kafka.common.internals.Topic`).
const INTERNAL: [&str; 3] = ["__consumer_offsets", "__transaction_state", "__share_group_state"];

/// Whether a topic is Kafka's own.
pub fn is_internal(name: &str) -> bool {
    INTERNAL.contains(&name)
}

/// An admin client.
pub struct KafkaAdmin {
    client: Arc<AdminClient<PlainContext>>,
    config: ClientConfig,
    client_id: String,
    answer: Duration,
}

impl KafkaAdmin {
    /// Makes the client; nothing waits for the cluster.
    pub fn new(bootstrap: &str, spec: ClientSpec) -> Result<Self, BrokerError> {
        let mapped = map(ClientKind::Admin, bootstrap, &spec)?;
        let client: AdminClient<PlainContext> = mapped
            .config
            .create_with_context(PlainContext::new(&spec.client_id))
            .map_err(|error| translate("making a Kafka admin client", &error))?;
        let answer = Duration::from_millis(mapped.own_number("default.api.timeout.ms", 60_000)?);
        Ok(Self { client: Arc::new(client), config: mapped.config, client_id: spec.client_id, answer })
    }

    fn options(&self) -> AdminOptions {
        AdminOptions::new().request_timeout(Some(self.answer)).operation_timeout(Some(self.answer))
    }

    /// A consumer that only asks for, or sets, offsets of a group; it never joins it.
    fn outsider(&self, group: &str) -> Result<BaseConsumer<PlainContext>, BrokerError> {
        let mut config = self.config.clone();
        config.set("group.id", group).set("enable.auto.commit", "false");
        config
            .create_with_context(PlainContext::new(&self.client_id))
            .map_err(|error| translate(&format!("looking into group {group}"), &error))
    }

    /// A consumer that only asks for the ends of partitions, as its isolation level shows them.
    fn reader(&self, isolation: &str) -> Result<BaseConsumer<PlainContext>, BrokerError> {
        let mut config = self.config.clone();
        config.set("isolation.level", isolation);
        config
            .create_with_context(PlainContext::new(&self.client_id))
            .map_err(|error| translate("making a client that asks for the ends of partitions", &error))
    }
}

/// All partitions of the cluster.
fn existing(client: &AdminClient<PlainContext>, answer: Duration) -> Result<BTreeSet<TopicPartition>, BrokerError> {
    let partitions = |topic: TopicDescription| {
        let name = topic.name;
        topic.partitions.into_iter().map(move |id| TopicPartition::new(name.clone(), id))
    };
    Ok(topics(client, answer)?.into_iter().flat_map(partitions).collect())
}

/// All topics of the cluster. Asking for one by name would create it where the broker creates topics by itself.
fn topics(client: &AdminClient<PlainContext>, answer: Duration) -> Result<Vec<TopicDescription>, BrokerError> {
    let metadata = client.inner().fetch_metadata(None, answer).map_err(|error| translate("listing topics", &error))?;
    let mut found = Vec::with_capacity(metadata.topics().len());
    for topic in metadata.topics() {
        let mut partitions: Vec<i32> = topic.partitions().iter().map(|partition| partition.id()).collect();
        partitions.sort_unstable();
        found.push(TopicDescription {
            name: topic.name().to_owned(),
            partitions,
            replication_factor: topic.partitions().first().map_or(0, |partition| partition.replicas().len()),
            internal: is_internal(topic.name()),
            config: BTreeMap::new(),
        });
    }
    found.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(found)
}

#[async_trait]
impl Admin for KafkaAdmin {
    async fn list_topics(&self) -> Result<Vec<TopicDescription>, BrokerError> {
        let (client, answer) = (Arc::clone(&self.client), self.answer);
        off_the_runtime(move || topics(&client, answer)).await?
    }

    async fn describe_topics(&self, names: &[String]) -> Result<Vec<TopicDescription>, BrokerError> {
        let mut found = self.list_topics().await?;
        found.retain(|topic| names.contains(&topic.name));
        let resources: Vec<ResourceSpecifier<'_>> = found.iter().map(|topic| ResourceSpecifier::Topic(&topic.name)).collect();
        if resources.is_empty() {
            return Ok(found);
        }
        let answers = self
            .client
            .describe_configs(&resources, &self.options())
            .await
            .map_err(|error| translate("asking for topic configurations", &error))?;
        for (topic, answer) in found.iter_mut().zip(answers) {
            let resource = answer.map_err(|code| from_code("asking for topic configurations", code))?;
            topic.config =
                resource.entries.into_iter().filter_map(|entry| entry.value.map(|value| (entry.name, value))).collect();
        }
        Ok(found)
    }

    async fn create_topic(&self, topic: &NewTopic) -> Result<bool, BrokerError> {
        let (client, topic, answer) = (Arc::clone(&self.client), topic.clone(), self.answer);
        off_the_runtime(move || create_topic(client.inner(), &topic, answer)).await?
    }

    async fn delete_topics(&self, names: &[String]) -> Result<(), BrokerError> {
        let list: Vec<&str> = names.iter().map(String::as_str).collect();
        if list.is_empty() {
            return Ok(());
        }
        let answers =
            self.client.delete_topics(&list, &self.options()).await.map_err(|error| translate("deleting topics", &error))?;
        for answer in answers {
            match answer {
                Ok(_) | Err((_, Code::UnknownTopicOrPartition | Code::UnknownTopic)) => {}
                Err((name, code)) => return Err(from_code(&format!("deleting topic {name}"), code)),
            }
        }
        Ok(())
    }

    async fn watermarks(&self, partitions: &[TopicPartition]) -> Result<BTreeMap<TopicPartition, Watermarks>, BrokerError> {
        let (client, answer) = (Arc::clone(&self.client), self.answer);
        let partitions = partitions.to_vec();
        off_the_runtime(move || {
            let known = existing(&client, answer)?;
            let mut found = BTreeMap::new();
            for partition in partitions {
                if known.contains(&partition) {
                    let (start, end) = client
                        .inner()
                        .fetch_watermarks(&partition.topic, partition.partition, answer)
                        .map_err(|error| translate(&format!("asking for the offsets of {partition}"), &error))?;
                    found.insert(partition, Watermarks { start, end });
                }
            }
            Ok(found)
        })
        .await?
    }

    async fn ends(&self, partitions: &[TopicPartition], open: bool) -> Result<BTreeMap<TopicPartition, i64>, BrokerError> {
        let (client, answer) = (Arc::clone(&self.client), self.answer);
        let reader = self.reader(if open { "read_uncommitted" } else { "read_committed" })?;
        let partitions = partitions.to_vec();
        off_the_runtime(move || {
            let known = existing(&client, answer)?;
            let mut found = BTreeMap::new();
            for partition in partitions.into_iter().filter(|partition| known.contains(partition)) {
                let (_, end) = reader
                    .fetch_watermarks(&partition.topic, partition.partition, answer)
                    .map_err(|error| translate(&format!("asking for the end of {partition}"), &error))?;
                found.insert(partition, end);
            }
            Ok(found)
        })
        .await?
    }

    async fn group_members(&self, group: &str) -> Result<Vec<String>, BrokerError> {
        let (client, answer, name) = (Arc::clone(&self.client), self.answer, group.to_owned());
        let what = format!("asking for the members of group {group}");
        off_the_runtime(move || {
            let mut clients = native::group_members(client.inner(), &name, answer).map_err(|code| from_code(&what, code))?;
            clients.sort();
            Ok(clients)
        })
        .await?
    }

    async fn group_offsets(&self, group: &str) -> Result<BTreeMap<TopicPartition, i64>, BrokerError> {
        let outsider = self.outsider(group)?;
        let (client, answer) = (Arc::clone(&self.client), self.answer);
        let what = format!("asking for the offsets of group {group}");
        off_the_runtime(move || {
            let mut list = TopicPartitionList::new();
            for topic in topics(&client, answer)? {
                for partition in topic.partitions {
                    list.add_partition(&topic.name, partition);
                }
            }
            if list.count() == 0 {
                return Ok(BTreeMap::new());
            }
            let committed = outsider.committed_offsets(list, answer).map_err(|error| translate(&what, &error))?;
            let mut offsets = BTreeMap::new();
            for element in committed.elements() {
                if let Offset::Offset(offset) = element.offset() {
                    offsets.insert(TopicPartition::new(element.topic(), element.partition()), offset);
                }
            }
            Ok(offsets)
        })
        .await?
    }

    async fn alter_group_offsets(&self, group: &str, offsets: &BTreeMap<TopicPartition, Option<i64>>) -> Result<(), BrokerError> {
        let what = format!("changing the offsets of group {group}");
        let mut set = BTreeMap::new();
        let mut remove = TopicPartitionList::new();
        for (partition, offset) in offsets {
            match offset {
                Some(offset) => drop(set.insert(partition.clone(), *offset)),
                None => drop(remove.add_partition(&partition.topic, partition.partition)),
            }
        }
        let outsider = self.outsider(group)?;
        let set = offset_list(&set)?;
        let (client, answer, group) = (Arc::clone(&self.client), self.answer, group.to_owned());
        off_the_runtime(move || {
            if set.count() > 0 {
                outsider.commit(&set, CommitMode::Sync).map_err(|error| translate(&what, &error))?;
            }
            if remove.count() > 0 {
                native::delete_group_offsets(client.inner(), &group, &remove, answer).map_err(|code| from_code(&what, code))?;
            }
            Ok(())
        })
        .await?
    }

    async fn delete_group(&self, group: &str) -> Result<(), BrokerError> {
        let what = format!("deleting group {group}");
        let answers = self.client.delete_groups(&[group], &self.options()).await.map_err(|error| translate(&what, &error))?;
        match answers.into_iter().next() {
            Some(Err((_, Code::GroupIdNotFound))) | Some(Ok(_)) | None => Ok(()),
            Some(Err((_, code))) => Err(from_code(&what, code)),
        }
    }
}
