//! What every probe shares: the contract by raw bindings, so that a probe can break it, and one trait to misbehave in.
//!
//! A probe is a component with one plugin, a source unless it says otherwise: its task behaves when polled, its transformation when
//! applied.

pub mod bindings;

use std::marker::PhantomData;

pub use bindings::caisson::connect::types::{Config, Error};
pub use bindings::exports::caisson::connect::source_task::Polled;
pub use bindings::exports::caisson::connect::stages::Outcome;

use bindings::exports::caisson::connect::{manifest, source_connector, source_task, stages};

/// One behaviour. What is not overridden does no harm.
pub trait Behaviour: 'static {
    /// The plugin's class.
    const CLASS: &'static str;
    /// Its kind, by the manifest's name.
    const KIND: &'static str = "source";

    /// Polls the source's task.
    ///
    /// # Errors
    /// Whatever the probe is for.
    fn poll(_config: &Config) -> Result<Polled, Error> {
        Ok(Polled { batch: Vec::new(), origins: Vec::new(), wait_ms: 100 })
    }

    /// Applies the transformation.
    ///
    /// # Errors
    /// Whatever the probe is for.
    fn apply(batch: Vec<u8>) -> Result<Outcome, Error> {
        Ok(Outcome { batch, dropped: Vec::new(), failed: Vec::new() })
    }
}

/// The value of a key of the probe's config, empty when it is not set.
pub fn value<'a>(config: &'a Config, key: &str) -> &'a str {
    config.iter().find(|(name, _)| name == key).map_or("", |(_, value)| value)
}

/// A plain failure.
pub fn failure(message: String) -> Error {
    Error {
        kind: "connect".to_owned(),
        class: "org.apache.kafka.connect.errors.ConnectException".to_owned(),
        message,
        options: Vec::new(),
    }
}

/// A component of that behaviour.
pub struct Component<B>(PhantomData<B>);

/// A task of that behaviour.
pub struct Task<B> {
    config: Config,
    behaviour: PhantomData<B>,
}

/// A resource without a state of its own.
pub struct Stateless<B>(PhantomData<B>);

impl<B: Behaviour> manifest::Guest for Component<B> {
    fn plugins() -> Vec<manifest::Plugin> {
        vec![manifest::Plugin {
            class: B::CLASS.to_owned(),
            aliases: Vec::new(),
            kind: B::KIND.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            documentation: "A probe of the tests.".to_owned(),
            config: Vec::new(),
            resources: vec![manifest::ResourceKey { key: "file".to_owned(), access: "file-read".to_owned() }],
            capabilities: Vec::new(),
        }]
    }

    fn validate(_class: String, _kind: String, _config: Config) -> Vec<manifest::ConfigValue> {
        Vec::new()
    }
}

impl<B: Behaviour> source_connector::Guest for Component<B> {
    type Connector = Task<B>;

    fn alter_offsets(_class: String, _config: Config, _offsets: Vec<u8>) -> Result<bool, Error> {
        Ok(false)
    }

    fn exactly_once_support(_class: String, _config: Config) -> Result<Option<String>, Error> {
        Ok(None)
    }

    fn can_define_transaction_boundaries(_class: String, _config: Config) -> Result<bool, Error> {
        Ok(false)
    }
}

impl<B: Behaviour> source_connector::GuestConnector for Task<B> {
    fn start(_class: String, config: Config) -> Result<source_connector::Connector, Error> {
        Ok(source_connector::Connector::new(Self { config, behaviour: PhantomData }))
    }

    fn task_configs(&self, _max_tasks: u32) -> Result<Vec<Config>, Error> {
        Ok(vec![self.config.clone()])
    }

    fn stop(&self) -> Result<(), Error> {
        Ok(())
    }
}

impl<B: Behaviour> source_task::Guest for Component<B> {
    type Task = Task<B>;
}

impl<B: Behaviour> source_task::GuestTask for Task<B> {
    fn start(_class: String, config: Config) -> Result<source_task::Task, Error> {
        Ok(source_task::Task::new(Self { config, behaviour: PhantomData }))
    }

    fn poll(&self) -> Result<Polled, Error> {
        B::poll(&self.config)
    }

    fn commit_records(&self, _records: Vec<source_task::Settled>) -> Result<(), Error> {
        Ok(())
    }

    fn commit(&self) -> Result<(), Error> {
        Ok(())
    }

    fn stop(&self) -> Result<(), Error> {
        Ok(())
    }
}

impl<B: Behaviour> stages::Guest for Component<B> {
    type Chain = Stateless<B>;
    type Test = Stateless<B>;
}

impl<B: Behaviour> stages::GuestChain for Stateless<B> {
    fn open(_stages: Vec<stages::Stage>) -> Result<stages::Chain, Error> {
        Ok(stages::Chain::new(Self(PhantomData)))
    }

    fn apply(&self, batch: Vec<u8>) -> Result<Outcome, Error> {
        B::apply(batch)
    }
}

impl<B: Behaviour> stages::GuestTest for Stateless<B> {
    fn open(_predicate: stages::Predicate) -> Result<stages::Test, Error> {
        Ok(stages::Test::new(Self(PhantomData)))
    }

    fn apply(&self, _batch: Vec<u8>) -> Result<Vec<bool>, Error> {
        Ok(Vec::new())
    }
}
