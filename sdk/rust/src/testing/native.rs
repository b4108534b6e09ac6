//! Plugins in this process, without WebAssembly.

use crate::codec::decode::Batch;
use crate::codec::schemas::SchemaCache;
use crate::config::Config;
use crate::error::Error;
use crate::run::chain::{Chain, Outcome, StageSpec};
use crate::run::registry::Entry;
use crate::sink::{SinkConnector, SinkContext, SinkTask};
use crate::source::{SourceBatch, SourceConnector, SourceContext, SourceTask};
use crate::testing::driver::{Polled, Props, SinkDriver, SourceDriver, StagesDriver};
use crate::testing::host::{store_encoded_offset, with_host};
use crate::topic_partition::{TopicPartition, TopicPartitionOffset};

use std::marker::PhantomData;

fn pairs(config: &Props) -> impl Iterator<Item = (&str, &str)> {
    config.iter().map(|(name, value)| (name.as_str(), value.as_str()))
}

/// Runs the source connector `C`.
#[derive(Debug)]
pub struct NativeSource<C>(PhantomData<C>);

impl<C> Default for NativeSource<C> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<C: SourceConnector> SourceDriver for NativeSource<C> {
    type Task = (C::Task, SourceBatch);

    fn task_configs(&mut self, config: &Props, max_tasks: u32) -> Result<Vec<Props>, Error> {
        let mut connector = C::start(&parse_source::<C>(config)?)?;
        let configs = connector.task_configs(max_tasks)?;
        connector.stop()?;
        Ok(configs)
    }

    fn start(&mut self, config: &Props) -> Result<Self::Task, Error> {
        let task = C::Task::start(&parse_source::<C>(config)?, SourceContext::new())?;
        Ok((task, SourceBatch::default()))
    }

    fn poll(&mut self, (task, polled): &mut Self::Task) -> Result<Polled, Error> {
        polled.clear();
        task.poll(polled)?;
        let (batch, origins) = polled.finish();
        Ok(Polled { batch, origins, wait: std::time::Duration::from_millis(polled.wait_millis().into()) })
    }

    fn stop(&mut self, (mut task, _): Self::Task) -> Result<(), Error> {
        task.stop()
    }

    fn store_offset(&mut self, partition: &[u8], offset: &[u8]) {
        store_encoded_offset(partition, offset);
    }

    fn forget_offsets(&mut self) {
        with_host(|host| host.offsets.clear());
    }
}

fn parse_source<C: SourceConnector>(config: &Props) -> Result<Config, Error> {
    C::plugin().config().parse(pairs(config))
}

/// Runs the sink connector `C`.
#[derive(Debug)]
pub struct NativeSink<C>(PhantomData<C>);

impl<C> Default for NativeSink<C> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

/// A sink task, and the schemas of the batches it was given.
pub struct NativeSinkTask<T> {
    task: T,
    schemas: SchemaCache,
}

impl<C: SinkConnector> SinkDriver for NativeSink<C> {
    type Task = NativeSinkTask<C::Task>;

    fn task_configs(&mut self, config: &Props, max_tasks: u32) -> Result<Vec<Props>, Error> {
        let mut connector = C::start(&parse_sink::<C>(config)?)?;
        let configs = connector.task_configs(max_tasks)?;
        connector.stop()?;
        Ok(configs)
    }

    fn start(&mut self, config: &Props) -> Result<Self::Task, Error> {
        let task = C::Task::start(&parse_sink::<C>(config)?, SinkContext::new())?;
        Ok(NativeSinkTask { task, schemas: SchemaCache::default() })
    }

    fn open(&mut self, running: &mut Self::Task, partitions: &[TopicPartition]) -> Result<(), Error> {
        with_host(|host| host.assignment.extend_from_slice(partitions));
        running.task.open(partitions)
    }

    fn put(&mut self, running: &mut Self::Task, batch: &[u8]) -> Result<(), Error> {
        let batch = Batch::parse(batch)?;
        let table = running.schemas.table(batch.schemas)?;
        running.task.put(batch.records(&table))
    }

    fn pre_commit(
        &mut self,
        running: &mut Self::Task,
        offsets: Vec<TopicPartitionOffset>,
    ) -> Result<Vec<TopicPartitionOffset>, Error> {
        running.task.pre_commit(offsets)
    }

    fn close(&mut self, running: &mut Self::Task, partitions: &[TopicPartition]) -> Result<(), Error> {
        with_host(|host| host.assignment.retain(|partition| !partitions.contains(partition)));
        running.task.close(partitions)
    }

    fn stop(&mut self, mut running: Self::Task) -> Result<(), Error> {
        running.task.stop()
    }
}

fn parse_sink<C: SinkConnector>(config: &Props) -> Result<Config, Error> {
    C::plugin().config().parse(pairs(config))
}

/// Runs stages of these plugins, such as `Plugins::ENTRIES` of [`crate::export!`].
#[derive(Debug)]
pub struct NativeStages(pub &'static [Entry]);

impl StagesDriver for NativeStages {
    type Chain = Chain;

    fn open(&mut self, stages: &[StageSpec]) -> Result<Chain, Error> {
        Chain::open(self.0, stages)
    }

    fn apply(&mut self, chain: &mut Chain, batch: &[u8]) -> Result<Outcome, Error> {
        chain.apply(batch)
    }
}
