//! Source and sink connectors: they divide the work, they move no records.

use wasmtime::component::ResourceAny;

use crate::config::Props;
use crate::sandbox::bindings::exports::caisson::connect::{sink_connector, source_connector};
use crate::sandbox::error::CallError;
use crate::sandbox::instance::Instance;
use crate::sandbox::{Sandbox, Spec, as_given};

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
        let config = as_given(&spec.plugin, &spec.config);
        let connector = instance
            .call("source-connector.start", 0, async |store| {
                guest.connector().call_start(store, spec.plugin.class(), &config).await
            })
            .await?;
        Ok(SourceConnector { instance, guest, connector })
    }

    /// Asks a source whether it accepts offsets that a user wants to set (`SourceConnector.alterOffsets`, KIP-875). `offsets` is CBOR
    /// `offset-changes`.
    ///
    /// # Errors
    /// Any [`CallError`].
    pub async fn alter_source_offsets(&self, spec: &Spec, offsets: &[u8]) -> Result<bool, CallError> {
        let (mut instance, guest) = self.source_connector_guest(spec).await?;
        let config = as_given(&spec.plugin, &spec.config);
        instance
            .call("source-connector.alter-offsets", 0, async |store| {
                guest.call_alter_offsets(store, spec.plugin.class(), &config, offsets).await
            })
            .await
    }

    /// `supported`, `unsupported` or none (`SourceConnector.exactlyOnceSupport`, KIP-618).
    ///
    /// # Errors
    /// Any [`CallError`].
    pub async fn exactly_once_support(&self, spec: &Spec) -> Result<Option<String>, CallError> {
        let (mut instance, guest) = self.source_connector_guest(spec).await?;
        let config = as_given(&spec.plugin, &spec.config);
        instance
            .call("source-connector.exactly-once-support", 0, async |store| {
                guest.call_exactly_once_support(store, spec.plugin.class(), &config).await
            })
            .await
    }

    /// Whether the connector can define its own transactions (`SourceConnector.canDefineTransactionBoundaries`, KIP-618).
    ///
    /// # Errors
    /// Any [`CallError`].
    pub async fn can_define_transaction_boundaries(&self, spec: &Spec) -> Result<bool, CallError> {
        let (mut instance, guest) = self.source_connector_guest(spec).await?;
        let config = as_given(&spec.plugin, &spec.config);
        instance
            .call("source-connector.can-define-transaction-boundaries", 0, async |store| {
                guest.call_can_define_transaction_boundaries(store, spec.plugin.class(), &config).await
            })
            .await
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
        let config = as_given(&spec.plugin, &spec.config);
        let connector = instance
            .call("sink-connector.start", 0, async |store| {
                guest.connector().call_start(store, spec.plugin.class(), &config).await
            })
            .await?;
        Ok(SinkConnector { instance, guest, connector })
    }

    /// As [`Sandbox::alter_source_offsets`], for a sink.
    ///
    /// # Errors
    /// Any [`CallError`].
    pub async fn alter_sink_offsets(&self, spec: &Spec, offsets: &[u8]) -> Result<bool, CallError> {
        let (mut instance, guest) = self.sink_connector_guest(spec).await?;
        let config = as_given(&spec.plugin, &spec.config);
        instance
            .call("sink-connector.alter-offsets", 0, async |store| {
                guest.call_alter_offsets(store, spec.plugin.class(), &config, offsets).await
            })
            .await
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
        let (guest, resource) = (&self.guest, self.connector);
        let configs = self
            .instance
            .call("source-connector.task-configs", 0, async |store| {
                guest.connector().call_task_configs(store, resource, max_tasks).await
            })
            .await?;
        Ok(configs.into_iter().map(|config| config.into_iter().collect()).collect())
    }

    /// Stops it.
    ///
    /// # Errors
    /// Any [`CallError`]; the connector is gone all the same.
    pub async fn stop(mut self) -> Result<(), CallError> {
        let (guest, resource) = (&self.guest, self.connector);
        self.instance.call("source-connector.stop", 0, async |store| guest.connector().call_stop(store, resource).await).await
    }
}

impl SinkConnector {
    /// As [`SourceConnector::task_configs`].
    ///
    /// # Errors
    /// Any [`CallError`].
    pub async fn task_configs(&mut self, max_tasks: u32) -> Result<Vec<Props>, CallError> {
        let (guest, resource) = (&self.guest, self.connector);
        let configs = self
            .instance
            .call("sink-connector.task-configs", 0, async |store| {
                guest.connector().call_task_configs(store, resource, max_tasks).await
            })
            .await?;
        Ok(configs.into_iter().map(|config| config.into_iter().collect()).collect())
    }

    /// Stops it.
    ///
    /// # Errors
    /// Any [`CallError`]; the connector is gone all the same.
    pub async fn stop(mut self) -> Result<(), CallError> {
        let (guest, resource) = (&self.guest, self.connector);
        self.instance.call("sink-connector.stop", 0, async |store| guest.connector().call_stop(store, resource).await).await
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
