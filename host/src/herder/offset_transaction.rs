//! Offsets of a stopped source whose tasks write exactly once, changed as its tasks would: in a transaction (KIP-618, KIP-875; Kafka:
//! `Worker.modifySourceConnectorOffsets`).

use crate::broker::error::BrokerError;
use crate::broker::{ClientSpec, ProducerSpec};
use crate::config::connector::client_keys::Client;
use crate::config::{Props, with_prefix};
use crate::storage::offset_store::{Change, OffsetStoreError};
use crate::storage::status_store::TaskId;
use crate::storage::topic_log::{Appends, TopicLogError, WRITE_LIMIT};
use crate::task::environment::transactional_id;

use super::parts::Parts;

/// Stores offsets with the transactional id of the connector's first task, and returns when they can be read.
pub(super) async fn store(
    parts: &Parts,
    group: &str,
    name: &str,
    connector: &Props,
    changes: Vec<Change>,
) -> Result<(), OffsetStoreError> {
    let offsets = parts.offsets.of_connector(name, connector).await?;
    offsets.remove_copies(&changes).await?;
    let appends = Appends::default();
    let spec = ProducerSpec {
        client: ClientSpec {
            client_id: format!("connector-offset-producer-{name}"),
            worker: parts.config.with_prefix(Client::Producer.worker_prefix()),
            overrides: with_prefix(connector, Client::Producer.prefix()),
        },
        transactional_id: Some(transactional_id(group, &TaskId::new(name, 0))),
        on_ack: appends.callback(),
    };
    let topic = offsets.topic().unwrap_or_default();
    let written = async {
        let producer = parts.broker.producer(spec).await?;
        producer.init_transactions(WRITE_LIMIT).await?;
        producer.begin_transaction().await?;
        for (key, value) in offsets.records(changes.clone()) {
            appends.send(producer.as_ref(), topic, &key, value.as_deref()).await?;
        }
        producer.commit_transaction(WRITE_LIMIT).await
    };
    written.await.map_err(|error: BrokerError| TopicLogError::from(error))?;
    offsets.copy(changes).await;
    offsets.refresh(true).await
}
