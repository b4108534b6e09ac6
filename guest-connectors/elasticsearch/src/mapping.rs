//! The mapping of an index, from the schema of the first value that goes there (Confluent: `Mapping`).

use caisson_sdk::data::logical::LogicalType;
use caisson_sdk::{Error, Field, Schema, Type, Value};
use serde_json::{Map, Value as Json, json};

use crate::document::has_text_keys;
use crate::keys;

/// The body of a request that sets a mapping. `DataException` for a value without schema, and for a schema that is no object's.
pub(crate) fn of(schema: Option<&Schema>, compact_maps: bool) -> Result<Json, Error> {
    let Some(schema) = schema else {
        let key = keys::SCHEMA_IGNORE;
        return Err(Error::data(format!("Cannot infer mapping without schema. Set {key}=true for values without schema")));
    };
    let mapping = mapped(schema, compact_maps);
    match mapping.get("type") {
        Some(type_) if type_ != "object" => {
            Err(Error::data(format!("a document is an object, and the values of the topic are of type {}", schema.type_())))
        }
        _ => Ok(mapping),
    }
}

fn mapped(schema: &Schema, compact_maps: bool) -> Json {
    if let Some(logical) = LogicalType::of(schema) {
        return simple(if logical == LogicalType::Decimal { "double" } else { "date" }, schema.default_value());
    }
    let default = schema.default_value();
    match schema.type_() {
        Type::Int8 => simple("byte", default),
        Type::Int16 => simple("short", default),
        Type::Int32 => simple("integer", default),
        Type::Int64 => simple("long", default),
        Type::Float32 => simple("float", default),
        Type::Float64 => simple("double", default),
        Type::Boolean => simple("boolean", default),
        // Neither of these has a value in place of null.
        Type::String => json!({"type": "text", "fields": {"keyword": {"type": "keyword", "ignore_above": 256}}}),
        Type::Bytes => json!({"type": "binary"}),
        // To Elasticsearch a field may always hold several values.
        Type::Array => schema.value_schema().map_or_else(|| json!({}), |items| mapped(items, compact_maps)),
        Type::Map if compact_maps && has_text_keys(schema) => json!({"type": "object"}),
        Type::Map => {
            let parts = [("key", schema.key_schema()), ("value", schema.value_schema())];
            properties(parts.into_iter().filter_map(|(name, part)| Some((name, part?))), compact_maps)
        }
        Type::Struct => {
            let part = |field: &'_ Field| (field.name.clone(), field.schema.clone());
            let parts: Vec<(String, Schema)> = schema.fields().iter().map(part).collect();
            properties(parts.iter().map(|(name, schema)| (name.as_str(), schema)), compact_maps)
        }
    }
}

fn properties<'s>(parts: impl Iterator<Item = (&'s str, &'s Schema)>, compact_maps: bool) -> Json {
    let members: Map<String, Json> = parts.map(|(name, schema)| (name.to_owned(), mapped(schema, compact_maps))).collect();
    json!({ "properties": members })
}

/// A field of one value. The schema's default stands for null.
fn simple(type_: &str, default: Option<&Value<'_>>) -> Json {
    let default = match default {
        Some(Value::Int8(number)) => json!(number),
        Some(Value::Int16(number)) => json!(number),
        Some(Value::Int32(number)) => json!(number),
        Some(Value::Int64(number) | Value::Date(number)) => json!(number),
        Some(Value::Float32(number)) => json!(number),
        Some(Value::Float64(number)) => json!(number),
        Some(Value::Boolean(held)) => json!(held),
        Some(Value::Decimal(number)) => json!(number.to_string().parse::<f64>().ok()),
        _ => Json::Null,
    };
    match default {
        Json::Null => json!({ "type": type_ }),
        default => json!({ "type": type_, "null_value": default }),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use caisson_sdk::SchemaBuilder;
    use caisson_sdk::data::logical;

    #[test]
    fn a_struct_is_an_object_of_its_fields() {
        let map = |keys| SchemaBuilder::map(keys, Schema::int32()).build().unwrap();
        let inner = SchemaBuilder::structure().field("flag", Schema::boolean()).build().unwrap();
        let schema = SchemaBuilder::structure()
            .field("id", Schema::int64())
            .field("level", SchemaBuilder::new(Type::Int16).default_value(Value::Int16(3)).build().unwrap())
            .field("name", Schema::optional_string())
            .field("raw", Schema::bytes())
            .field("total", logical::decimal(2).build().unwrap())
            .field("at", logical::timestamp().default_value(Value::Date(5)).build().unwrap())
            .field("inner", inner)
            .field("tags", SchemaBuilder::array(Schema::string()).build().unwrap())
            .field("counts", map(Schema::string()))
            .field("levels", map(Schema::int32()))
            .build()
            .unwrap();
        let text = json!({"type": "text", "fields": {"keyword": {"type": "keyword", "ignore_above": 256}}});
        assert_eq!(
            of(Some(&schema), true).unwrap(),
            json!({"properties": {
                "id": {"type": "long"},
                "level": {"type": "short", "null_value": 3},
                "name": text,
                "raw": {"type": "binary"},
                "total": {"type": "double"},
                "at": {"type": "date", "null_value": 5},
                "inner": {"properties": {"flag": {"type": "boolean"}}},
                "tags": text,
                "counts": {"type": "object"},
                "levels": {"properties": {"key": {"type": "integer"}, "value": {"type": "integer"}}},
            }})
        );
        let counts = of(Some(&schema), false).unwrap();
        let counts = counts.pointer("/properties/counts/properties/value").unwrap();
        assert_eq!(counts, &json!({"type": "integer"}));
    }

    #[test]
    fn what_is_no_object_has_no_mapping() {
        assert!(of(None, true).unwrap_err().message().starts_with("Cannot infer mapping without schema."));
        assert!(of(Some(&Schema::string()), true).is_err());
    }
}
