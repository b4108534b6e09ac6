//! Schemas that a transformation has changed, kept by the schema they were made of (Kafka's `SchemaUpdateCache`).

use caisson_sdk::{Error, Schema};

/// As many as Kafka keeps.
const CAPACITY: usize = 16;

/// What was made of the schemas seen lately.
#[derive(Debug)]
pub struct SchemaUpdates<T> {
    made: Vec<(Schema, T)>,
}

impl<T> SchemaUpdates<T> {
    /// Nothing yet.
    pub fn new() -> Self {
        Self { made: Vec::new() }
    }

    /// What `make` makes of the schema, made once.
    pub fn get(&mut self, schema: &Schema, make: impl FnOnce(&Schema) -> Result<T, Error>) -> Result<&T, Error> {
        let known = self.made.iter().position(|(known, _)| known.is_same(schema));
        let known = known.or_else(|| self.made.iter().position(|(known, _)| known == schema));
        let index = match known {
            Some(index) => index,
            None => {
                let update = make(schema)?;
                if self.made.len() >= CAPACITY {
                    self.made.remove(0);
                }
                self.made.push((schema.clone(), update));
                self.made.len() - 1
            }
        };
        let found = self.made.get(index).map(|(_, update)| update);
        found.ok_or_else(|| Error::connect("a schema just kept is gone"))
    }
}

impl<T> Default for SchemaUpdates<T> {
    fn default() -> Self {
        Self::new()
    }
}
