//! A configuration, read.

use std::collections::BTreeSet;
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use caisson_sdk::http::Timeouts;
use caisson_sdk::{Config, Error, clock};

use crate::keys;
use crate::resource::Naming;

/// How the cluster is spoken to.
#[derive(Debug, Clone)]
pub(crate) struct Connection {
    /// Without a slash at the end.
    pub(crate) urls: Vec<String>,
    /// The header's value.
    pub(crate) authorization: Option<String>,
    pub(crate) compression: bool,
    pub(crate) timeouts: Timeouts,
    pub(crate) retries: Retries,
}

/// How often something is done again, and after which waits.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Retries {
    pub(crate) most: usize,
    pub(crate) first_wait: Duration,
}

/// When bulk requests are sent.
#[derive(Debug, Clone)]
pub(crate) struct Batching {
    pub(crate) operations: usize,
    pub(crate) bytes: usize,
    pub(crate) linger: i64,
    pub(crate) in_flight: usize,
    pub(crate) buffered: usize,
    pub(crate) patience: i64,
}

/// What is done with a record that has no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NullValues {
    Fail,
    Ignore,
    Delete,
}

/// What is done with a document that the server refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MalformedDocuments {
    Fail,
    Ignore,
    Warn,
}

/// How records become documents.
#[derive(Debug, Clone)]
pub(crate) struct Conversion {
    pub(crate) naming: Naming,
    /// Documents are added to data streams, never replaced.
    pub(crate) data_stream: bool,
    pub(crate) timestamp_fields: Vec<String>,
    pub(crate) key_ignored: Topics,
    pub(crate) schema_ignored: Topics,
    pub(crate) compact_maps: bool,
    pub(crate) generated_ids: bool,
    pub(crate) version_header: Option<String>,
    pub(crate) null_values: NullValues,
    pub(crate) upsert: bool,
    /// How often the server itself tries to change a document again.
    pub(crate) retry_on_conflict: usize,
}

/// All topics, or some.
#[derive(Debug, Clone)]
pub(crate) enum Topics {
    All,
    These(BTreeSet<String>),
}

impl Topics {
    pub(crate) fn have(&self, topic: &str) -> bool {
        match self {
            Self::All => true,
            Self::These(topics) => topics.contains(topic),
        }
    }
}

/// All of it.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) connection: Connection,
    pub(crate) batching: Batching,
    pub(crate) conversion: Conversion,
    pub(crate) drop_invalid: bool,
    pub(crate) malformed: MalformedDocuments,
    /// Whether the server's reasons may be told: they may quote documents.
    pub(crate) tell_reasons: bool,
}

impl Retries {
    /// The waits, each about twice as long as the one before.
    pub(crate) fn waits(self) -> ExponentialBackoff {
        let waits = ExponentialBuilder::default().with_min_delay(self.first_wait).with_max_times(self.most);
        waits.with_jitter_seed(clock::now_millis().unsigned_abs()).with_jitter().build()
    }
}

impl Settings {
    /// `ConfigException` for a key of the wrong type; what else may be wrong [`crate::checks`] has found.
    pub(crate) fn read(config: &Config) -> Result<Self, Error> {
        let upsert = word(config, keys::WRITE_METHOD)? == "UPSERT";
        let malformed = match word(config, keys::BEHAVIOR_ON_MALFORMED_DOCUMENTS)?.as_str() {
            "IGNORE" => MalformedDocuments::Ignore,
            "WARN" => MalformedDocuments::Warn,
            _ => MalformedDocuments::Fail,
        };
        Ok(Self {
            connection: connection(config)?,
            batching: batching(config, upsert)?,
            conversion: conversion(config, upsert)?,
            drop_invalid: config.boolean(keys::DROP_INVALID_MESSAGE)?,
            malformed,
            tell_reasons: config.boolean(keys::LOG_SENSITIVE_DATA)?,
        })
    }
}

fn connection(config: &Config) -> Result<Connection, Error> {
    let urls = config.list(keys::CONNECTION_URL)?.iter().map(|url| url.trim_end_matches('/').to_owned()).collect();
    let user = config.optional_string(keys::CONNECTION_USERNAME)?.zip(config.optional_string(keys::CONNECTION_PASSWORD)?);
    let authorization = user.map(|(user, password)| format!("Basic {}", STANDARD.encode(format!("{user}:{password}"))));
    // In Java a timeout of 0 is none.
    let timeout = |key| Ok::<_, Error>(Some(Duration::from_millis(unsigned(config.long(key)?))).filter(|time| !time.is_zero()));
    let read = timeout(keys::READ_TIMEOUT)?;
    Ok(Connection {
        urls,
        authorization,
        compression: config.boolean(keys::CONNECTION_COMPRESSION)?,
        timeouts: Timeouts { connect: timeout(keys::CONNECTION_TIMEOUT)?, first_byte: read, between_bytes: read },
        retries: Retries {
            most: count(config.int(keys::MAX_RETRIES)?),
            first_wait: Duration::from_millis(unsigned(config.long(keys::RETRY_BACKOFF)?)),
        },
    })
}

fn batching(config: &Config, upsert: bool) -> Result<Batching, Error> {
    // Without versions it is the order of requests that says what a document is in the end.
    let in_flight = if upsert { 1 } else { count(config.int(keys::MAX_IN_FLIGHT)?) };
    Ok(Batching {
        operations: count(config.int(keys::BATCH_SIZE)?),
        bytes: usize::try_from(config.int(keys::BULK_SIZE_BYTES)?).unwrap_or(usize::MAX),
        linger: config.long(keys::LINGER)?,
        in_flight,
        buffered: count(config.int(keys::MAX_BUFFERED)?),
        patience: config.long(keys::FLUSH_TIMEOUT)?,
    })
}

fn conversion(config: &Config, upsert: bool) -> Result<Conversion, Error> {
    let external = word(config, keys::EXTERNAL_RESOURCE_USAGE)?;
    let type_ = word(config, keys::DATA_STREAM_TYPE)?;
    let naming = if external != "DISABLED" {
        let entries = config.list(keys::EXTERNAL_RESOURCES)?.iter().filter_map(|entry| entry.split_once(':'));
        Naming::External(entries.map(|(topic, name)| (topic.trim().to_owned(), name.trim().to_owned())).collect())
    } else if type_ != "NONE" {
        let (dataset, namespace) = (config.string(keys::DATA_STREAM_DATASET)?, config.string(keys::DATA_STREAM_NAMESPACE)?);
        Naming::DataStream(type_.to_lowercase(), dataset.to_owned(), namespace.to_owned())
    } else {
        Naming::Index
    };
    let null_values = match word(config, keys::BEHAVIOR_ON_NULL_VALUES)?.as_str() {
        "IGNORE" => NullValues::Ignore,
        "DELETE" => NullValues::Delete,
        _ => NullValues::Fail,
    };
    let topics = |all, some| {
        Ok::<_, Error>(match config.boolean(all)? {
            true => Topics::All,
            false => Topics::These(config.list(some)?.iter().cloned().collect()),
        })
    };
    Ok(Conversion {
        data_stream: matches!(naming, Naming::DataStream(..)) || external.ends_with("DATASTREAM"),
        naming,
        timestamp_fields: config.list(keys::DATA_STREAM_TIMESTAMP)?.to_vec(),
        key_ignored: topics(keys::KEY_IGNORE, keys::TOPIC_KEY_IGNORE)?,
        schema_ignored: topics(keys::SCHEMA_IGNORE, keys::TOPIC_SCHEMA_IGNORE)?,
        compact_maps: config.boolean(keys::COMPACT_MAP_ENTRIES)?,
        generated_ids: config.boolean(keys::USE_AUTOGENERATED_IDS)?,
        version_header: Some(config.string(keys::EXTERNAL_VERSION_HEADER)?.to_owned()).filter(|name| !name.is_empty()),
        null_values,
        upsert,
        retry_on_conflict: count(config.int(keys::MAX_IN_FLIGHT)?).min(5),
    })
}

/// The value of a key that is one of several words, in capitals.
pub(crate) fn word(config: &Config, key: &str) -> Result<String, Error> {
    Ok(config.string(key)?.to_uppercase())
}

/// The keys have checks against negative numbers.
fn count(number: i32) -> usize {
    usize::try_from(number).unwrap_or(0)
}

fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
