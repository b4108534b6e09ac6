//! Topics and groups of the local log.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use async_trait::async_trait;
use tokio::sync::oneshot;

use super::append::Work;
use super::layout::{group_key, read_offset_key};
use super::log::{Log, lock};
use super::topic::Topic;
use crate::broker::Admin;
use crate::broker::error::{BrokerError, ErrorKind};
use crate::broker::topic::{NewTopic, TopicDescription, TopicPartition, Watermarks};

/// An admin client of the local log.
pub struct LocalAdmin {
    log: Arc<Log>,
}

impl LocalAdmin {
    /// For this log.
    pub fn new(log: Arc<Log>) -> Self {
        Self { log }
    }

    async fn off_the_runtime<T: Send + 'static>(
        &self,
        call: impl FnOnce(&Log) -> Result<T, BrokerError> + Send + 'static,
    ) -> Result<T, BrokerError> {
        let log = Arc::clone(&self.log);
        let called = tokio::task::spawn_blocking(move || call(&log)).await;
        called.map_err(|error| BrokerError::new(ErrorKind::Closed, format!("a call to the local log was cut off: {error}")))?
    }

    fn without_members(&self, group: &str) -> Result<(), BrokerError> {
        if lock(&self.log.groups).active(group) {
            let text = format!("group {group} has members: stop the connector or consumer first");
            return Err(BrokerError::new(ErrorKind::Rebalance, text));
        }
        Ok(())
    }
}

fn describe(topic: &Topic, config: bool) -> TopicDescription {
    TopicDescription {
        name: topic.name.to_string(),
        partitions: (0..topic.record.partitions).collect(),
        replication_factor: 1,
        internal: false,
        config: if config { topic.config() } else { BTreeMap::new() },
    }
}

fn offsets_of(log: &Log, group: &str) -> Result<BTreeMap<TopicPartition, i64>, BrokerError> {
    let prefix = group_key(group);
    let mut found = BTreeMap::new();
    for item in log.store.offsets.prefix(&prefix) {
        let (key, value) = item.into_inner().map_err(|error| log.store.failure(&error))?;
        let partition = key.strip_prefix(prefix.as_slice()).and_then(read_offset_key);
        if let (Some((topic, partition)), Some(offset)) = (partition, value.first_chunk()) {
            found.insert(TopicPartition { topic, partition }, i64::from_be_bytes(*offset));
        }
    }
    Ok(found)
}

#[async_trait]
impl Admin for LocalAdmin {
    async fn list_topics(&self) -> Result<Vec<TopicDescription>, BrokerError> {
        Ok(self.log.topics().iter().map(|topic| describe(topic, false)).collect())
    }

    async fn describe_topics(&self, names: &[String]) -> Result<Vec<TopicDescription>, BrokerError> {
        let topics = self.log.topics();
        Ok(topics
            .iter()
            .filter(|topic| names.iter().any(|name| **name == *topic.name))
            .map(|topic| describe(topic, true))
            .collect())
    }

    async fn create_topic(&self, topic: &NewTopic) -> Result<bool, BrokerError> {
        let topic = topic.clone();
        self.off_the_runtime(move |log| log.create_topic(&topic)).await
    }

    async fn delete_topics(&self, names: &[String]) -> Result<(), BrokerError> {
        let names = names.to_vec();
        self.off_the_runtime(move |log| {
            for name in names {
                log.delete_topic(&name)?;
            }
            Ok(())
        })
        .await
    }

    async fn watermarks(&self, partitions: &[TopicPartition]) -> Result<BTreeMap<TopicPartition, Watermarks>, BrokerError> {
        let mut found = BTreeMap::new();
        for partition in partitions {
            let topic = self.log.topic(&partition.topic);
            if let Some(place) = topic.as_ref().and_then(|topic| topic.partition(partition.partition)) {
                let extent = Watermarks { start: place.start.load(Ordering::Acquire), end: place.end.load(Ordering::Acquire) };
                found.insert(partition.clone(), extent);
            }
        }
        Ok(found)
    }

    /// A transaction comes into the log whole when it is over, so none holds readers back.
    async fn ends(&self, partitions: &[TopicPartition], _open: bool) -> Result<BTreeMap<TopicPartition, i64>, BrokerError> {
        let found = self.watermarks(partitions).await?;
        Ok(found.into_iter().map(|(partition, extent)| (partition, extent.end)).collect())
    }

    async fn group_members(&self, group: &str) -> Result<Vec<String>, BrokerError> {
        let mut clients = lock(&self.log.groups).clients(group);
        clients.sort();
        Ok(clients)
    }

    async fn group_offsets(&self, group: &str) -> Result<BTreeMap<TopicPartition, i64>, BrokerError> {
        let group = group.to_owned();
        self.off_the_runtime(move |log| offsets_of(log, &group)).await
    }

    async fn alter_group_offsets(&self, group: &str, offsets: &BTreeMap<TopicPartition, Option<i64>>) -> Result<(), BrokerError> {
        self.without_members(group)?;
        let offsets = offsets.iter().map(|(partition, offset)| (group.to_owned(), partition.clone(), *offset)).collect();
        let (tell, told) = oneshot::channel();
        let work = Work { parts: Vec::new(), offsets };
        self.log.queue.submit(work, Box::new(move |_, fate| drop(tell.send(fate.map(drop)))));
        told.await.unwrap_or_else(|_| Err(BrokerError::new(ErrorKind::Closed, "the local log is closed")))
    }

    async fn delete_group(&self, group: &str) -> Result<(), BrokerError> {
        let all = self.group_offsets(group).await?;
        self.alter_group_offsets(group, &all.into_keys().map(|partition| (partition, None)).collect()).await
    }
}
