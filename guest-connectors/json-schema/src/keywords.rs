//! What the keywords of a JSON Schema say that a value is.

use caisson_sdk::Error;
use serde_json::{Map, Value as Json};

/// A schema, or a part of one that says one thing.
#[derive(Debug, Clone)]
pub struct Part<'d> {
    pub map: &'d Map<String, Json>,
    /// The schema itself; none: it is the one around.
    pub json: Option<&'d Json>,
    pub kind: Kind<'d>,
    /// Title, default and Connect's keywords belong to the schema around, not to this part.
    pub bare: bool,
}

/// One thing that a schema can say.
#[derive(Debug, Clone)]
pub enum Kind<'d> {
    Boolean,
    Number {
        integer: bool,
    },
    String,
    Null,
    Array,
    Object,
    Enum(&'d [Json]),
    Const,
    Not,
    /// `oneOf` and `anyOf`, and several types.
    OneOf(Vec<Part<'d>>),
    AllOf(Vec<Part<'d>>),
    Reference(&'d str),
    Empty,
}

impl Kind<'_> {
    /// As messages call it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Boolean => "boolean",
            Self::Number { .. } => "number",
            Self::String => "string",
            Self::Null => "null",
            Self::Array => "array",
            Self::Object => "object",
            Self::Enum(_) => "enum",
            Self::Const => "const",
            Self::Not => "not",
            Self::OneOf(_) => "oneOf",
            Self::AllOf(_) => "allOf",
            Self::Reference(_) => "$ref",
            Self::Empty => "that any value is of",
        }
    }
}

impl<'d> Part<'d> {
    /// A keyword about the whole schema.
    pub fn keyword(&self, name: &str) -> Option<&'d Json> {
        self.map.get(name).filter(|_| !self.bare || !is_about_all(name))
    }

    /// The schema that it is, or is in.
    pub fn json(&self, around: &'d Json) -> &'d Json {
        self.json.unwrap_or(around)
    }
}

fn is_about_all(keyword: &str) -> bool {
    matches!(keyword, "title" | "description" | "default") || keyword.starts_with("connect.")
}

const ARRAY_WORDS: [&str; 5] = ["items", "additionalItems", "minItems", "maxItems", "uniqueItems"];
const OBJECT_WORDS: [&str; 8] = [
    "properties",
    "required",
    "minProperties",
    "maxProperties",
    "dependencies",
    "patternProperties",
    "additionalProperties",
    "propertyNames",
];
const NUMBER_WORDS: [&str; 5] = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"];
const STRING_WORDS: [&str; 4] = ["minLength", "maxLength", "pattern", "format"];

/// What a schema says. `DataException` when it is no schema.
pub fn parts(json: &Json) -> Result<Part<'_>, Error> {
    static NOTHING: std::sync::LazyLock<Map<String, Json>> = std::sync::LazyLock::new(Map::new);
    let map = match json {
        Json::Object(map) => map,
        Json::Bool(_) => return Ok(Part { map: &NOTHING, json: Some(json), kind: Kind::Empty, bare: false }),
        other => return Err(Error::data(format!("{other} is no JSON Schema"))),
    };
    let part = |kind, bare| Part { map, json: None, kind, bare };
    if let Some(Json::String(reference)) = map.get("$ref") {
        return Ok(Part { map, json: Some(json), kind: Kind::Reference(reference), bare: false });
    }
    let mut kinds = Vec::new();
    if let Some(Json::Array(symbols)) = map.get("enum") {
        kinds.push(Kind::Enum(symbols));
    }
    for (keyword, all) in [("allOf", true), ("anyOf", false), ("oneOf", false)] {
        if let Some(Json::Array(members)) = map.get(keyword) {
            let members = members.iter().map(parts).collect::<Result<Vec<_>, _>>()?;
            kinds.push(if all { Kind::AllOf(members) } else { Kind::OneOf(members) });
        }
    }
    if map.contains_key("not") {
        kinds.push(Kind::Not);
    }
    if map.contains_key("const") {
        kinds.push(Kind::Const);
    }
    match map.get("type") {
        Some(Json::String(name)) => kinds.push(typed(name)?),
        Some(Json::Array(names)) => {
            let members = names.iter().map(|name| Ok(part(typed(name.as_str().unwrap_or_default())?, true)));
            kinds.push(Kind::OneOf(members.collect::<Result<_, Error>>()?));
        }
        _ => kinds.extend(sniffed(map)),
    }
    let kind = match kinds.pop() {
        None => Kind::Empty,
        Some(only) if kinds.is_empty() => only,
        Some(last) => {
            kinds.push(last);
            Kind::AllOf(kinds.into_iter().map(|kind| part(kind, true)).collect())
        }
    };
    Ok(Part { map, json: Some(json), kind, bare: false })
}

fn typed(name: &str) -> Result<Kind<'static>, Error> {
    Ok(match name {
        "boolean" => Kind::Boolean,
        "integer" => Kind::Number { integer: true },
        "number" => Kind::Number { integer: false },
        "string" => Kind::String,
        "null" => Kind::Null,
        "array" => Kind::Array,
        "object" => Kind::Object,
        other => return Err(Error::data(format!("{other:?} is no type of JSON Schema"))),
    })
}

/// Without `type`, the types that other keywords are about.
fn sniffed(map: &Map<String, Json>) -> impl Iterator<Item = Kind<'_>> {
    let has = |words: &[&str]| words.iter().any(|word| map.contains_key(*word));
    let found = [
        has(&ARRAY_WORDS).then_some(Kind::Array),
        has(&OBJECT_WORDS).then_some(Kind::Object),
        has(&NUMBER_WORDS).then_some(Kind::Number { integer: false }),
        has(&STRING_WORDS).then_some(Kind::String),
    ];
    found.into_iter().flatten()
}
