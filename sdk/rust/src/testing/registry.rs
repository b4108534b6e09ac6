//! A registry in memory, for plugins that run natively. It compares texts and checks no compatibility.

use crate::error::{Error, ErrorKind};
use crate::schema_registry::{CODE, Definition, LATEST, Located, Referred, Registered, STATUS};

/// Subjects and their versions, in the order of registration.
#[derive(Debug, Default, Clone)]
pub struct MemoryRegistry {
    schemas: Vec<Definition>,
    versions: Vec<(String, i32)>,
    /// How often it was asked.
    pub requests: usize,
}

impl MemoryRegistry {
    /// Registers a schema under a subject unless it is there. The error of an unknown reference.
    pub fn register(&mut self, subject: &str, schema: &Definition) -> Result<Located, Error> {
        self.requests += 1;
        self.referred(schema)?;
        let index = self.schemas.iter().position(|known| known == schema).unwrap_or_else(|| {
            self.schemas.push(schema.clone());
            self.schemas.len() - 1
        });
        let id = id_of(index);
        if !self.versions.iter().any(|(name, known)| name == subject && *known == id) {
            self.versions.push((subject.to_owned(), id));
        }
        self.located(subject, id)
    }

    /// Where a schema is registered under a subject, or error 40403.
    pub fn look_up(&mut self, subject: &str, schema: &Definition) -> Result<Located, Error> {
        self.requests += 1;
        let index = self.schemas.iter().position(|known| known == schema).ok_or_else(|| refused("Schema not found", "40403"))?;
        self.located(subject, id_of(index))
    }

    fn located(&self, subject: &str, id: i32) -> Result<Located, Error> {
        let mut of_subject = self.versions.iter().filter(|(name, _)| name == subject);
        let position = of_subject.position(|(_, known)| *known == id).ok_or_else(|| refused("Schema not found", "40403"))?;
        Ok(Located { id, version: Some(id_of(position)) })
    }

    /// The schema of an id, or error 40403.
    pub fn by_id(&mut self, id: i32) -> Result<Registered, Error> {
        self.requests += 1;
        self.schema(id)
    }

    /// A version of a subject, or error 40401.
    pub fn by_version(&mut self, subject: &str, version: i32) -> Result<Registered, Error> {
        self.requests += 1;
        self.version(subject, version)
    }

    fn schema(&self, id: i32) -> Result<Registered, Error> {
        let schema = usize::try_from(id - 1).ok().and_then(|index| self.schemas.get(index));
        let definition = schema.ok_or_else(|| refused("Schema not found", "40403"))?.clone();
        let referred = self.referred(&definition)?;
        Ok(Registered { id, definition, referred, subject: None, version: None })
    }

    fn version(&self, subject: &str, version: i32) -> Result<Registered, Error> {
        let mut of_subject = self.versions.iter().filter(|(name, _)| name == subject).map(|(_, id)| *id);
        let (number, id) = match version {
            LATEST => (of_subject.clone().count(), of_subject.next_back()),
            _ => {
                let number = usize::try_from(version).unwrap_or(0);
                (number, number.checked_sub(1).and_then(|index| of_subject.nth(index)))
            }
        };
        let mut found = self.schema(id.ok_or_else(|| refused("Subject not found", "40401"))?)?;
        found.subject = Some(subject.to_owned());
        found.version = i32::try_from(number).ok();
        Ok(found)
    }

    fn referred(&self, schema: &Definition) -> Result<Vec<Referred>, Error> {
        let mut all: Vec<Referred> = Vec::new();
        for reference in &schema.references {
            let other = self.version(&reference.subject, reference.version)?;
            let own = Referred { reference: reference.clone(), text: other.definition.text };
            for one in other.referred.into_iter().chain([own]) {
                if !all.iter().any(|known| known.reference.name == one.reference.name) {
                    all.push(one);
                }
            }
        }
        Ok(all)
    }
}

/// Ids and versions count from 1.
fn id_of(index: usize) -> i32 {
    i32::try_from(index + 1).unwrap_or(i32::MAX)
}

fn refused(message: &str, code: &str) -> Error {
    let class = "io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException";
    let error = Error::of(ErrorKind::Connect, class, format!("{message}; error code: {code}"));
    error.with_option(STATUS, "404").with_option(CODE, code)
}
