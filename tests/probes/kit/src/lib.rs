//! What all probes need around their one misbehaviour: a source connector with one task, straight on the contract. The SDK is
//! left out, since it keeps its plugins from most of what the probes do.

/// The contract, as far as a source needs it.
#[allow(
    missing_docs,
    clippy::all,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    unused_qualifications,
    unsafe_code
)]
pub mod bindings {
    wit_bindgen::generate!({
        path: "../../../wit",
        inline: "
            package caisson:probe;
            world probe {
                include caisson:connect/host-imports@0.1.0;
                include caisson:connect/with-manifest@0.1.0;
                include caisson:connect/with-source@0.1.0;
            }
        ",
        world: "caisson:probe/probe",
        pub_export_macro: true,
        export_macro_name: "export_source",
        default_bindings_module: "probe_kit::bindings",
        generate_all,
    });
}

use std::marker::PhantomData;

use bindings::caisson::connect::types::{Config, Error};
use bindings::exports::caisson::connect::{manifest, source_connector, source_task};

/// What a call gives or how it fails.
pub type Outcome<T> = Result<T, Error>;
/// What a poll gives.
pub type Polled = source_task::Polled;

/// The one thing that a probe does wrong.
pub trait Misbehaviour: 'static {
    /// The connector class.
    const CLASS: &'static str;
    /// What it does.
    const DOCUMENTATION: &'static str;
    /// Keys whose value names something to be granted, with the access.
    const RESOURCES: &'static [(&'static str, &'static str)] = &[];

    /// Called as the task's poll.
    fn poll(config: &Config) -> Outcome<Polled>;
}

/// An error of kind `connect`.
pub fn failure(message: String) -> Error {
    Error {
        kind: "connect".to_owned(),
        class: "org.apache.kafka.connect.errors.ConnectException".to_owned(),
        message,
        options: Vec::new(),
    }
}

/// Nothing polled; again soon.
pub fn nothing() -> Polled {
    Polled { batch: Vec::new(), origins: Vec::new(), wait_ms: 10 }
}

/// The component that a misbehaviour becomes.
pub struct Source<M>(PhantomData<M>);

impl<M: Misbehaviour> manifest::Guest for Source<M> {
    fn plugins() -> Vec<manifest::Plugin> {
        let resource =
            |(key, access): &(&str, &str)| manifest::ResourceKey { key: (*key).to_owned(), access: (*access).to_owned() };
        vec![manifest::Plugin {
            class: M::CLASS.to_owned(),
            aliases: Vec::new(),
            kind: "source".to_owned(),
            version: "1".to_owned(),
            documentation: M::DOCUMENTATION.to_owned(),
            config: M::RESOURCES.iter().map(|(key, _)| string_key(key)).collect(),
            resources: M::RESOURCES.iter().map(resource).collect(),
            capabilities: Vec::new(),
        }]
    }

    fn validate(_: String, _: String, _: Config) -> Vec<manifest::ConfigValue> {
        Vec::new()
    }
}

fn string_key(name: &str) -> manifest::ConfigKey {
    manifest::ConfigKey {
        name: name.to_owned(),
        type_: "STRING".to_owned(),
        default: None,
        required: true,
        validators: Vec::new(),
        importance: "HIGH".to_owned(),
        documentation: String::new(),
        group: None,
        order_in_group: -1,
        width: "NONE".to_owned(),
        display_name: name.to_owned(),
        dependents: Vec::new(),
        recommended: Vec::new(),
        options: Vec::new(),
    }
}

/// The connector: one task with the connector's own configuration.
pub struct Connector(Config);

impl<M: Misbehaviour> source_connector::Guest for Source<M> {
    type Connector = Connector;

    fn alter_offsets(_: String, _: Config, _: Vec<u8>) -> Outcome<bool> {
        Ok(true)
    }

    fn exactly_once_support(_: String, _: Config) -> Outcome<Option<String>> {
        Ok(None)
    }

    fn can_define_transaction_boundaries(_: String, _: Config) -> Outcome<bool> {
        Ok(false)
    }
}

impl source_connector::GuestConnector for Connector {
    fn start(_: String, config: Config) -> Outcome<source_connector::Connector> {
        Ok(source_connector::Connector::new(Self(config)))
    }

    fn task_configs(&self, _: u32) -> Outcome<Vec<Config>> {
        Ok(vec![self.0.clone()])
    }

    fn stop(&self) -> Outcome<()> {
        Ok(())
    }
}

/// The task.
pub struct Task<M>(Config, PhantomData<M>);

impl<M: Misbehaviour> source_task::Guest for Source<M> {
    type Task = Task<M>;
}

impl<M: Misbehaviour> source_task::GuestTask for Task<M> {
    fn start(_: String, config: Config) -> Outcome<source_task::Task> {
        Ok(source_task::Task::new(Self(config, PhantomData)))
    }

    fn poll(&self) -> Outcome<Polled> {
        M::poll(&self.0)
    }

    fn commit_records(&self, _: Vec<source_task::Settled>) -> Outcome<()> {
        Ok(())
    }

    fn commit(&self) -> Outcome<()> {
        Ok(())
    }

    fn stop(&self) -> Outcome<()> {
        Ok(())
    }
}
