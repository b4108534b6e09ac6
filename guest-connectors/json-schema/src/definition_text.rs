//! A Connect schema as JSON Schema.

use caisson_sdk::data::logical;
use caisson_sdk::{Error, Schema, SchemaBuilder, Type, Value};
use serde_json::{Map, Value as Json, json};

use crate::from_connect;
use crate::options::{
    CONNECT_INDEX, CONNECT_PARAMETERS, CONNECT_TYPE, CONNECT_VERSION, KEY, NAMESPACE, NULL_SYMBOL, Options, VALUE, is_enum,
    is_object, is_union, symbol_of,
};

/// The JSON Schema of a schema. `DataException` for arrays and maps without schemas for what they hold.
pub fn write(schema: &Schema, options: &Options) -> Result<Json, Error> {
    Writer { options }.schema(schema, None, false).map(Json::Object)
}

struct Writer<'o> {
    options: &'o Options,
}

impl Writer<'_> {
    /// `index`: its position among the fields around it. `required`: its place says already that it may be null.
    fn schema(&self, schema: &Schema, index: Option<usize>, required: bool) -> Result<Map<String, Json>, Error> {
        let mut json = if schema.type_() == Type::Struct && (is_union(schema) || schema.is_optional()) {
            self.one_of(schema)?
        } else {
            let described = self.described(schema)?;
            if schema.is_optional() && !required { nullable(described) } else { described }
        };
        if let Some(index) = index {
            json.insert(CONNECT_INDEX.to_owned(), json!(index));
        }
        Ok(json)
    }

    /// A union, or a struct that may be null.
    fn one_of(&self, schema: &Schema) -> Result<Map<String, Json>, Error> {
        if !is_union(schema) {
            return Ok(nullable(self.schema(&required(schema)?, None, false)?));
        }
        let mut members = Vec::new();
        if schema.is_optional() {
            members.push(json!({ "type": "null" }));
        }
        for (index, field) in schema.fields().iter().enumerate() {
            members.push(Json::Object(self.schema(&required(&field.schema)?, Some(index), true)?));
        }
        Ok(Map::from_iter([("oneOf".to_owned(), Json::Array(members))]))
    }

    fn described(&self, schema: &Schema) -> Result<Map<String, Json>, Error> {
        let mut json = Map::new();
        let mut put = |name: &str, value: Json| json.insert(name.to_owned(), value);
        let typed = self.typed(schema)?;
        for (name, value) in typed.keywords {
            put(name, value);
        }
        if let Some(name) = schema.name() {
            put("title", json!(name));
        }
        if let Some(doc) = schema.doc() {
            put("description", json!(doc));
        }
        if let Some(default) = schema.default_value() {
            put("default", self.default(schema, default)?);
        }
        if let Some(type_) = typed.connect_type {
            put(CONNECT_TYPE, json!(type_));
        }
        if let Some(version) = schema.version() {
            put(CONNECT_VERSION, json!(version));
        }
        let parameters: Map<String, Json> = schema
            .parameters()
            .iter()
            .filter(|(name, _)| !name.starts_with(NAMESPACE))
            .map(|(name, value)| (name.clone(), json!(value)))
            .collect();
        if !parameters.is_empty() {
            put(CONNECT_PARAMETERS, Json::Object(parameters));
        }
        Ok(json)
    }

    fn default(&self, schema: &Schema, default: &Value<'_>) -> Result<Json, Error> {
        let mut text = Vec::new();
        from_connect::write(&mut text, Some(schema), default, self.options)?;
        serde_json::from_slice(&text).map_err(|error| Error::data(format!("Invalid default value of {schema}: {error}")))
    }

    fn typed(&self, schema: &Schema) -> Result<Typed, Error> {
        let of = |type_: &str, connect_type| Typed { keywords: vec![("type", json!(type_))], connect_type };
        Ok(match schema.type_() {
            Type::Int8 | Type::Int16 | Type::Int32 | Type::Int64 => of("integer", Some(schema.type_().lower_name())),
            Type::Float32 | Type::Float64 => of("number", Some(schema.type_().lower_name())),
            Type::Boolean => of("boolean", None),
            Type::String if is_enum(schema) => {
                let symbols = schema.parameters().iter().filter_map(|(name, _)| symbol_of(name));
                let symbols = symbols.map(|symbol| if symbol == NULL_SYMBOL { Json::Null } else { json!(symbol) });
                Typed { keywords: vec![("enum", symbols.collect())], connect_type: None }
            }
            Type::String => of("string", None),
            Type::Bytes if schema.name() == Some(logical::DECIMAL) => of("number", Some("bytes")),
            Type::Bytes => of("string", Some("bytes")),
            Type::Array => {
                let items = self.schema(part(schema, schema.value_schema())?, None, false)?;
                Typed { keywords: vec![("type", json!("array")), ("items", Json::Object(items))], connect_type: None }
            }
            Type::Map => self.map(schema)?,
            Type::Struct => {
                let mut properties = Map::new();
                for (index, field) in schema.fields().iter().enumerate() {
                    properties.insert(field.name.clone(), Json::Object(self.schema(&field.schema, Some(index), false)?));
                }
                let mut keywords = vec![("type", json!("object")), ("properties", Json::Object(properties))];
                if !self.options.object_additional_properties {
                    keywords.push(("additionalProperties", json!(false)));
                }
                Typed { keywords, connect_type: None }
            }
        })
    }

    fn map(&self, schema: &Schema) -> Result<Typed, Error> {
        let (keys, values) = (part(schema, schema.key_schema())?, part(schema, schema.value_schema())?);
        let keywords = if is_object(schema) {
            let values = self.schema(values, None, false)?;
            vec![("type", json!("object")), ("additionalProperties", Json::Object(values))]
        } else {
            let entry = json!({
                "type": "object",
                "properties": { KEY: self.schema(keys, Some(0), false)?, VALUE: self.schema(values, Some(1), false)? },
            });
            vec![("type", json!("array")), ("items", entry)]
        };
        Ok(Typed { keywords, connect_type: Some("map") })
    }
}

struct Typed {
    keywords: Vec<(&'static str, Json)>,
    connect_type: Option<&'static str>,
}

fn part<'s>(schema: &Schema, part: Option<&'s Schema>) -> Result<&'s Schema, Error> {
    part.ok_or_else(|| Error::data(format!("{schema} cannot be written as JSON Schema: what it holds has no schema.")))
}

fn nullable(json: Map<String, Json>) -> Map<String, Json> {
    Map::from_iter([("oneOf".to_owned(), json!([{ "type": "null" }, json]))])
}

fn required(schema: &Schema) -> Result<Schema, Error> {
    let mut builder = SchemaBuilder::basics_of(schema).with_optional(false);
    for field in schema.fields() {
        builder = builder.field(field.name.clone(), field.schema.clone());
    }
    builder.build()
}
