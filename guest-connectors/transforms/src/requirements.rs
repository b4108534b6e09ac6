//! What a transformation asks of a value (Kafka's `Requirements`).

use caisson_sdk::data::value::Value;
use caisson_sdk::{ConfigKey, Error, Importance, KeyType, Struct};

/// The key that most transformations of fields have (KIP-1040).
pub const REPLACE_NULL_WITH_DEFAULT: &str = "replace.null.with.default";

/// The entries of a map.
pub type Entries<'b> = Vec<(Value<'b>, Value<'b>)>;

/// The definition of [`REPLACE_NULL_WITH_DEFAULT`].
pub fn replace_null_with_default() -> ConfigKey {
    ConfigKey::new(
        REPLACE_NULL_WITH_DEFAULT,
        KeyType::Boolean,
        Importance::Medium,
        "Whether to replace fields that have a default value and that are null to the default value. When set to true, the \
         default value is used, otherwise null is used.",
    )
    .default("true")
}

/// The entries of a schemaless map. `DataException` for any other value.
pub fn require_map<'b>(value: Value<'b>, purpose: &str) -> Result<Entries<'b>, Error> {
    match value.decoded()? {
        Value::Map(entries) => Ok(entries),
        other => {
            let found = other.java_class();
            Err(Error::data(format!("Only Map objects supported in absence of schema for [{purpose}], found: {found}")))
        }
    }
}

/// The struct. `DataException` for any other value.
pub fn require_struct<'b>(value: Value<'b>, purpose: &str) -> Result<Struct<'b>, Error> {
    match value.decoded()? {
        Value::Struct(structure) => Ok(structure),
        other => {
            let found = other.java_class();
            Err(Error::data(format!("Only Struct objects supported for [{purpose}], found: {found}")))
        }
    }
}

/// Sets an entry: in place if the key is there, else at the end.
pub fn put<'b>(entries: &mut Entries<'b>, name: &'static str, value: Value<'b>) {
    match entries.iter_mut().find(|(key, _)| key.as_str() == Some(name)) {
        Some((_, held)) => *held = value,
        None => entries.push((Value::from(name), value)),
    }
}

/// A text of the configuration for good: a record that borrows it costs no copy. A plugin is configured once for the life of its
/// instance, so what this keeps is bounded by the configuration.
pub fn for_good(text: &str) -> &'static str {
    text.to_owned().leak()
}

/// What stands for a null field: the default of its schema, if that is wanted and there is one. `DataException` when null
/// it stays and null is not allowed.
pub fn fill_null<'b>(field: &caisson_sdk::Field, value: &mut Value<'b>, with_default: bool) -> Result<(), Error> {
    if !value.is_null() {
        return Ok(());
    }
    if with_default && let Some(default) = field.schema.default_value() {
        *value = default.clone();
        return Ok(());
    }
    refuse_null(field)
}

/// `DataException` where null is not allowed, in the words of `ConnectSchema.validateValue`.
pub fn refuse_null(field: &caisson_sdk::Field) -> Result<(), Error> {
    if field.schema.is_optional() {
        return Ok(());
    }
    let (name, type_) = (&field.name, field.schema.type_());
    Err(Error::data(format!("Invalid value: null used for required field: \"{name}\", schema type: {type_}")))
}

/// A record is bad in a way that Java tells with one of its own exceptions.
pub fn java_error(class: &'static str, message: impl Into<String>) -> Error {
    Error::data(message).with_class(class)
}

/// `ClassCastException`, as the JVM words it for classes of its own.
pub fn not_castable(value: &Value<'_>, wanted: &str) -> Error {
    let class = value.java_class();
    let text = format!(
        "class {class} cannot be cast to class {wanted} ({class} and {wanted} are in module java.base of loader 'bootstrap')"
    );
    java_error("java.lang.ClassCastException", text)
}
