//! A transformation that writes one field in capitals.

use caisson_sdk::{
    Config, ConfigDef, ConfigKey, Error, Importance, KeyType, PluginInfo, Record, Transformation, Validator, Value,
};

/// The transformation, configured.
pub struct MyPlugin {
    field: String,
}

impl Transformation for MyPlugin {
    fn plugin() -> PluginInfo {
        let field = ConfigKey::new("field", KeyType::String, Importance::High, "The field to write in capitals.");
        let config = ConfigDef::new().key(field.validator(Validator::NonEmpty));
        PluginInfo::new("com.example.MyPlugin", "Writes one field in capitals.", config)
    }

    fn configure(config: &Config) -> Result<Self, Error> {
        Ok(Self { field: config.string("field")?.to_owned() })
    }

    fn apply<'b>(&mut self, mut record: Record<'b>) -> Result<Option<Record<'b>>, Error> {
        // What is not looked into stays as it came, and is copied as bytes.
        match record.value.value.clone().decoded()? {
            Value::Map(mut entries) => {
                for (name, value) in &mut entries {
                    let capitals = value.as_str().map(str::to_uppercase);
                    if let Some(capitals) = capitals
                        && name.as_str() == Some(&self.field)
                    {
                        *value = capitals.into();
                    }
                }
                record.value.value = Value::Map(entries);
            }
            Value::Struct(mut structure) => {
                let capitals = structure.get(&self.field).ok().and_then(Value::as_str).map(str::to_uppercase);
                if let Some(capitals) = capitals {
                    structure.put(&self.field, capitals.into())?;
                }
                record.value.value = Value::Struct(structure);
            }
            _ => {}
        }
        Ok(Some(record))
    }
}

caisson_sdk::export! {
    transformations: [MyPlugin],
}
