//! Source and sink connectors: they divide the work, they move no records.

use wasmtime::component::ResourceAny;

use crate::config::Props;
use crate::sandbox::bindings::exports::caisson::connect::{sink_connector, source_connector};
use crate::sandbox::error::CallError;
use crate::sandbox::instance::Instance;
use crate::sandbox::{Sandbox, Spec, pairs};

/// A source connector, started.
pub struct SourceConnector {
    instance: Instance,
    guest: source_connector::Guest,
    connector: ResourceAny,
}

/// A sink connector, started.
pub struct SinkConnector {
    instance: Instance,
    guest: sink_connector::Guest,
    connector: ResourceAny,
}

impl Sandbox {
    /// Makes and starts a source connector.
    ///
    /// # Errors
    /// Any [`CallError`].
    pub async fn source_connector(&self, spec: &Spec) -> Result<SourceConnector, CallError> {
        let (mut instance, guest) = self.source_connector_guest(spec).await?;
        let config = pairs(&spec.config);
        let time = instance.begin(0)?;
        let connector = guest.connector();
        let call = connector.call_start(&mut instance.store, spec.plugin.class(), &config);
        let answer = tokio::time::timeout(time, call).await;
        let connector = instance.end("source-connector.start", answer)?;
        Ok(SourceConnector { instance, guest, connector })
    }

    /// Asks a source whether it accepts offsets that a user wants to set (`SourceConnector.alterOffsets`, KIP-875). `offsets` is CBOR
    /// `offset-changes`.
    ///
    /// # Errors
    /// Any [`CallError`].
    pub async fn alter_source_offsets(&self, spec: &Spec, offsets: &[u8]) -> Result<bool, CallError> {
        let (mut instance, guest) = self.source_connector_guest(spec).await?;
        let config = pairs(&spec.config);
        let time = instance.begin(0)?;
        let call = guest.call_alter_offsets(&mut instance.store, spec.plugin.class(), &config, offsets);
        let answer = tokio::time::timeout(time, call).await;
        instance.end("source-connector.alter-offsets", answer)
    }

    /// `supported`, `unsupported` or none (`SourceConnector.exactlyOnceSupport`, KIP-618).
    ///
    /// # Errors
    /// Any [`CallError`].
    pub async fn exactly_once_support(&self, spec: &Spec) -> Result<Option<String>, CallError> {
        let (mut instance, guest) = self.source_connector_guest(spec).await?;
        let config = pairs(&spec.config);
        let time = instance.begin(0)?;
        let call = guest.call_exactly_once_support(&mut instance.store, spec.plugin.class(), &config);
        let answer = tokio::time::timeout(time, call).await;
        instance.end("source-connector.exactly-once-support", answer)
    }

    /// Whether the connector can define its own transactions (`SourceConnector.canDefineTransactionBoundaries`, KIP-618).
    ///
    /// # Errors
    /// Any [`CallError`].
    pub async fn can_define_transaction_boundaries(&self, spec: &Spec) -> Result<bool, CallError> {
        let (mut instance, guest) = self.source_connector_guest(spec).await?;
        let config = pairs(&spec.config);
        let time = instance.begin(0)?;
        let call = guest.call_can_define_transaction_boundaries(&mut instance.store, spec.plugin.class(), &config);
        let answer = tokio::time::timeout(time, call).await;
        instance.end("source-connector.can-define-transaction-boundaries", answer)
    }

    async fn source_connector_guest(&self, spec: &Spec) -> Result<(Instance, source_connector::Guest), CallError> {
        let (mut instance, code) = self.instance(&self.making(spec)?).await?;
        let missing = |error| lacks(spec, "source-connector", &error);
        let indices = source_connector::GuestIndices::new(&code).map_err(missing)?;
        let guest = indices.load(&mut instance.store, &instance.instance).map_err(missing)?;
        Ok((instance, guest))
    }

    /// Makes and starts a sink connector.
    ///
    /// # Errors
    /// Any [`CallError`].
    pub async fn sink_connector(&self, spec: &Spec) -> Result<SinkConnector, CallError> {
        let (mut instance, guest) = self.sink_connector_guest(spec).await?;
        let config = pairs(&spec.config);
        let time = instance.begin(0)?;
        let connector = guest.connector();
        let call = connector.call_start(&mut instance.store, spec.plugin.class(), &config);
        let answer = tokio::time::timeout(time, call).await;
        let connector = instance.end("sink-connector.start", answer)?;
        Ok(SinkConnector { instance, guest, connector })
    }

    /// As [`Sandbox::alter_source_offsets`], for a sink.
    ///
    /// # Errors
    /// Any [`CallError`].
    pub async fn alter_sink_offsets(&self, spec: &Spec, offsets: &[u8]) -> Result<bool, CallError> {
        let (mut instance, guest) = self.sink_connector_guest(spec).await?;
        let config = pairs(&spec.config);
        let time = instance.begin(0)?;
        let call = guest.call_alter_offsets(&mut instance.store, spec.plugin.class(), &config, offsets);
        let answer = tokio::time::timeout(time, call).await;
        instance.end("sink-connector.alter-offsets", answer)
    }

    async fn sink_connector_guest(&self, spec: &Spec) -> Result<(Instance, sink_connector::Guest), CallError> {
        let (mut instance, code) = self.instance(&self.making(spec)?).await?;
        let missing = |error| lacks(spec, "sink-connector", &error);
        let indices = sink_connector::GuestIndices::new(&code).map_err(missing)?;
        let guest = indices.load(&mut instance.store, &instance.instance).map_err(missing)?;
        Ok((instance, guest))
    }
}

impl SourceConnector {
    /// The configurations of at most `max_tasks` tasks.
    ///
    /// # Errors
    /// Any [`CallError`].
    pub async fn task_configs(&mut self, max_tasks: u32) -> Result<Vec<Props>, CallError> {
        let time = self.instance.begin(0)?;
        let connector = self.guest.connector();
        let call = connector.call_task_configs(&mut self.instance.store, self.connector, max_tasks);
        let answer = tokio::time::timeout(time, call).await;
        let configs = self.instance.end("source-connector.task-configs", answer)?;
        Ok(configs.into_iter().map(|config| config.into_iter().collect()).collect())
    }

    /// Stops it.
    ///
    /// # Errors
    /// Any [`CallError`]; the connector is gone all the same.
    pub async fn stop(mut self) -> Result<(), CallError> {
        let time = self.instance.begin(0)?;
        let connector = self.guest.connector();
        let call = connector.call_stop(&mut self.instance.store, self.connector);
        let answer = tokio::time::timeout(time, call).await;
        self.instance.end("source-connector.stop", answer)
    }
}

impl SinkConnector {
    /// As [`SourceConnector::task_configs`].
    ///
    /// # Errors
    /// Any [`CallError`].
    pub async fn task_configs(&mut self, max_tasks: u32) -> Result<Vec<Props>, CallError> {
        let time = self.instance.begin(0)?;
        let connector = self.guest.connector();
        let call = connector.call_task_configs(&mut self.instance.store, self.connector, max_tasks);
        let answer = tokio::time::timeout(time, call).await;
        let configs = self.instance.end("sink-connector.task-configs", answer)?;
        Ok(configs.into_iter().map(|config| config.into_iter().collect()).collect())
    }

    /// Stops it.
    ///
    /// # Errors
    /// Any [`CallError`]; the connector is gone all the same.
    pub async fn stop(mut self) -> Result<(), CallError> {
        let time = self.instance.begin(0)?;
        let connector = self.guest.connector();
        let call = connector.call_stop(&mut self.instance.store, self.connector);
        let answer = tokio::time::timeout(time, call).await;
        self.instance.end("sink-connector.stop", answer)
    }
}

/// The manifest lists a plugin of a kind whose interface the component does not export.
pub(super) fn lacks(spec: &Spec, interface: &str, error: &wasmtime::Error) -> CallError {
    CallError::Component(format!(
        "{} lists {} as {} but does not export {interface} as this worker knows it: {}",
        spec.plugin.artifact.location(),
        spec.plugin.class(),
        spec.plugin.kind,
        error.root_cause()
    ))
}
