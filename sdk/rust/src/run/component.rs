//! The exports of a component, for any set of plugins.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::marker::PhantomData;

use crate::bindings::imports::caisson::connect::types;
use crate::bindings::manifest::exports::caisson::connect::manifest as manifest_exports;
use crate::bindings::sink::exports::caisson::connect::{sink_connector, sink_task};
use crate::bindings::source::exports::caisson::connect::{source_connector, source_task};
use crate::bindings::stages::exports::caisson::connect::stages;
use crate::codec::decode::Batch;
use crate::codec::origins;
use crate::codec::schemas::SchemaCache;
use crate::config::Config;
use crate::error::Error;
use crate::log::tell_panics;
use crate::plugin::{Kind, PluginInfo};
use crate::run::chain::{Chain, Gate, PredicateSpec, StageSpec};
use crate::run::convert::{error_out, offset_in, offset_out, partition_in};
use crate::run::manifest;
use crate::run::registry::{self, AnySinkConnector, AnySourceConnector, Open, OpenSink, OpenSource, Props, Registry};
use crate::sink::SinkTask;
use crate::source::{ExactlyOnceSupport, SettledRecord, SourceBatch, SourceTask, WrittenRecord};

/// Stands behind the exports of a component that holds the plugins of `R`.
pub struct Component<R>(PhantomData<R>);

type Answer<T> = Result<T, types::Error>;
type Pairs = Vec<(String, String)>;

/// What the host calls one call at a time; a call during a call is a mistake of the host.
fn with<S, T>(cell: &RefCell<S>, use_it: impl FnOnce(&mut S) -> Result<T, Error>) -> Answer<T> {
    let mut state = cell.try_borrow_mut().map_err(|_| error_out(Error::connect("called during a call")))?;
    use_it(&mut state).map_err(error_out)
}

fn no_such_kind(class: &str) -> Error {
    Error::config(format!("{class} cannot be opened as the kind it is listed as"))
}

fn task_configs(configs: Vec<Props>, task_class: Option<&str>) -> Vec<Pairs> {
    let with_class = |mut config: Props| {
        if let Some(class) = task_class {
            config.entry("task.class".to_owned()).or_insert_with(|| class.to_owned());
        }
        config.into_iter().collect()
    };
    configs.into_iter().map(with_class).collect()
}

impl<R: Registry> manifest_exports::Guest for Component<R> {
    fn plugins() -> Vec<manifest_exports::Plugin> {
        tell_panics();
        manifest::plugins(R::ENTRIES, R::VERSION)
    }

    fn validate(class: String, kind: String, config: Pairs) -> Vec<manifest_exports::ConfigValue> {
        tell_panics();
        manifest::validate(R::ENTRIES, &class, &kind, config)
    }
}

fn source<R: Registry>(class: &str, props: &Pairs) -> Result<(&'static OpenSource, PluginInfo, Config), Error> {
    tell_panics();
    let (entry, info) = registry::find(R::ENTRIES, Kind::Source, class)?;
    let Open::Source(open) = &entry.open else { return Err(no_such_kind(class)) };
    let config = registry::parse(&info, props)?;
    Ok((open, info, config))
}

fn sink<R: Registry>(class: &str, props: &Pairs) -> Result<(&'static OpenSink, PluginInfo, Config), Error> {
    tell_panics();
    let (entry, info) = registry::find(R::ENTRIES, Kind::Sink, class)?;
    let Open::Sink(open) = &entry.open else { return Err(no_such_kind(class)) };
    let config = registry::parse(&info, props)?;
    Ok((open, info, config))
}

fn source_open<R: Registry>(class: &str) -> Result<&'static OpenSource, Error> {
    tell_panics();
    let (entry, _) = registry::find(R::ENTRIES, Kind::Source, class)?;
    match &entry.open {
        Open::Source(open) => Ok(open),
        _ => Err(no_such_kind(class)),
    }
}

/// A source connector of the plugins of `R`.
pub struct Source<R> {
    connector: RefCell<Box<dyn AnySourceConnector>>,
    task_class: Option<String>,
    _of: PhantomData<R>,
}

impl<R: Registry> source_connector::Guest for Component<R> {
    type Connector = Source<R>;

    fn alter_offsets(class: String, config: Pairs, offsets: Vec<u8>) -> Answer<bool> {
        let altered = || {
            let open = source_open::<R>(&class)?;
            let changes = origins::read_changes(&offsets)?;
            (open.alter_offsets)(&config.iter().cloned().collect(), &changes)
        };
        altered().map_err(error_out)
    }

    fn exactly_once_support(class: String, config: Pairs) -> Answer<Option<String>> {
        let props: BTreeMap<String, String> = config.into_iter().collect();
        let support = source_open::<R>(&class).and_then(|open| (open.exactly_once_support)(&props));
        let named = |support: ExactlyOnceSupport| match support {
            ExactlyOnceSupport::Supported => "supported".to_owned(),
            ExactlyOnceSupport::Unsupported => "unsupported".to_owned(),
        };
        support.map(|support| support.map(named)).map_err(error_out)
    }

    fn can_define_transaction_boundaries(class: String, config: Pairs) -> Answer<bool> {
        let props: BTreeMap<String, String> = config.into_iter().collect();
        let answer = source_open::<R>(&class).and_then(|open| (open.can_define_transaction_boundaries)(&props));
        answer.map_err(error_out)
    }
}

impl<R: Registry> source_connector::GuestConnector for Source<R> {
    fn start(class: String, config: Pairs) -> Answer<source_connector::Connector> {
        let started =
            source::<R>(&class, &config).and_then(|(open, info, config)| Ok(((open.connector)(&config)?, info.task_class)));
        let (connector, task_class) = started.map_err(error_out)?;
        let source = Self { connector: RefCell::new(connector), task_class, _of: PhantomData };
        Ok(source_connector::Connector::new(source))
    }

    fn task_configs(&self, max_tasks: u32) -> Answer<Vec<Pairs>> {
        let configs = with(&self.connector, |connector| connector.task_configs(max_tasks))?;
        Ok(task_configs(configs, self.task_class.as_deref()))
    }

    fn stop(&self) -> Answer<()> {
        with(&self.connector, |connector| connector.stop())
    }
}

/// A source task of the plugins of `R`.
pub struct Polled<R> {
    state: RefCell<(Box<dyn SourceTask>, SourceBatch)>,
    _of: PhantomData<R>,
}

impl<R: Registry> source_task::Guest for Component<R> {
    type Task = Polled<R>;
}

impl<R: Registry> source_task::GuestTask for Polled<R> {
    fn start(class: String, config: Pairs) -> Answer<source_task::Task> {
        let started = source::<R>(&class, &config).and_then(|(open, _, config)| (open.task)(&config));
        let task = started.map_err(error_out)?;
        let state = RefCell::new((task, SourceBatch::default()));
        Ok(source_task::Task::new(Self { state, _of: PhantomData }))
    }

    fn poll(&self) -> Answer<source_task::Polled> {
        with(&self.state, |(task, polled)| {
            polled.clear();
            task.poll(polled)?;
            let (batch, origins) = polled.finish();
            Ok(source_task::Polled { batch, origins, wait_ms: polled.wait_millis() })
        })
    }

    fn commit_records(&self, records: Vec<source_task::Settled>) -> Answer<()> {
        let settled = |record: source_task::Settled| SettledRecord {
            poll: record.poll,
            id: record.id,
            written: record.written.map(|written| WrittenRecord {
                topic: written.topic,
                partition: written.partition,
                offset: written.offset,
                timestamp: written.timestamp,
            }),
        };
        let records: Vec<SettledRecord> = records.into_iter().map(settled).collect();
        with(&self.state, |(task, _)| task.commit_records(&records))
    }

    fn commit(&self) -> Answer<()> {
        with(&self.state, |(task, _)| task.commit())
    }

    fn stop(&self) -> Answer<()> {
        with(&self.state, |(task, _)| task.stop())
    }
}

/// A sink connector of the plugins of `R`.
pub struct Sink<R> {
    connector: RefCell<Box<dyn AnySinkConnector>>,
    task_class: Option<String>,
    _of: PhantomData<R>,
}

impl<R: Registry> sink_connector::Guest for Component<R> {
    type Connector = Sink<R>;

    fn alter_offsets(class: String, config: Pairs, offsets: Vec<u8>) -> Answer<bool> {
        let altered = || {
            tell_panics();
            let (entry, _) = registry::find(R::ENTRIES, Kind::Sink, &class)?;
            let Open::Sink(open) = &entry.open else { return Err(no_such_kind(&class)) };
            let changes = origins::read_changes(&offsets)?;
            (open.alter_offsets)(&config.iter().cloned().collect(), &changes)
        };
        altered().map_err(error_out)
    }
}

impl<R: Registry> sink_connector::GuestConnector for Sink<R> {
    fn start(class: String, config: Pairs) -> Answer<sink_connector::Connector> {
        let started =
            sink::<R>(&class, &config).and_then(|(open, info, config)| Ok(((open.connector)(&config)?, info.task_class)));
        let (connector, task_class) = started.map_err(error_out)?;
        let sink = Self { connector: RefCell::new(connector), task_class, _of: PhantomData };
        Ok(sink_connector::Connector::new(sink))
    }

    fn task_configs(&self, max_tasks: u32) -> Answer<Vec<Pairs>> {
        let configs = with(&self.connector, |connector| connector.task_configs(max_tasks))?;
        Ok(task_configs(configs, self.task_class.as_deref()))
    }

    fn stop(&self) -> Answer<()> {
        with(&self.connector, |connector| connector.stop())
    }
}

/// A sink task of the plugins of `R`.
pub struct Put<R> {
    state: RefCell<(Box<dyn SinkTask>, SchemaCache)>,
    _of: PhantomData<R>,
}

impl<R: Registry> sink_task::Guest for Component<R> {
    type Task = Put<R>;
}

impl<R: Registry> sink_task::GuestTask for Put<R> {
    fn start(class: String, config: Pairs) -> Answer<sink_task::Task> {
        let started = sink::<R>(&class, &config).and_then(|(open, _, config)| (open.task)(&config));
        let task = started.map_err(error_out)?;
        let state = RefCell::new((task, SchemaCache::default()));
        Ok(sink_task::Task::new(Self { state, _of: PhantomData }))
    }

    fn open(&self, partitions: Vec<types::TopicPartition>) -> Answer<()> {
        let partitions: Vec<_> = partitions.into_iter().map(partition_in).collect();
        with(&self.state, |(task, _)| task.open(&partitions))
    }

    fn put(&self, bytes: Vec<u8>) -> Answer<()> {
        with(&self.state, |(task, schemas)| put(task.as_mut(), schemas, &bytes))
    }

    fn pre_commit(&self, offsets: Vec<types::TopicPartitionOffset>) -> Answer<Vec<types::TopicPartitionOffset>> {
        let offsets = offsets.into_iter().map(offset_in).collect();
        let safe = with(&self.state, |(task, _)| task.pre_commit(offsets))?;
        Ok(safe.into_iter().map(offset_out).collect())
    }

    fn close(&self, partitions: Vec<types::TopicPartition>) -> Answer<()> {
        let partitions: Vec<_> = partitions.into_iter().map(partition_in).collect();
        with(&self.state, |(task, _)| task.close(&partitions))
    }

    fn stop(&self) -> Answer<()> {
        with(&self.state, |(task, _)| task.stop())
    }
}

/// An empty list, as well as an empty batch, is a put without records.
fn put(task: &mut dyn SinkTask, schemas: &mut SchemaCache, bytes: &[u8]) -> Result<(), Error> {
    const NO_RECORDS: &[u8] = &[0x82, 0x80, 0x80];
    let batch = Batch::parse(if bytes.is_empty() { NO_RECORDS } else { bytes })?;
    let table = schemas.table(batch.schemas)?;
    task.put(batch.records(&table))
}

/// A chain of the plugins of `R`.
pub struct Stages<R> {
    chain: RefCell<Chain>,
    _of: PhantomData<R>,
}

/// A predicate of the plugins of `R`.
pub struct Test<R> {
    state: RefCell<(Gate, SchemaCache)>,
    _of: PhantomData<R>,
}

impl<R: Registry> stages::Guest for Component<R> {
    type Chain = Stages<R>;
    type Test = Test<R>;
}

fn predicate_in(predicate: stages::Predicate) -> PredicateSpec {
    PredicateSpec { class: predicate.class, config: predicate.config, negate: predicate.negate }
}

impl<R: Registry> stages::GuestChain for Stages<R> {
    fn open(stages: Vec<stages::Stage>) -> Answer<stages::Chain> {
        tell_panics();
        let spec = |stage: stages::Stage| StageSpec {
            kind: stage.kind,
            class: stage.class,
            role: stage.role,
            config: stage.config,
            predicate: stage.predicate.map(predicate_in),
        };
        let specs: Vec<StageSpec> = stages.into_iter().map(spec).collect();
        let chain = Chain::open(R::ENTRIES, &specs).map_err(error_out)?;
        Ok(stages::Chain::new(Self { chain: RefCell::new(chain), _of: PhantomData }))
    }

    fn apply(&self, batch: Vec<u8>) -> Answer<stages::Outcome> {
        let outcome = with(&self.chain, |chain| chain.apply(&batch))?;
        let failed = outcome.failed.into_iter().map(|failure| types::Failure {
            id: failure.id,
            stage: failure.stage,
            error: error_out(failure.error),
        });
        Ok(stages::Outcome { batch: outcome.batch, dropped: outcome.dropped, failed: failed.collect() })
    }
}

impl<R: Registry> stages::GuestTest for Test<R> {
    fn open(predicate: stages::Predicate) -> Answer<stages::Test> {
        tell_panics();
        let gate = Gate::open(R::ENTRIES, &predicate_in(predicate)).map_err(error_out)?;
        let state = RefCell::new((gate, SchemaCache::default()));
        Ok(stages::Test::new(Self { state, _of: PhantomData }))
    }

    fn apply(&self, batch: Vec<u8>) -> Answer<Vec<bool>> {
        with(&self.state, |(gate, schemas)| gate.apply(schemas, &batch))
    }
}
