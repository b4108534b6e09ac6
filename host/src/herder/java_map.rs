//! A configuration as an error text shows it: as Java prints a `HashMap`.

use crate::config::RawProps;

/// `{key=value, …}` in the order of Java's `new HashMap<>(config)`.
pub(super) fn text(config: &RawProps) -> String {
    let buckets = (config.len() * 4 / 3 + 1).next_power_of_two();
    let mut entries: Vec<(usize, String)> = config
        .iter()
        .map(|(key, value)| (hash(key) & (buckets - 1), format!("{key}={}", value.as_deref().unwrap_or("null"))))
        .collect();
    entries.sort_by_key(|(bucket, _)| *bucket);
    let entries: Vec<String> = entries.into_iter().map(|(_, text)| text).collect();
    format!("{{{}}}", entries.join(", "))
}

/// `HashMap.hash` of a string.
fn hash(key: &str) -> usize {
    let hash = key.encode_utf16().fold(0_u32, |hash, unit| hash.wrapping_mul(31).wrapping_add(u32::from(unit)));
    (hash ^ (hash >> 16)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(keys: &[&str]) -> String {
        text(&keys.iter().map(|key| ((*key).to_owned(), Some("1".to_owned()))).collect())
    }

    #[test]
    fn the_order_is_javas() {
        // As a JVM prints the copy of a TreeMap of these keys: within a bucket the order of coming stays.
        assert_eq!(
            of(&["name", "connector.class", "topic", "file", "tasks.max"]),
            "{connector.class=1, name=1, topic=1, file=1, tasks.max=1}"
        );
        assert_eq!(
            of(&["name", "tasks.max", "file", "topic", "key.converter", "value.converter"]),
            "{file=1, tasks.max=1, name=1, topic=1, value.converter=1, key.converter=1}"
        );
        assert_eq!(of(&[]), "{}");
    }
}
