//! The way to a field, as `field.syntax.version` spells it (KIP-821): `V1` is a name, `V2` names with dots between them.

use caisson_sdk::data::value::Value;
use caisson_sdk::{Config, ConfigKey, Error, Field, Importance, KeyType, Schema, Struct, Type, Validator};

use crate::requirements::{Entries, java_error, require_map, require_struct};

/// The key that chooses the syntax.
pub const FIELD_SYNTAX_VERSION: &str = "field.syntax.version";

const PURPOSE: &str = "nested field access";

/// The definition of [`FIELD_SYNTAX_VERSION`].
pub fn field_syntax_version() -> ConfigKey {
    ConfigKey::new(
        FIELD_SYNTAX_VERSION,
        KeyType::String,
        Importance::High,
        "Defines the version of the syntax to access fields. If set to <code>V1</code>, then the field paths are limited to \
         access the elements at the root level of the struct or map. If set to <code>V2</code>, the syntax will support \
         accessing nested elements. To access nested elements, dotted notation is used. If dots are already included in the \
         field name, then backtick pairs can be used to wrap field names containing dots. E.g. to access the subfield \
         <code>baz</code> from a field named \"foo.bar\" in a struct/map the following format can be used to access its \
         elements: \"<code>foo.bar</code>.baz\".",
    )
    .default("V1")
    .validator(Validator::OneOfIgnoringCase(vec!["V1", "V2"]))
}

/// The names from the outermost to the innermost field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldPath {
    steps: Vec<String>,
}

impl FieldPath {
    /// The path in a configuration's syntax. `ConfigException` for a backtick without its pair.
    pub fn of(text: &str, config: &Config) -> Result<Self, Error> {
        let nested = config.string(FIELD_SYNTAX_VERSION)?.eq_ignore_ascii_case("V2");
        if nested { Self::nested(text) } else { Ok(Self { steps: vec![text.to_owned()] }) }
    }

    fn nested(text: &str) -> Result<Self, Error> {
        let mut steps = Vec::new();
        let mut at = 0;
        while at < text.len() {
            let rest = text.get(at..).unwrap_or_default();
            if rest.starts_with('`') {
                let (name, next) = quoted(text, at)?;
                steps.push(name);
                at = next;
            } else if let Some((name, _)) = rest.split_once('.') {
                steps.push(name.to_owned());
                at += name.len() + 1;
            } else {
                steps.push(rest.to_owned());
                break;
            }
        }
        if text.ends_with('.') {
            steps.push(String::new());
        }
        Ok(Self { steps })
    }

    /// The outer names and the last one. Java's error for the path that an empty text is.
    fn split(&self) -> Result<(&[String], &str), Error> {
        match self.steps.split_last() {
            Some((last, outer)) => Ok((outer, last)),
            None => Err(java_error("java.lang.IllegalArgumentException", "fromIndex(0) > toIndex(-1)")),
        }
    }

    /// The field in a schema; none where a name is unknown. `DataException` where the path goes on below a field that is no struct.
    pub fn field<'s>(&self, schema: &'s Schema) -> Result<Option<&'s Field>, Error> {
        let (outer, last) = self.split()?;
        let mut current = schema;
        for step in outer {
            let Some(field) = look_up(current, step)? else { return Ok(None) };
            current = &field.schema;
        }
        look_up(current, last)
    }

    /// The field's value in a struct, null where there is none. Structs on the way may be defaults; the value itself only `with_default`.
    pub fn value_of_struct<'b>(&self, structure: Struct<'b>, with_default: bool) -> Result<Value<'b>, Error> {
        let (outer, last) = self.split()?;
        let mut current = structure;
        for step in outer {
            let value = take_field(current, step, true);
            if value.is_null() {
                return Ok(value);
            }
            current = require_struct(value, PURPOSE)?;
        }
        Ok(take_field(current, last, with_default))
    }

    /// The value in a schemaless map, null where there is none.
    pub fn value_of_map<'b>(&self, entries: Entries<'b>) -> Result<Value<'b>, Error> {
        let (outer, last) = self.split()?;
        let mut current = entries;
        for step in outer {
            let value = take_entry(current, step);
            if value.is_null() {
                return Ok(value);
            }
            current = require_map(value, PURPOSE)?;
        }
        Ok(take_entry(current, last))
    }
}

/// The name inside the backticks that start at `start`, and where the path goes on. A backtick ends the name only before a dot or at the
/// end; one that is escaped by a backslash before a dot belongs to it.
fn quoted(text: &str, start: usize) -> Result<(String, usize), Error> {
    let mut name = String::new();
    let mut kept = start + 1;
    let mut from = kept;
    loop {
        let rest = text.get(from..).unwrap_or_default();
        let tick = from + rest.find('`').ok_or_else(|| unpaired(text, start))?;
        let escaped = text.get(..tick).is_some_and(|before| before.ends_with('\\'));
        let after = text.get(tick + 1..).unwrap_or_default();
        from = tick + 1;
        if after.is_empty() {
            if escaped {
                return Err(unpaired(text, start));
            }
            name.push_str(text.get(kept..tick).unwrap_or_default());
            return Ok((name, from));
        }
        if !after.starts_with('.') {
            continue;
        }
        if !escaped {
            name.push_str(text.get(kept..tick).unwrap_or_default());
            return Ok((name, tick + 2));
        }
        name.push_str(text.get(kept..tick - 1).unwrap_or_default());
        name.push('`');
        kept = from;
    }
}

/// Java counts positions in UTF-16.
fn unpaired(text: &str, start: usize) -> Error {
    let position = text.get(..start).unwrap_or_default().encode_utf16().count();
    Error::config(format!(
        "Incomplete backtick pair in path: [{text}], consider adding a backslash before backtick at position {position} to escape it"
    ))
}

fn look_up<'s>(schema: &'s Schema, name: &str) -> Result<Option<&'s Field>, Error> {
    if schema.type_() != Type::Struct {
        return Err(Error::data("Cannot look up fields on non-struct type"));
    }
    Ok(schema.field(name).map(|(_, field)| field))
}

fn take_field<'b>(structure: Struct<'b>, name: &str, with_default: bool) -> Value<'b> {
    let (schema, values) = structure.into_parts();
    let Some((index, field)) = schema.field(name) else { return Value::Null };
    match values.into_iter().nth(index).unwrap_or(Value::Null) {
        Value::Null if with_default => field.schema.default_value().cloned().unwrap_or(Value::Null),
        value => value,
    }
}

fn take_entry<'b>(entries: Entries<'b>, name: &str) -> Value<'b> {
    let found = entries.into_iter().find(|(key, _)| key.as_str() == Some(name));
    found.map_or(Value::Null, |(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(text: &str) -> Vec<String> {
        FieldPath::nested(text).unwrap().steps
    }

    #[test]
    fn dots_divide_and_backticks_keep_together() {
        assert_eq!(steps("a.b"), ["a", "b"]);
        assert_eq!(steps("a..b."), ["a", "", "b", ""]);
        assert_eq!(steps("`a.b`.c"), ["a.b", "c"]);
        assert_eq!(steps("`a`b`"), ["a`b"]);
        assert_eq!(steps("`a\\`.b`"), ["a`.b"]);
        assert_eq!(steps("``"), [""]);
        assert_eq!(steps("a`b"), ["a`b"]);
        assert!(steps("").is_empty());
    }

    #[test]
    fn a_backtick_without_pair_is_told_by_its_place() {
        let message = FieldPath::nested("é.`a").unwrap_err().message().to_owned();
        assert!(message.contains("[é.`a], ") && message.contains("position 2 "), "{message}");
        assert!(FieldPath::nested("`a\\`").is_err());
        assert!(FieldPath::nested("`").is_err());
    }
}
