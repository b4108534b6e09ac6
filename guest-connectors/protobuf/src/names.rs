//! Names between Connect and Protobuf.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What `java.net.URLEncoder` leaves as it is, and the space, which it writes as one character.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'.').remove(b'-').remove(b'*').remove(b'_').remove(b' ');
const ENTRY: &str = "Entry";

/// Everything before the last dot, if there is one, and what follows it.
pub fn split(full: &str) -> (Option<&str>, &str) {
    match full.rsplit_once('.') {
        Some((namespace, name)) => (Some(namespace), name),
        None => (None, full),
    }
}

/// A name with nothing in it that Protobuf refuses (`scrub.invalid.names`; Confluent: `ProtobufData.doScrubName`): other bytes than
/// letters, digits and underscores are written in hexadecimal. An `x` goes before a digit or an underscore, but not before the
/// underscore that another byte has become: such a name gets its `x` when it is written again.
pub fn scrub(name: &str) -> String {
    let valid = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if name.is_empty() || (name.chars().all(valid) && !name.starts_with(|c: char| c.is_ascii_digit() || c == '_')) {
        return name.to_owned();
    }
    let mut encoded = utf8_percent_encode(name, KEPT).to_string();
    if encoded.starts_with(|c: char| c.is_ascii_digit() || c == '_') {
        encoded.insert(0, 'x');
    }
    encoded.chars().map(|c| if valid(c) { c } else { '_' }).collect()
}

/// The name of the message of a map's entries.
pub fn map_entry(name: &str) -> String {
    let camel = if name.contains('_') { upper_camel(name) } else { name.to_owned() };
    camel + ENTRY
}

/// Whether a message of that name may be a map's entry.
pub fn is_map_entry(name: &str) -> bool {
    name.ends_with(ENTRY)
}

/// The name of the map whose entries' message has that name, qualified or not.
pub fn map_field(name: &str) -> String {
    let (namespace, last) = split(name);
    let field = match last.strip_suffix(ENTRY) {
        Some(stem) => lower_underscore(stem),
        None => last.to_owned(),
    };
    match namespace {
        Some(namespace) => format!("{namespace}.{field}"),
        None => field,
    }
}

/// `map_type` becomes `MapType`.
fn upper_camel(name: &str) -> String {
    let mut camel = String::with_capacity(name.len());
    for word in name.split('_') {
        let mut characters = word.chars();
        camel.extend(characters.next().map(|first| first.to_ascii_uppercase()));
        camel.extend(characters.map(|other| other.to_ascii_lowercase()));
    }
    camel
}

/// `MapType` becomes `map_type`.
fn lower_underscore(name: &str) -> String {
    let mut lower = String::with_capacity(name.len() + 4);
    for (index, c) in name.chars().enumerate() {
        if index > 0 && c.is_ascii_uppercase() {
            lower.push('_');
        }
        lower.push(c.to_ascii_lowercase());
    }
    lower
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invalid_names_are_scrubbed() {
        for (name, scrubbed) in [
            ("plain_1", "plain_1"),
            ("", ""),
            ("1st", "x1st"),
            ("_a", "x_a"),
            ("a-b.c d*", "a_b_c_d_"),
            ("a/b", "a_2Fb"),
            ("é", "_C3_A9"),
            ("_C3_A9", "x_C3_A9"),
            ("x_C3_A9", "x_C3_A9"),
        ] {
            assert_eq!(scrub(name), scrubbed);
        }
    }

    #[test]
    fn maps_and_their_entries_name_each_other() {
        assert_eq!(map_entry("map_type"), "MapTypeEntry");
        assert_eq!(map_entry("tags"), "tagsEntry");
        assert_eq!(map_field("MapTypeEntry"), "map_type");
        assert_eq!(map_field("ConnectDefault2Entry"), "connect_default2");
        assert_eq!(map_entry("connect_default2"), "ConnectDefault2Entry");
        assert_eq!(map_field("com.acme.Order.MapTypeEntry"), "com.acme.Order.map_type");
        assert_eq!(map_field("com.acme.Order"), "com.acme.Order");
        assert_eq!(split("com.acme.Order"), (Some("com.acme"), "Order"));
        assert_eq!(split("Order"), (None, "Order"));
    }
}
