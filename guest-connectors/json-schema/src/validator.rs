//! Whether values are valid under a schema.

use std::error::Error as StdError;
use std::fmt;

use boon::{Compiler, Draft, SchemaIndex, Schemas, UrlLoader, ValidationError};
use serde_json::Value as Json;

use crate::document::{BASE, Document, is_named};

/// A compiled schema.
pub struct Validator {
    schemas: Schemas,
    root: SchemaIndex,
}

impl fmt::Debug for Validator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Validator").field("schemas", &self.schemas.size()).finish()
    }
}

/// The schemas that the registry names, and no others: nothing is fetched.
struct References(Vec<(String, Json)>);

impl UrlLoader for References {
    fn load(&self, address: &str) -> Result<Json, Box<dyn StdError>> {
        let found = self.0.iter().find(|(name, _)| is_named(address, name));
        found.map(|(_, json)| json.clone()).ok_or_else(|| format!("the registry names no reference {address}").into())
    }
}

impl Validator {
    /// Of a schema, by draft 7 unless it says another. A message for people when it is no JSON Schema.
    pub fn new(document: &Document) -> Result<Self, String> {
        let mut compiler = Compiler::new();
        compiler.set_default_draft(Draft::V7);
        compiler.use_loader(Box::new(References(document.references.clone())));
        compiler.add_resource(BASE, document.root.clone()).map_err(|error| error.to_string())?;
        let mut schemas = Schemas::new();
        let root = compiler.compile(BASE, &mut schemas).map_err(|error| format!("{error:#}"))?;
        Ok(Self { schemas, root })
    }

    /// Why a payload is not valid, if it is not.
    pub fn check(&self, payload: &[u8]) -> Result<(), String> {
        let value: Json = serde_json::from_slice(payload).map_err(|error| format!("it is no JSON: {error}"))?;
        self.schemas.validate(&value, self.root).map_err(|error| {
            let first = first_cause(&error);
            let place = first.instance_location.to_string();
            let place = if place.is_empty() { String::new() } else { format!(" at {place}") };
            format!("it does not match the schema{place}: {}", first.kind)
        })
    }
}

/// Errors stand within errors; the innermost says what is wrong.
fn first_cause<'e, 's, 'v>(error: &'e ValidationError<'s, 'v>) -> &'e ValidationError<'s, 'v> {
    let mut innermost = error;
    while let Some(cause) = innermost.causes.first() {
        innermost = cause;
    }
    innermost
}
