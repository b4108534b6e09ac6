//! Schema registries of Confluent's API, spoken to for plugins: [`Registries`] are those of a worker, each cached for all who name it
//! with the same settings.

mod answer;
pub mod error;
mod exchange;
pub mod keys;
mod remembered;
pub mod schema;
pub mod settings;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::json;

use crate::config::Props;
use crate::config::value::ConfigError;

use self::error::RegistryError;
use self::exchange::{Exchange, Request};
use self::remembered::Remembered;
use self::schema::{Definition, Located, Referred, Registered};
use self::settings::Settings;

/// The version that asks for the newest.
pub const LATEST: i32 = -1;
/// How many registries a worker keeps the caches of; beyond, those that no plugin has open are forgotten.
const KEPT: usize = 64;
/// How deep references may refer on: a registry that refers in circles is refused.
const DEPTH: usize = 64;

/// The registries of a worker.
#[derive(Default)]
pub struct Registries {
    known: Mutex<BTreeMap<Props, Arc<Registry>>>,
}

impl Registries {
    /// The registry of a configuration: the same for the same settings.
    ///
    /// # Errors
    /// A key that is wrong, with its name.
    pub fn of(&self, config: &Props) -> Result<Arc<Registry>, ConfigError> {
        let own = keys::of_registry(config);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(registry) = known.get(&own) {
            return Ok(Arc::clone(registry));
        }
        let registry = Arc::new(Registry::new(Settings::read(&own)?));
        if known.len() >= KEPT {
            known.retain(|_, registry| Arc::strong_count(registry) > 1);
        }
        known.insert(own, Arc::clone(&registry));
        Ok(registry)
    }
}

/// One registry, at one or several URLs.
pub struct Registry {
    exchange: Exchange,
    remembered: Remembered,
}

impl Registry {
    /// A registry that nobody has asked yet.
    pub fn new(settings: Settings) -> Self {
        Self { remembered: Remembered::new(&settings), exchange: Exchange::new(settings) }
    }

    /// The schema of an id.
    ///
    /// # Errors
    /// Any [`RegistryError`].
    pub async fn by_id(&self, id: i32, subject: Option<&str>) -> Result<Arc<Registered>, RegistryError> {
        let fetch = async {
            let subject = subject.map(|subject| ("subject", subject));
            let answer = self.exchange.ask(Request::get(&["schemas", "ids", &id.to_string()], subject.as_slice())).await?;
            let definition = answer::definition(&answer)?;
            let referred = self.referred(&definition).await?;
            Ok(Registered { id, definition, referred, subject: None, version: None })
        };
        self.remembered.by_id(id, fetch).await
    }

    /// A version of a subject, [`LATEST`] for the newest.
    ///
    /// # Errors
    /// Any [`RegistryError`].
    pub async fn by_version(&self, subject: &str, version: i32) -> Result<Arc<Registered>, RegistryError> {
        let fetch = self.fetch_version(subject, version);
        match version {
            LATEST => self.remembered.latest((subject.to_owned(), Vec::new()), fetch).await,
            _ => self.remembered.by_version((subject.to_owned(), version), fetch).await,
        }
    }

    /// The newest version of a subject whose metadata has these properties.
    ///
    /// # Errors
    /// Any [`RegistryError`].
    pub async fn by_metadata(&self, subject: &str, metadata: &[(String, String)]) -> Result<Arc<Registered>, RegistryError> {
        let fetch = async {
            let query: Vec<(&str, &str)> =
                metadata.iter().flat_map(|(key, value)| [("key", key.as_str()), ("value", value.as_str())]).collect();
            let answer = self.exchange.ask(Request::get(&["subjects", subject, "metadata"], &query)).await?;
            self.registered(&answer).await
        };
        self.remembered.latest((subject.to_owned(), metadata.to_vec()), fetch).await
    }

    /// Registers a schema under a subject unless it is there.
    ///
    /// # Errors
    /// Any [`RegistryError`].
    pub async fn register(&self, subject: &str, schema: &Definition, normalize: bool) -> Result<Located, RegistryError> {
        let fetch = async {
            let request = Request::post(&["subjects", subject, "versions"], &[("normalize", flag(normalize))], body(schema));
            answer::located(&self.exchange.ask(request).await?)
        };
        self.remembered.registered((subject.to_owned(), schema.clone(), normalize), fetch).await
    }

    /// Where a schema is registered under a subject.
    ///
    /// # Errors
    /// Any [`RegistryError`].
    pub async fn look_up(&self, subject: &str, schema: &Definition, normalize: bool) -> Result<Located, RegistryError> {
        let fetch = async {
            let query = [("normalize", flag(normalize)), ("deleted", "true")];
            let request = Request::post(&["subjects", subject], &query, body(schema));
            answer::located(&self.exchange.ask(request).await?)
        };
        self.remembered.located((subject.to_owned(), schema.clone(), normalize), fetch).await
    }

    async fn fetch_version(&self, subject: &str, version: i32) -> Result<Registered, RegistryError> {
        let version = if version == LATEST { "latest".to_owned() } else { version.to_string() };
        let path = ["subjects", subject, "versions", &version];
        // A version that is deleted is still referred to.
        let query: &[(&str, &str)] = if version == "latest" { &[] } else { &[("deleted", "true")] };
        let answer = self.exchange.ask(Request::get(&path, query)).await?;
        self.registered(&answer).await
    }

    async fn registered(&self, answer: &serde_json::Value) -> Result<Registered, RegistryError> {
        let (id, subject, version) = answer::place(answer)?;
        let definition = answer::definition(answer)?;
        let referred = self.referred(&definition).await?;
        Ok(Registered { id, definition, referred, subject: Some(subject), version: Some(version) })
    }

    /// Everything that a schema refers to: a walk in depth, each name once, what is referred to first.
    async fn referred(&self, of: &Definition) -> Result<Vec<Referred>, RegistryError> {
        let mut done: Vec<Referred> = Vec::new();
        // What is under way: the schemas from the outermost in, each with how many of its references have been followed.
        let mut under_way: Vec<(Option<Referred>, Vec<schema::Reference>)> = vec![(None, of.references.clone())];
        while let Some((_, left)) = under_way.last_mut() {
            if left.is_empty() {
                if let Some((Some(own), _)) = under_way.pop() {
                    done.push(own);
                }
                continue;
            }
            let reference = left.remove(0);
            if done.iter().any(|known| known.reference.name == reference.name) {
                continue;
            }
            if under_way.len() > DEPTH {
                return Err(RegistryError::unreadable(format!("references go deeper than {DEPTH} at {}", reference.name)));
            }
            let path = ["subjects", &reference.subject, "versions", &reference.version.to_string()];
            let answer = self.exchange.ask(Request::get(&path, &[("deleted", "true")])).await?;
            let other = answer::definition(&answer)?;
            under_way.push((Some(Referred { reference, text: other.text }), other.references));
        }
        Ok(done)
    }
}

fn flag(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}

/// AVRO is what a registry takes a schema for that says nothing; old ones know no other.
fn body(schema: &Definition) -> serde_json::Value {
    let mut body = serde_json::Map::new();
    body.insert("schema".to_owned(), json!(schema.text));
    if schema.type_ != schema::AVRO {
        body.insert("schemaType".to_owned(), json!(schema.type_));
    }
    if !schema.references.is_empty() {
        let reference = |of: &schema::Reference| json!({ "name": of.name, "subject": of.subject, "version": of.version });
        body.insert("references".to_owned(), schema.references.iter().map(reference).collect());
    }
    body.into()
}
