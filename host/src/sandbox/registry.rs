//! The import `schema-registry`, answered from the worker's registries.

use std::future::Future;
use std::time::Duration;

use wasmtime::component::Resource;

use crate::config::Props;
use crate::registry::error::RegistryError;
use crate::registry::schema::{Definition, Located, Reference, Registered};
use crate::sandbox::bindings::caisson::connect::schema_registry as wit;
use crate::sandbox::bindings::caisson::connect::types;
use crate::sandbox::grant::registry::{Named, Opened};
use crate::sandbox::host_calls::Calling;

type Answer<T> = wasmtime::Result<Result<T, types::Error>>;

impl wit::Host for Calling<'_> {}

impl wit::HostRegistry for Calling<'_> {
    fn open(&mut self, config: types::Config) -> Answer<Resource<Opened>> {
        let config: Props = config.into_iter().collect();
        match self.registries.iter().find_map(|named: &Named| named.open(&config)) {
            Some(opened) => Ok(Ok(self.table.push(opened)?)),
            None => Ok(Err(types::Error {
                kind: "config".to_owned(),
                class: "org.apache.kafka.common.config.ConfigException".to_owned(),
                message:
                    "the plugin asks for a schema registry by a configuration that it was not given, or without the capability \
                          schema-registry in its manifest"
                        .to_owned(),
                options: Vec::new(),
            })),
        }
    }

    async fn by_id(&mut self, this: Resource<Opened>, id: i32, subject: Option<String>) -> Answer<wit::Registered> {
        let registry = self.table.get(&this)?.0.clone();
        Ok(in_time(self.time_left(), registry.by_id(id, subject.as_deref())).await.map(|found| registered(&found)))
    }

    async fn by_version(&mut self, this: Resource<Opened>, subject: String, version: i32) -> Answer<wit::Registered> {
        let registry = self.table.get(&this)?.0.clone();
        Ok(in_time(self.time_left(), registry.by_version(&subject, version)).await.map(|found| registered(&found)))
    }

    async fn by_metadata(
        &mut self,
        this: Resource<Opened>,
        subject: String,
        metadata: Vec<(String, String)>,
    ) -> Answer<wit::Registered> {
        let registry = self.table.get(&this)?.0.clone();
        Ok(in_time(self.time_left(), registry.by_metadata(&subject, &metadata)).await.map(|found| registered(&found)))
    }

    async fn register(
        &mut self,
        this: Resource<Opened>,
        subject: String,
        schema: wit::Definition,
        normalize: bool,
    ) -> Answer<wit::Located> {
        let registry = self.table.get(&this)?.0.clone();
        Ok(in_time(self.time_left(), registry.register(&subject, &definition(schema), normalize)).await.map(located))
    }

    async fn look_up(
        &mut self,
        this: Resource<Opened>,
        subject: String,
        schema: wit::Definition,
        normalize: bool,
    ) -> Answer<wit::Located> {
        let registry = self.table.get(&this)?.0.clone();
        Ok(in_time(self.time_left(), registry.look_up(&subject, &definition(schema), normalize)).await.map(located))
    }

    async fn drop(&mut self, this: Resource<Opened>) -> wasmtime::Result<()> {
        self.table.delete(this)?;
        Ok(())
    }
}

// I15: the time of the plugin's call bounds that of the registry, which gives up while the plugin can still tell why.
async fn in_time<T>(time: Duration, asking: impl Future<Output = Result<T, RegistryError>>) -> Result<T, types::Error> {
    let late = |_| RegistryError::Unreachable(format!("{} ms of sandbox.call.timeout.ms were left for it", time.as_millis()));
    tokio::time::timeout(time, asking).await.unwrap_or_else(|elapsed| Err(late(elapsed))).map_err(|error| told(&error))
}

fn told(error: &RegistryError) -> types::Error {
    let (kind, options) = match error {
        RegistryError::Unreachable(_) => ("retriable", Vec::new()),
        RegistryError::Refused { status, code, .. } => {
            ("connect", vec![("status".to_owned(), status.to_string()), ("code".to_owned(), code.to_string())])
        }
        RegistryError::Unreadable(_) => ("connect", Vec::new()),
    };
    types::Error { kind: kind.to_owned(), class: error.class().to_owned(), message: error.to_string(), options }
}

fn definition(from: wit::Definition) -> Definition {
    let reference = |from: wit::Reference| Reference { name: from.name, subject: from.subject, version: from.version };
    Definition { type_: from.type_, text: from.text, references: from.references.into_iter().map(reference).collect() }
}

fn reference(from: &Reference) -> wit::Reference {
    wit::Reference { name: from.name.clone(), subject: from.subject.clone(), version: from.version }
}

fn registered(from: &Registered) -> wit::Registered {
    let definition = &from.definition;
    let referred = from.referred.iter().map(|one| wit::Referred { reference: reference(&one.reference), text: one.text.clone() });
    wit::Registered {
        id: from.id,
        definition: wit::Definition {
            type_: definition.type_.clone(),
            text: definition.text.clone(),
            references: definition.references.iter().map(reference).collect(),
            options: Vec::new(),
        },
        referred: referred.collect(),
        subject: from.subject.clone(),
        version: from.version,
        options: Vec::new(),
    }
}

fn located(from: Located) -> wit::Located {
    wit::Located { id: from.id, version: from.version, options: Vec::new() }
}
