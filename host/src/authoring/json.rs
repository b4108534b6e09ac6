//! Records as JSON, through the project's own converters.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::authoring::guest::Guest;
use crate::config::Props;
use crate::plugin::Kind;
use crate::record::consumed::{Consumed, ConsumedBatch};
use crate::record::index::Index;
use crate::record::serialised::Serialised;
use crate::sandbox::stages::{Chain, Failure, Role, StageSpec, Work};

const JSON: &str = "org.apache.kafka.connect.json.JsonConverter";
const HEADERS: &str = "org.apache.kafka.connect.storage.SimpleHeaderConverter";
/// The topic of records that name none.
pub const TOPIC: &str = "test";

/// A record as an author writes it. Key and value are plain JSON, or with schemas `{"schema": …, "payload": …}` as JsonConverter has
/// it; headers are text.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JsonRecord {
    /// Its topic; `test` unless named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    /// Its partition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partition: Option<i32>,
    /// Milliseconds since the epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<i64>,
    /// Its key.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub key: Value,
    /// Its value; null is a tombstone.
    #[serde(default)]
    pub value: Value,
    /// Its headers, by name.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub headers: Map<String, Value>,
}

impl JsonRecord {
    /// Whether `made` has everything that this record names.
    pub fn is_in(&self, made: &Self) -> bool {
        let names = |mine: bool, same: bool| !mine || same;
        self.key == made.key
            && self.value == made.value
            && names(self.topic.is_some(), self.topic == made.topic)
            && names(self.partition.is_some(), self.partition == made.partition)
            && names(self.timestamp.is_some(), self.timestamp == made.timestamp)
            && names(!self.headers.is_empty(), self.headers == made.headers)
    }
}

/// Turns JSON into data and back. One for records with schemas, another for those without.
pub struct JsonFormat {
    inward: Chain,
    outward: Chain,
}

impl JsonFormat {
    /// Opens the converters.
    ///
    /// # Errors
    /// When the binary was built without them.
    pub async fn open(guest: &Guest, schemas: bool) -> anyhow::Result<Self> {
        let json = guest.built_in(Kind::Converter, JSON)?;
        let headers = guest.built_in(Kind::HeaderConverter, HEADERS)?;
        let stage = |work: fn(Role) -> Work, role: Role, name: &str| {
            let plugin = if role == Role::Header { &headers } else { &json };
            let mut config = Props::new();
            config.insert("converter.type".to_owned(), name.to_owned());
            if role != Role::Header {
                config.insert("schemas.enable".to_owned(), schemas.to_string());
            }
            StageSpec { plugin: plugin.clone(), work: work(role), config, predicate: None }
        };
        let all = |work: fn(Role) -> Work| {
            [stage(work, Role::Key, "key"), stage(work, Role::Value, "value"), stage(work, Role::Header, "header")]
        };
        let inward = guest.open_chain(&all(Work::ToConnect)).await?;
        let outward = guest.open_chain(&all(Work::FromConnect)).await?;
        Ok(Self { inward, outward })
    }

    /// The batch of these records, and how many it has. Records are numbered from 0, and have offsets from 0.
    ///
    /// # Errors
    /// Names the record that is not what its schema says.
    pub async fn batch(&mut self, records: &[JsonRecord]) -> anyhow::Result<Vec<u8>> {
        let consumed = consumed(records)?;
        let outcome = self.inward.apply(&consumed, records.len()).await?;
        if let Some(failure) = outcome.failed.first() {
            anyhow::bail!("record {}: {}", failure.id, failure.failure.message);
        }
        Ok(outcome.batch.to_vec())
    }

    /// The records of a batch, with their ids. A record without a JSON form is among the failures.
    ///
    /// # Errors
    /// For a batch that breaks the contract.
    pub async fn records(&mut self, batch: &[u8]) -> anyhow::Result<(Vec<(u32, JsonRecord)>, Vec<Failure>)> {
        let given = Index::of(batch)?.len();
        let outcome = self.outward.apply(batch, given).await?;
        let index = Index::of(&outcome.batch)?;
        let mut records = Vec::new();
        for entry in index.entries() {
            records.push((entry.id, plain(&Serialised::read(&outcome.batch, entry)?)?));
        }
        Ok((records, outcome.failed))
    }
}

fn consumed(records: &[JsonRecord]) -> anyhow::Result<Vec<u8>> {
    let mut batch = ConsumedBatch::default();
    for (offset, record) in (0..).zip(records) {
        let bytes = |value: &Value| if value.is_null() { Ok(None) } else { serde_json::to_vec(value).map(Some) };
        let (key, value) = (bytes(&record.key)?, bytes(&record.value)?);
        let header = |value: &Value| match value {
            Value::Null => None,
            Value::String(text) => Some(text.clone().into_bytes()),
            other => Some(other.to_string().into_bytes()),
        };
        let headers: Vec<_> = record.headers.iter().map(|(name, value)| (name, header(value))).collect();
        let record = Consumed {
            topic: record.topic.as_deref().unwrap_or(TOPIC),
            partition: record.partition.unwrap_or_default(),
            offset,
            timestamp: record.timestamp,
            timestamp_type: 1,
            key: key.as_deref(),
            value: value.as_deref(),
        };
        batch.push(&record, headers.iter().map(|(name, value)| (name.as_str(), value.as_deref())));
    }
    Ok(batch.to_batch().0)
}

fn plain(record: &Serialised<'_>) -> anyhow::Result<JsonRecord> {
    let value = |bytes: Option<&[u8]>| bytes.map_or(Ok(Value::Null), serde_json::from_slice);
    let mut headers = Map::new();
    for header in record.headers.clone() {
        let (name, value) = header?;
        let text = value.map_or(Value::Null, |bytes| String::from_utf8_lossy(bytes).into_owned().into());
        headers.insert(name.to_owned(), text);
    }
    Ok(JsonRecord {
        topic: Some(record.topic.to_owned()),
        partition: record.partition,
        timestamp: record.timestamp,
        key: value(record.key)?,
        value: value(record.value)?,
        headers,
    })
}
