//! Offsets of connectors, as the REST API shows them (KIP-875).

use serde_json::{Value as Json, json};

use super::error::HerderError;
use super::standalone::Herder;

impl Herder {
    /// A source connector's partitions and offsets, as stored.
    pub fn offsets(&self, name: &str) -> Result<Json, HerderError> {
        let entry = self.entry(name)?;
        if self.type_of(&entry.config) == "sink" {
            return Err(HerderError::Failed(format!("The offsets of sink connector {name} are those of consumer group connect-{name}")));
        }
        let stored = self.parts.offsets.of_connector(name).into_iter();
        let offsets: Vec<Json> =
            stored.map(|(partition, offset)| json!({"partition": partition, "offset": offset})).collect();
        Ok(json!({ "offsets": offsets }))
    }
}
