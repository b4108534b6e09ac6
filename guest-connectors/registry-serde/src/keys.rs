//! The keys that Confluent's converters have in common (`AbstractKafkaSchemaSerDeConfig`). Those that say where the registry is and how
//! it is spoken to are the worker's to read: it leaves credentials out of what a plugin is given.

use caisson_sdk::schema_registry::CAPABILITY;
use caisson_sdk::{Config, ConfigDef, ConfigKey, Error, Importance, KeyType, PluginInfo, Validator, Width};

use crate::subject_name;

/// Register schemas that the registry does not know.
pub const AUTO_REGISTER_SCHEMAS: &str = "auto.register.schemas";
/// Write under the subject's newest schema.
pub const USE_LATEST_VERSION: &str = "use.latest.version";
/// Refuse a newest schema that could not read what is written.
pub const LATEST_COMPATIBILITY_STRICT: &str = "latest.compatibility.strict";
/// Write under the newest schema with this metadata.
pub const USE_LATEST_WITH_METADATA: &str = "use.latest.with.metadata";
/// Write under the schema of that id.
pub const USE_SCHEMA_ID: &str = "use.schema.id";
/// Refuse that schema if it could not read what is written.
pub const ID_COMPATIBILITY_STRICT: &str = "id.compatibility.strict";
/// Let the registry take schemas that differ in form only for one.
pub const NORMALIZE_SCHEMAS: &str = "normalize.schemas";
/// How long the newest schema of a subject is taken for it.
pub const LATEST_CACHE_TTL_SEC: &str = "latest.cache.ttl.sec";
/// Names the subjects of keys.
pub const KEY_SUBJECT_NAME_STRATEGY: &str = "key.subject.name.strategy";
/// Names the subjects of values.
pub const VALUE_SUBJECT_NAME_STRATEGY: &str = "value.subject.name.strategy";
/// How many schemas a converter remembers.
pub const SCHEMAS_CACHE_CONFIG: &str = "schemas.cache.config";

/// An entry of the manifest for a converter over a registry: the common keys stand before its own.
pub fn plugin(class: &str, documentation: &str, own: ConfigDef) -> PluginInfo {
    PluginInfo::new(class, documentation, own).capability(CAPABILITY)
}

/// The common keys. A converter adds its own.
pub fn definition() -> ConfigDef {
    choice(connection(ConfigDef::new()))
}

/// The properties that `use.latest.with.metadata` names. `ConfigException` for an entry that is not `name=value`.
pub fn metadata(config: &Config) -> Result<Vec<(String, String)>, Error> {
    let pair = |entry: &String| {
        let wrong = || Error::invalid_value(USE_LATEST_WITH_METADATA, Some(entry), "an entry is name=value");
        entry.split_once('=').map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned())).ok_or_else(wrong)
    };
    config.list(USE_LATEST_WITH_METADATA)?.iter().map(pair).collect()
}

/// Where the registry is, and how it is spoken to.
fn connection(def: ConfigDef) -> ConfigDef {
    use Importance::{High, Low, Medium};
    use KeyType::{Int, List, Password, String};
    let text = |name, importance, documentation| ConfigKey::new(name, String, importance, documentation);
    let number = |name, default, documentation| ConfigKey::new(name, Int, Low, documentation).default(default);
    let secret = |name, documentation| ConfigKey::new(name, Password, Medium, documentation).default("");
    def.key(
        ConfigKey::new(
            "schema.registry.url",
            List,
            High,
            "URLs of the schema registry; the next is asked when one does not answer.",
        )
        .width(Width::Long),
    )
    .key(number("max.schemas.per.subject", "1000", "How many schemas of the registry the worker remembers."))
    .key(number("latest.cache.size", "1000", "How many newest versions of subjects the worker remembers."))
    .key(number(LATEST_CACHE_TTL_SEC, "-1", "How many seconds the newest version of a subject is taken for it; -1: for good."))
    .key(
        text(
            "basic.auth.credentials.source",
            Medium,
            "Where user and password come from: URL, USER_INFO (basic.auth.user.info) or SASL_INHERIT (sasl.jaas.config).",
        )
        .default("URL"),
    )
    .key(secret("basic.auth.user.info", "User and password of basic authentication, as user:password."))
    .key(secret("schema.registry.basic.auth.user.info", "Older name of basic.auth.user.info."))
    .key(
        text("bearer.auth.credentials.source", Medium, "Where the bearer token comes from: STATIC_TOKEN (bearer.auth.token).")
            .default("STATIC_TOKEN"),
    )
    .key(secret("bearer.auth.token", "Token of bearer authentication."))
    .key(text("bearer.auth.logical.cluster", Low, "Sent as header target-sr-cluster with a bearer token.").optional())
    .key(text("bearer.auth.identity.pool.id", Low, "Sent as header Confluent-Identity-Pool-Id with a bearer token.").optional())
    .key(number("http.connect.timeout.ms", "60000", "How long connecting to a registry may take.").validator(Validator::Min(0.0)))
    .key(number("http.read.timeout.ms", "60000", "How long the answer of a registry may take.").validator(Validator::Min(0.0)))
    .key(number("max.retries", "3", "How often a request is repeated after a fault.").validator(Validator::Min(0.0)))
    .key(number("retries.wait.ms", "1000", "The wait before the first repetition; it doubles.").validator(Validator::Min(0.0)))
    .key(number("retries.max.wait.ms", "20000", "The longest wait before a repetition.").validator(Validator::Min(0.0)))
}

/// Which schema a value is written under.
fn choice(def: ConfigDef) -> ConfigDef {
    use Importance::{Low, Medium};
    use KeyType::{Boolean, Class, Int, List};
    let flag =
        |name, importance, default, documentation| ConfigKey::new(name, Boolean, importance, documentation).default(default);
    let strategy = |name, documentation| {
        let classes = [subject_name::TOPIC, subject_name::RECORD, subject_name::TOPIC_RECORD];
        ConfigKey::new(name, Class, Medium, documentation).default(subject_name::TOPIC).classes(&classes)
    };
    def.key(flag(AUTO_REGISTER_SCHEMAS, Medium, "true", "Registers schemas that the registry does not know."))
        .key(flag(NORMALIZE_SCHEMAS, Medium, "false", "Lets the registry take schemas that differ only in form for one."))
        .key(ConfigKey::new(USE_SCHEMA_ID, Int, Low, "Writes under the schema of that id, without registering.").default("-1"))
        .key(flag(ID_COMPATIBILITY_STRICT, Low, "true", "Refuses the schema of use.schema.id if it cannot read what is written."))
        .key(flag(
            USE_LATEST_VERSION,
            Low,
            "false",
            "Writes under the newest schema of the subject, without auto.register.schemas, and reads by it (not Avro).",
        ))
        .key(flag(LATEST_COMPATIBILITY_STRICT, Low, "true", "Refuses the newest schema if it cannot read what is written."))
        .key(
            ConfigKey::new(
                USE_LATEST_WITH_METADATA,
                List,
                Low,
                "Writes under, and reads by (not Avro), the newest schema of the subject whose metadata has these properties, as \
                 name=value.",
            )
            .optional(),
        )
        .key(strategy(KEY_SUBJECT_NAME_STRATEGY, "Names the subjects of keys."))
        .key(strategy(VALUE_SUBJECT_NAME_STRATEGY, "Names the subjects of values."))
        .key(ConfigKey::new(SCHEMAS_CACHE_CONFIG, Int, Low, "How many schemas the converter remembers.").default("1000"))
}
