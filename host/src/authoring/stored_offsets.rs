//! What a task may ask of the worker when there is none: source offsets that are kept in memory.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use minicbor::{Decoder, Encoder};

use crate::sandbox::context::{TaskContext, TopicPartition};
use crate::sandbox::error::PluginFailure;

/// Encoded source partitions and their encoded offsets; of a sink, its partitions and what it reported.
#[derive(Debug, Default)]
pub struct StoredOffsets {
    offsets: Mutex<HashMap<Vec<u8>, Vec<u8>>>,
    assignment: Vec<TopicPartition>,
    reported: Mutex<Vec<(u32, String)>>,
}

impl StoredOffsets {
    /// Of a sink task with these partitions.
    pub fn of_sink(assignment: Vec<TopicPartition>) -> Self {
        Self { assignment, ..Self::default() }
    }

    /// As if a task had got that far; both are an `offset-map`.
    pub fn store(&self, partition: &[u8], offset: &[u8]) {
        self.offsets.lock().unwrap_or_else(PoisonError::into_inner).insert(partition.to_vec(), offset.to_vec());
    }

    /// Records that the task reported, with the message.
    pub fn reported(&self) -> Vec<(u32, String)> {
        self.reported.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn answer(&self, partitions: &[u8]) -> Result<Vec<u8>, minicbor::decode::Error> {
        let stored = self.offsets.lock().unwrap_or_else(PoisonError::into_inner);
        let mut decoder = Decoder::new(partitions);
        let count = decoder.array()?.unwrap_or_default();
        let mut answer = Encoder::new(Vec::new());
        // Writing to a Vec cannot fail.
        let _ = answer.array(count);
        for _ in 0..count {
            let start = decoder.position();
            decoder.skip()?;
            let partition = partitions.get(start..decoder.position()).unwrap_or_default();
            match stored.get(partition) {
                Some(offset) => answer.writer_mut().extend_from_slice(offset),
                None => {
                    let _ = answer.null();
                }
            }
        }
        Ok(answer.into_writer())
    }
}

#[async_trait]
impl TaskContext for StoredOffsets {
    async fn offsets(&self, partitions: Vec<u8>) -> Result<Vec<u8>, String> {
        self.answer(&partitions).map_err(|error| format!("these are no source partitions: {error}"))
    }

    fn assignment(&self) -> Vec<TopicPartition> {
        self.assignment.clone()
    }

    fn pause(&self, _partitions: Vec<TopicPartition>) -> Result<(), String> {
        Ok(())
    }

    fn resume(&self, _partitions: Vec<TopicPartition>) -> Result<(), String> {
        Ok(())
    }

    fn can_report(&self) -> bool {
        !self.assignment.is_empty()
    }

    async fn report(&self, id: u32, failure: PluginFailure) -> Result<(), String> {
        self.reported.lock().unwrap_or_else(PoisonError::into_inner).push((id, failure.message));
        Ok(())
    }
}
