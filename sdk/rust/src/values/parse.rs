//! Text as a value (`Values.parseString`): null, booleans, numbers, dates, arrays and maps; anything else is a string.

use crate::data::java_digit;
use crate::data::record::Datum;
use crate::data::schema::{Schema, Type};
use crate::data::schema_builder::SchemaBuilder;
use crate::data::value::Value;
use crate::error::Error;

use super::convert::convert_to;
use super::merge::Merger;
use super::number;
use super::temporal;
use super::tokens::{Tokens, is_blank, trim};

/// How deep arrays and maps may nest. Java ends in a stack overflow, at a depth that depends on the JVM.
const MAX_DEPTH: u32 = 256;

/// Why text is no array or map.
enum Failure {
    /// It is to be read as something else.
    NotThis,
    /// It is to be given up.
    TooDeep,
    /// A value was refused on the way: the text stays a text.
    Refused,
}

impl From<Error> for Failure {
    fn from(_: Error) -> Self {
        Self::Refused
    }
}

type Parsed<T> = Result<T, Failure>;

/// The value that a text stands for; no schema and no value for `null`. Fails only for text that nests too deep.
pub fn parse_string(text: &str) -> Result<Datum<'static>, Error> {
    if text.is_empty() {
        return Ok(string(text));
    }
    let mut tokens = Tokens::new(text);
    let mut parser = Parser { tokens: &mut tokens, depth: 0 };
    match parser.value(false) {
        Ok(datum) => Ok(datum.unwrap_or(Datum::NULL)),
        Err(Failure::NotThis | Failure::Refused) => Ok(string(text)),
        Err(Failure::TooDeep) => Err(Error::data(format!("an array or map nests deeper than {MAX_DEPTH} levels"))),
    }
}

fn string(text: &str) -> Datum<'static> {
    Datum { schema: Some(Schema::string()), value: Value::from(text.to_owned()) }
}

struct Parser<'p, 't> {
    tokens: &'p mut Tokens<'t>,
    depth: u32,
}

impl Parser<'_, '_> {
    /// The next value; none for null.
    fn value(&mut self, embedded: bool) -> Parsed<Option<Datum<'static>>> {
        if !self.tokens.has_next() {
            return Ok(None);
        }
        if embedded && self.tokens.take("\"") {
            return self.quoted().map(Some);
        }
        if self.literal("null", embedded) {
            return Ok(None);
        }
        for (word, held) in [("true", true), ("false", false)] {
            if self.literal(word, embedded) {
                return Ok(Some(Datum { schema: Some(Schema::boolean()), value: Value::Boolean(held) }));
            }
        }
        let start = self.tokens.mark();
        match self.container() {
            Ok(Some(datum)) => return Ok(Some(datum)),
            Ok(None) => {}
            Err(Failure::TooDeep) => return Err(Failure::TooDeep),
            Err(_) => self.tokens.rewind(start),
        }
        let token = self.tokens.next();
        if is_blank(token) {
            return Ok(Some(string(token)));
        }
        self.scalar(trim(token), embedded).map(Some)
    }

    /// A word, alone in the text unless embedded.
    fn literal(&mut self, word: &str, embedded: bool) -> bool {
        let start = self.tokens.mark();
        if self.tokens.take(word) && (embedded || !self.tokens.has_next()) {
            return true;
        }
        self.tokens.rewind(start);
        false
    }

    fn quoted(&mut self) -> Parsed<Datum<'static>> {
        let mut content = String::new();
        while self.tokens.has_next() && !self.tokens.take("\"") {
            content.push_str(self.tokens.next());
        }
        Ok(temporal::parse(&content)?.unwrap_or_else(|| string(&content)))
    }

    fn container(&mut self) -> Parsed<Option<Datum<'static>>> {
        if self.depth >= MAX_DEPTH {
            return Err(Failure::TooDeep);
        }
        self.depth += 1;
        let datum = if self.tokens.take("[") {
            self.array().map(Some)
        } else if self.tokens.take("{") {
            self.map().map(Some)
        } else {
            Ok(None)
        };
        self.depth -= 1;
        datum
    }

    fn array(&mut self) -> Parsed<Datum<'static>> {
        let mut items = Vec::new();
        let mut merger = Merger::default();
        while self.tokens.has_next() {
            if self.tokens.take("]") {
                return array_of(merger.schema(), items);
            }
            if self.tokens.take(",") {
                return Err(Failure::NotThis);
            }
            let item = self.value(true)?.unwrap_or(Datum::NULL);
            merger.add(item.schema.as_ref());
            items.push(item.value);
            let here = self.tokens.mark();
            if self.tokens.take("]") {
                self.tokens.rewind(here);
            } else if !self.tokens.take(",") {
                return Err(Failure::NotThis);
            }
        }
        Err(Failure::NotThis)
    }

    fn map(&mut self) -> Parsed<Datum<'static>> {
        let mut entries: Vec<(Value<'static>, Value<'static>)> = Vec::new();
        let (mut keys, mut values) = (Merger::default(), Merger::default());
        while self.tokens.has_next() {
            if self.tokens.take("}") {
                return map_of(keys.schema(), values.schema(), entries);
            }
            if self.tokens.take(",") {
                return Err(Failure::NotThis);
            }
            let key = self.value(true)?.filter(|key| !key.value.is_null()).ok_or(Failure::NotThis)?;
            if !self.tokens.take(":") {
                return Err(Failure::NotThis);
            }
            let value = self.value(true)?.unwrap_or(Datum::NULL);
            put(&mut entries, key.value, value.value);
            self.tokens.take(",");
            keys.add(key.schema.as_ref());
            values.add(value.schema.as_ref());
        }
        Err(Failure::NotThis)
    }

    /// A date, a number, or, unless embedded, all of the text as a string.
    fn scalar(&mut self, token: &str, embedded: bool) -> Parsed<Datum<'static>> {
        let first = token.chars().next().unwrap_or(' ');
        if java_digit::ascii(first).is_some() {
            // An unescaped colon is a token, so a time has five of them.
            let start = self.tokens.mark();
            if let Some(more) = self.tokens.next_many(4)
                && let Some(datum) = temporal::parse(&format!("{token}{more}"))?
            {
                return Ok(datum);
            }
            self.tokens.rewind(start);
            if let Some(datum) = temporal::parse(token)? {
                return Ok(datum);
            }
        }
        if (java_digit::ascii(first).is_some() || first == '+' || first == '-')
            && let Some(datum) = number::parse(token)?
        {
            return Ok(datum);
        }
        if embedded {
            return Err(Failure::NotThis);
        }
        Ok(string(self.tokens.original()))
    }
}

fn put(entries: &mut Vec<(Value<'static>, Value<'static>)>, key: Value<'static>, value: Value<'static>) {
    match entries.iter_mut().find(|(other, _)| *other == key) {
        Some((_, held)) => *held = value,
        None => entries.push((key, value)),
    }
}

fn array_of(schema: Option<&Schema>, items: Vec<Value<'static>>) -> Parsed<Datum<'static>> {
    let Some(schema) = schema else {
        return Ok(Datum { schema: Some(SchemaBuilder::new(Type::Array).build()?), value: Value::Array(items) });
    };
    let mut aligned = Vec::with_capacity(items.len());
    for item in items {
        aligned.push(convert_to(schema, None, item)?);
    }
    Ok(Datum { schema: Some(SchemaBuilder::array(schema.clone()).build()?), value: Value::Array(aligned) })
}

fn map_of(
    keys: Option<&Schema>,
    values: Option<&Schema>,
    entries: Vec<(Value<'static>, Value<'static>)>,
) -> Parsed<Datum<'static>> {
    let builder = match (keys, values) {
        (Some(keys), Some(values)) => SchemaBuilder::map(keys.clone(), values.clone()),
        (Some(keys), None) => SchemaBuilder::map_of_keys(keys.clone()),
        (None, _) => SchemaBuilder::new(Type::Map),
    };
    let Some(keys) = keys else { return Ok(Datum { schema: Some(builder.build()?), value: Value::Map(entries) }) };
    let mut aligned = Vec::with_capacity(entries.len());
    for (key, value) in entries {
        let value = match values {
            Some(schema) => convert_to(schema, None, value)?,
            None => value,
        };
        put(&mut aligned, convert_to(keys, None, key)?, value);
    }
    Ok(Datum { schema: Some(builder.build()?), value: Value::Map(aligned) })
}
