//! The schemas that payloads were written under, and those that they are read by.

use std::collections::HashMap;
use std::rc::Rc;

use caisson_sdk::schema_registry::{LATEST, Registered, SchemaRegistry};
use caisson_sdk::{Config, Error};

use crate::keys;

/// Schemas of the registry by id, and their versions under subjects. Each is asked for once.
#[derive(Debug)]
pub struct ReaderSchemas {
    registry: Rc<SchemaRegistry>,
    capacity: usize,
    newest: Newest,
    lasting: bool,
    schemas: HashMap<i32, Rc<Registered>>,
    versions: HashMap<(i32, String), Option<i32>>,
}

/// By which schema payloads are read, if not by the one that they were written under.
#[derive(Debug)]
enum Newest {
    No,
    Version,
    Metadata(Vec<(String, String)>),
}

impl ReaderSchemas {
    /// Of that registry, as the configuration says; remembers that many. `ConfigException` for metadata that is not `name=value`.
    pub fn new(registry: Rc<SchemaRegistry>, config: &Config, capacity: usize) -> Result<Self, Error> {
        let metadata = keys::metadata(config)?;
        let newest = match config.boolean(keys::USE_LATEST_VERSION)? {
            _ if !metadata.is_empty() => Newest::Metadata(metadata),
            true => Newest::Version,
            false => Newest::No,
        };
        let lasting = matches!(newest, Newest::No) || config.int(keys::LATEST_CACHE_TTL_SEC)? < 0;
        Ok(Self { registry, capacity, newest, lasting, schemas: HashMap::new(), versions: HashMap::new() })
    }

    /// Whether payloads are read by one schema for good. They are not when the newest version of a subject is wanted and
    /// `latest.cache.ttl.sec` says that it gets old.
    pub fn is_lasting(&self) -> bool {
        self.lasting
    }

    /// The schema that payloads under a subject are read by: the newest, if the configuration wants it. The worker remembers it. Errors
    /// as [`SchemaRegistry::by_version`].
    pub fn newest(&self, subject: &str) -> Result<Option<Registered>, Error> {
        match &self.newest {
            Newest::No => Ok(None),
            Newest::Version => self.registry.by_version(subject, LATEST).map(Some),
            Newest::Metadata(metadata) => self.registry.by_metadata(subject, metadata).map(Some),
        }
    }

    /// The schema of an id, as a payload under that subject names it. Errors as [`SchemaRegistry::by_id`].
    pub fn by_id(&mut self, id: i32, subject: Option<&str>) -> Result<Rc<Registered>, Error> {
        if let Some(known) = self.schemas.get(&id) {
            return Ok(Rc::clone(known));
        }
        let found = Rc::new(self.registry.by_id(id, subject)?);
        make_room(&mut self.schemas, self.capacity);
        self.schemas.insert(id, Rc::clone(&found));
        Ok(found)
    }

    /// Which version of a subject a schema is. Errors as [`SchemaRegistry::look_up`]: it may be none of that subject.
    pub fn version(&mut self, schema: &Registered, subject: &str) -> Result<Option<i32>, Error> {
        let key = (schema.id, subject.to_owned());
        if let Some(known) = self.versions.get(&key) {
            return Ok(*known);
        }
        let version = self.registry.look_up(subject, &schema.definition, false)?.version;
        make_room(&mut self.versions, self.capacity);
        self.versions.insert(key, version);
        Ok(version)
    }
}

/// A full cache is begun anew: it seldom is, and the worker's has what is asked again.
pub(crate) fn make_room<K, V>(cache: &mut HashMap<K, V>, capacity: usize) {
    if cache.len() >= capacity {
        cache.clear();
    }
}
