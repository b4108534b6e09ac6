//! A transformation that writes one field of schemaless values in capitals.

use caisson_sdk::{
    Config, ConfigDef, ConfigKey, Error, Importance, KeyType, PluginInfo, Record, Transformation, Validator, Value,
};

/// The transformation, configured.
pub struct UpperCase {
    field: String,
}

impl Transformation for UpperCase {
    fn plugin() -> PluginInfo {
        let field = ConfigKey::new("field", KeyType::String, Importance::High, "The field to write in capitals.");
        let config = ConfigDef::new().key(field.validator(Validator::NonEmpty));
        PluginInfo::new("com.example.UpperCase", "Writes one field in capitals.", config)
    }

    fn configure(config: &Config) -> Result<Self, Error> {
        Ok(Self { field: config.string("field")?.to_owned() })
    }

    fn apply<'b>(&mut self, mut record: Record<'b>) -> Result<Option<Record<'b>>, Error> {
        // What is not looked into stays as it came, and is copied as bytes.
        let Value::Map(mut entries) = record.value.value.clone().decoded()? else { return Ok(Some(record)) };
        for (name, value) in &mut entries {
            let capitals = value.as_str().map(str::to_uppercase);
            if let Some(capitals) = capitals
                && name.as_str() == Some(&self.field)
            {
                *value = capitals.into();
            }
        }
        record.value.value = Value::Map(entries);
        Ok(Some(record))
    }
}

caisson_sdk::export! {
    transformations: [UpperCase],
}
