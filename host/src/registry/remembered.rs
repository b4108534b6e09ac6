//! What a registry has answered. Schemas never change, so they are kept as long as there is room; what is newest may.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use quick_cache::sync::Cache;

use super::error::RegistryError;
use super::schema::{Definition, Located, Registered};
use super::settings::Settings;

/// A subject and its metadata.
type Newest = (String, Vec<(String, String)>);
/// A subject, a schema and whether it is normalized.
type Question = (String, Definition, bool);

/// The caches of a registry. Who asks for what somebody else is asking for already waits for that answer.
pub(super) struct Remembered {
    ids: Cache<i32, Arc<Registered>>,
    versions: Cache<(String, i32), Arc<Registered>>,
    latest: Cache<Newest, (Instant, Arc<Registered>)>,
    latest_time: Option<Duration>,
    registered: Cache<Question, Located>,
    located: Cache<Question, Located>,
}

impl Remembered {
    pub(super) fn new(settings: &Settings) -> Self {
        let (schemas, latest) = (settings.schemas.max(1), settings.latest.max(1));
        Self {
            ids: Cache::new(schemas),
            versions: Cache::new(schemas),
            latest: Cache::new(latest),
            latest_time: settings.latest_time,
            registered: Cache::new(schemas),
            located: Cache::new(schemas),
        }
    }

    pub(super) async fn by_id(
        &self,
        id: i32,
        fetch: impl Future<Output = Result<Registered, RegistryError>>,
    ) -> Result<Arc<Registered>, RegistryError> {
        self.ids.get_or_insert_async(&id, async { fetch.await.map(Arc::new) }).await
    }

    pub(super) async fn by_version(
        &self,
        version: (String, i32),
        fetch: impl Future<Output = Result<Registered, RegistryError>>,
    ) -> Result<Arc<Registered>, RegistryError> {
        self.versions.get_or_insert_async(&version, async { fetch.await.map(Arc::new) }).await
    }

    pub(super) async fn latest(
        &self,
        of: Newest,
        fetch: impl Future<Output = Result<Registered, RegistryError>>,
    ) -> Result<Arc<Registered>, RegistryError> {
        if let Some(time) = self.latest_time {
            self.latest.remove_if(&of, |(since, _)| since.elapsed() >= time);
        }
        let fetch = async { fetch.await.map(|found| (Instant::now(), Arc::new(found))) };
        self.latest.get_or_insert_async(&of, fetch).await.map(|(_, found)| found)
    }

    pub(super) async fn registered(
        &self,
        question: Question,
        fetch: impl Future<Output = Result<Located, RegistryError>>,
    ) -> Result<Located, RegistryError> {
        self.registered.get_or_insert_async(&question, fetch).await
    }

    pub(super) async fn located(
        &self,
        question: Question,
        fetch: impl Future<Output = Result<Located, RegistryError>>,
    ) -> Result<Located, RegistryError> {
        self.located.get_or_insert_async(&question, fetch).await
    }
}
