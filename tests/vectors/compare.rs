//! Whether two outputs say the same.

use serde_json::{Map, Value as Json};

/// Equal but for what says nothing: the order of map entries and object members, a buffer instead of bytes, and members that
/// are null or empty.
pub fn is_same(expected: &Json, got: &Json) -> bool {
    normal(expected) == normal(got)
}

fn normal(json: &Json) -> Json {
    match json {
        Json::Array(items) => items.iter().map(normal).collect(),
        Json::Object(members) => normal_object(members),
        Json::String(text) => Json::String(normal_text(text)),
        other => other.clone(),
    }
}

/// Java names two classes for what is one here.
fn normal_text(text: &str) -> String {
    text.replace("java.nio.HeapByteBuffer", "[B")
}

fn normal_object(members: &Map<String, Json>) -> Json {
    let mut sorted: Vec<(&String, Json)> = Vec::new();
    for (name, member) in members {
        let silent = (name == "buffer" && members.contains_key("bytes"))
            || (name == "text" && members.contains_key("payload"))
            || (name == "headers" && member.as_array().is_some_and(Vec::is_empty));
        if silent {
            continue;
        }
        let member = if name == "map" { sorted_entries(member) } else { normal(member) };
        sorted.push((name, member));
    }
    sorted.sort_by(|(a, _), (b, _)| a.cmp(b));
    Json::Object(sorted.into_iter().map(|(name, member)| (name.clone(), member)).collect())
}

fn sorted_entries(json: &Json) -> Json {
    let Json::Array(entries) = normal(json) else { return normal(json) };
    let mut entries = entries;
    entries.sort_by_key(Json::to_string);
    Json::Array(entries)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn order_of_entries_says_nothing() {
        let a = json!({ "map": [[{ "string": "a" }, null], [{ "string": "b" }, { "bytes": "AA==", "buffer": true }]] });
        let b = json!({ "map": [[{ "string": "b" }, { "bytes": "AA==" }], [{ "string": "a" }, null]] });
        assert!(is_same(&a, &b));
    }

    #[test]
    fn order_of_items_and_a_null_field_do() {
        assert!(!is_same(&json!({ "array": [1, 2] }), &json!({ "array": [2, 1] })));
        assert!(!is_same(&json!({ "struct": { "a": null } }), &json!({ "struct": {} })));
    }
}
