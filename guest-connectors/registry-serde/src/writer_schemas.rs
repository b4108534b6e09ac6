//! Which schema of the registry a value is written under (Confluent: `AbstractKafkaSchemaSerDe`).

use std::collections::HashMap;
use std::rc::Rc;

use caisson_sdk::schema_registry::{Definition, LATEST, Registered, SchemaRegistry};
use caisson_sdk::{Config, Error};

use crate::keys;
use crate::reader_schemas::make_room;

/// The schema that a value is written under.
#[derive(Debug, Clone)]
pub enum Choice {
    /// The value's own, which has that id.
    Own(i32),
    /// One of the registry's.
    Other {
        /// The schema.
        schema: Rc<Registered>,
        /// The key that says that it must be able to read what the value's own schema writes; none: it need not.
        strict: Option<&'static str>,
    },
}

#[derive(Debug, Clone)]
enum Rule {
    Register,
    Id(i32),
    Metadata(Vec<(String, String)>),
    Latest,
    LookUp,
}

/// Chooses schemas, and remembers what it chose.
#[derive(Debug)]
pub struct WriterSchemas {
    registry: Rc<SchemaRegistry>,
    rule: Rule,
    normalize: bool,
    id_strict: bool,
    latest_strict: bool,
    /// Whether a choice holds for good.
    lasting: bool,
    capacity: usize,
    chosen: HashMap<String, Vec<(Definition, Choice)>>,
}

impl WriterSchemas {
    /// As the configuration says. `ConfigException` for metadata that is not `name=value`.
    pub fn new(registry: Rc<SchemaRegistry>, config: &Config) -> Result<Self, Error> {
        let rule = rule(config)?;
        let latest = matches!(rule, Rule::Latest | Rule::Metadata(_));
        Ok(Self {
            registry,
            normalize: config.boolean(keys::NORMALIZE_SCHEMAS)?,
            id_strict: config.boolean(keys::ID_COMPATIBILITY_STRICT)?,
            latest_strict: config.boolean(keys::LATEST_COMPATIBILITY_STRICT)?,
            lasting: !latest || config.int(keys::LATEST_CACHE_TTL_SEC)? < 0,
            capacity: usize::try_from(config.int(keys::SCHEMAS_CACHE_CONFIG)?).unwrap_or(0),
            rule,
            chosen: HashMap::new(),
        })
    }

    /// Whether a choice may be remembered for good. It may not when the newest version of a subject is wanted and
    /// `latest.cache.ttl.sec` says that it gets old.
    pub fn is_lasting(&self) -> bool {
        self.lasting
    }

    /// The schema for a value of schema `own` under that subject. Errors as those of [`SchemaRegistry`].
    pub fn choose(&mut self, subject: &str, own: &Definition) -> Result<Choice, Error> {
        if self.lasting {
            let known = self.chosen.get(subject).and_then(|known| known.iter().find(|(definition, _)| definition == own));
            if let Some((_, choice)) = known {
                return Ok(choice.clone());
            }
        }
        let choice = self.ask(subject, own)?;
        if self.lasting {
            make_room(&mut self.chosen, self.capacity);
            let of_subject = self.chosen.entry(subject.to_owned()).or_default();
            if of_subject.len() >= self.capacity {
                of_subject.clear();
            }
            of_subject.push((own.clone(), choice.clone()));
        }
        Ok(choice)
    }

    /// What choosing does, for messages: `registering`, `retrieving`.
    pub fn doing(&self) -> &'static str {
        match self.rule {
            Rule::Register => "Error registering",
            Rule::Id(_) => "Error retrieving schema ID for",
            Rule::Metadata(_) => "Error retrieving latest with metadata of",
            Rule::Latest => "Error retrieving latest version of",
            Rule::LookUp => "Error retrieving",
        }
    }

    fn ask(&self, subject: &str, own: &Definition) -> Result<Choice, Error> {
        let strict = self.latest_strict.then_some(keys::LATEST_COMPATIBILITY_STRICT);
        Ok(match &self.rule {
            Rule::Register => Choice::Own(self.registry.register(subject, own, self.normalize)?.id),
            Rule::LookUp => Choice::Own(self.registry.look_up(subject, own, self.normalize)?.id),
            Rule::Id(id) => {
                let schema = Rc::new(self.registry.by_id(*id, Some(subject))?);
                Choice::Other { schema, strict: self.id_strict.then_some(keys::ID_COMPATIBILITY_STRICT) }
            }
            Rule::Metadata(metadata) => Choice::Other { schema: Rc::new(self.registry.by_metadata(subject, metadata)?), strict },
            Rule::Latest => Choice::Other { schema: Rc::new(self.registry.by_version(subject, LATEST)?), strict },
        })
    }
}

/// The first that applies, in the order of Confluent's serializers.
fn rule(config: &Config) -> Result<Rule, Error> {
    if config.boolean(keys::AUTO_REGISTER_SCHEMAS)? {
        return Ok(Rule::Register);
    }
    let id = config.int(keys::USE_SCHEMA_ID)?;
    if id >= 0 {
        return Ok(Rule::Id(id));
    }
    let metadata = keys::metadata(config)?;
    if !metadata.is_empty() {
        return Ok(Rule::Metadata(metadata));
    }
    Ok(if config.boolean(keys::USE_LATEST_VERSION)? { Rule::Latest } else { Rule::LookUp })
}
