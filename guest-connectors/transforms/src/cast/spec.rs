//! What is cast to which type.

use caisson_sdk::{ConfigValue, Error, Type};

use crate::requirements::for_good;

/// What values can be cast from, as Java's message lists them; the types that they can be cast to are all but the last.
const INPUTS: [Type; 9] =
    [Type::Int8, Type::Int16, Type::Int32, Type::Int64, Type::Float32, Type::Float64, Type::Boolean, Type::String, Type::Bytes];

/// A parsed `spec`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Spec {
    /// The whole key or value.
    Whole(Type),
    /// These fields, in the order of Java's `HashMap`, where the first failure of several is looked for.
    Fields(Vec<(&'static str, Type)>),
}

impl Spec {
    /// From the items of the setting. `ConfigException` in Kafka's words.
    pub fn parse(items: &[String]) -> Result<Self, Error> {
        if items.is_empty() {
            return Err(Error::config("Must specify at least one field to cast."));
        }
        let mut whole = None;
        let mut fields: Vec<(&'static str, Type)> = Vec::new();
        for item in items {
            match parts(item).as_slice() {
                [type_] => whole = Some(output(type_.trim())?),
                [field, type_] => {
                    let type_ = output(type_.trim())?;
                    let field = field.trim();
                    match fields.iter_mut().find(|(known, _)| *known == field) {
                        Some((_, held)) => *held = type_,
                        None => fields.push((for_good(field), type_)),
                    }
                }
                _ => {
                    let shown = format!("[{}]", items.join(", "));
                    return Err(Error::invalid_value("renames", Some(&shown), &format!("Invalid rename mapping: {item}")));
                }
            }
        }
        match whole {
            Some(_) if items.len() > 1 => Err(Error::config(
                "Cast transformations that specify a type to cast the entire value to may only specify a single cast in their spec",
            )),
            Some(type_) => Ok(Self::Whole(type_)),
            None => {
                fields.sort_by_key(|(field, _)| bucket(field));
                Ok(Self::Fields(fields))
            }
        }
    }

    /// The type that a field is cast to, if it is.
    pub fn of_field(&self, name: &str) -> Option<Type> {
        match self {
            Self::Whole(_) => None,
            Self::Fields(fields) => fields.iter().find(|(field, _)| *field == name).map(|(_, type_)| *type_),
        }
    }
}

/// As Java's split: empty texts at the end are none.
fn parts(item: &str) -> Vec<&str> {
    let mut parts: Vec<&str> = item.split(':').collect();
    while parts.len() > 1 && parts.last().is_some_and(|part| part.is_empty()) {
        parts.pop();
    }
    parts
}

fn output(name: &str) -> Result<Type, Error> {
    let upper = name.to_uppercase();
    let Some(type_) = Type::ALL.into_iter().find(|type_| type_.upper_name() == upper) else {
        // Kafka hands name and value to the exception in the wrong order.
        let unknown =
            format!("java.lang.IllegalArgumentException: No enum constant org.apache.kafka.connect.data.Schema.Type.{upper}");
        return Err(Error::invalid_value(&format!("Invalid type found in casting spec: {name}"), Some(&unknown), ""));
    };
    let outputs = INPUTS.split_last().map_or(&INPUTS[..], |(_, outputs)| outputs);
    if outputs.contains(&type_) {
        return Ok(type_);
    }
    let outputs = listed(outputs);
    Err(Error::config(format!("Cast transformation does not support casting to {type_}; supported types are {outputs}")))
}

/// `DataException` for a type that nothing can be cast from.
pub fn check_input(type_: Type) -> Result<(), Error> {
    if INPUTS.contains(&type_) {
        return Ok(());
    }
    let inputs = listed(&INPUTS);
    Err(Error::data(format!("Cast transformation does not support casting from {type_}; supported types are {inputs}")))
}

fn listed(types: &[Type]) -> String {
    format!("[{}]", types.iter().map(|type_| type_.upper_name()).collect::<Vec<_>>().join(", "))
}

/// Where a name stands in a `HashMap` of few entries.
fn bucket(name: &str) -> u32 {
    let hash = name.encode_utf16().fold(0_u32, |hash, unit| hash.wrapping_mul(31).wrapping_add(u32::from(unit)));
    (hash ^ (hash >> 16)) & 15
}

/// What the definition of the key cannot say. A null is a list of nothing.
pub fn check(_: &str, value: &ConfigValue) -> Result<(), Error> {
    match value {
        ConfigValue::List(items) => Spec::parse(items).map(|_| ()),
        _ => Spec::parse(&[]).map(|_| ()),
    }
}
