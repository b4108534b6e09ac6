//! Whether two outputs say the same.

use serde_json::{Map, Value as Json, json};

/// Equal but for what says nothing: the order of map entries and object members, a buffer instead of bytes, and members that
/// are null or empty.
pub fn is_same(expected: &Json, got: &Json) -> bool {
    normal(expected) == normal(got) || is_same_but_hash(expected, got)
}

/// An error whose message has identity hashes: all but the objects has to be the same.
fn is_same_but_hash(expected: &Json, got: &Json) -> bool {
    let message = |json: &Json| json.pointer("/error/message").and_then(Json::as_str).map(str::to_owned);
    let (Some(expected_text), Some(got_text)) = (message(expected), message(got)) else { return false };
    if expected.pointer("/error/class") != got.pointer("/error/class") {
        return false;
    }
    if expected_text == with_addresses(&got_text) {
        return true;
    }
    let Some((before, after)) = expected_text.split_once("@<hash>") else { return false };
    before.rsplit_once(' ').is_some_and(|(words, _)| got_text.starts_with(words) && got_text.ends_with(after))
}

/// With byte arrays shown by their address, as Java does.
fn with_addresses(text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while let Some((before, buffer)) = rest.split_once("java.nio.HeapByteBuffer[") {
        shown.push_str(before);
        shown.push_str("[B@<hash>");
        rest = buffer.split_once(']').map_or("", |(_, after)| after);
    }
    shown.push_str(rest);
    shown
}

/// Without what says nothing.
pub fn normal(json: &Json) -> Json {
    match json {
        Json::Array(items) => items.iter().map(normal).collect(),
        Json::String(text) => Json::String(normal_text(text)),
        Json::Object(members) if members.len() == 1 => normal_float(members).unwrap_or_else(|| normal_object(members)),
        Json::Object(members) => normal_object(members),
        other => other.clone(),
    }
}

/// Floats are compared as numbers: Java before 19 writes some with more digits than it takes.
fn normal_float(members: &Map<String, Json>) -> Option<Json> {
    let (tag, text) = members.iter().next()?;
    let text = text.as_str()?;
    match tag.as_str() {
        "float32" => Some(json!({ "float32": text.parse::<f32>().ok()?.to_bits() })),
        "float64" => Some(json!({ "float64": text.parse::<f64>().ok()?.to_bits() })),
        _ => None,
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
    sorted.sort_by_key(|(name, _)| *name);
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
