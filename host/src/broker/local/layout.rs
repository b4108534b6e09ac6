//! Keys of the local log's keyspaces: big-endian, so that their order is that of offsets.

/// Number of a topic; never used again after the topic is deleted.
pub type TopicId = u32;

/// Key of the chunk that begins at this offset.
pub fn chunk_key(topic: TopicId, partition: i32, offset: i64) -> [u8; 16] {
    let mut key = [0; 16];
    key[..8].copy_from_slice(&partition_key(topic, partition));
    key[8..].copy_from_slice(&offset.to_be_bytes());
    key
}

/// The offset in a chunk's key.
pub fn chunk_offset(key: &[u8]) -> i64 {
    key.last_chunk().map_or(0, |bytes| i64::from_be_bytes(*bytes))
}

/// What all chunk keys of a partition begin with.
pub fn partition_key(topic: TopicId, partition: i32) -> [u8; 8] {
    let mut key = [0; 8];
    key[..4].copy_from_slice(&topic.to_be_bytes());
    key[4..].copy_from_slice(&partition.to_be_bytes());
    key
}

/// Which half of a partition's extent a mark holds: the writer owns one, retention the other, so neither overwrites the other's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// Next offset, and bytes ever appended.
    End,
    /// First offset, and bytes ever removed.
    Start,
}

/// Key of a mark.
pub fn mark_key(mark: Mark, topic: TopicId, partition: i32) -> [u8; 9] {
    let mut key = [0; 9];
    key[..8].copy_from_slice(&partition_key(topic, partition));
    key[8] = match mark {
        Mark::End => b'e',
        Mark::Start => b's',
    };
    key
}

/// Value of a mark: an offset and a number of bytes.
pub fn mark_value(offset: i64, bytes: i64) -> [u8; 16] {
    let mut value = [0; 16];
    value[..8].copy_from_slice(&offset.to_be_bytes());
    value[8..].copy_from_slice(&bytes.to_be_bytes());
    value
}

/// Reads a mark's value; zeros if there is none.
pub fn read_mark(value: Option<&[u8]>) -> (i64, i64) {
    let read = |bytes: Option<&[u8; 8]>| bytes.map_or(0, |bytes| i64::from_be_bytes(*bytes));
    (read(value.and_then(|value| value.first_chunk())), read(value.and_then(|value| value.last_chunk())))
}

/// Key of a group's committed offset. Neither group ids nor topics hold a zero byte.
pub fn offset_key(group: &str, topic: &str, partition: i32) -> Vec<u8> {
    let mut key = group_key(group);
    key.extend_from_slice(topic.as_bytes());
    key.push(0);
    key.extend_from_slice(&partition.to_be_bytes());
    key
}

/// What all offset keys of a group begin with.
pub fn group_key(group: &str) -> Vec<u8> {
    let mut key = group.as_bytes().to_vec();
    key.push(0);
    key
}

/// Topic and partition of an offset's key, after its group's part.
pub fn read_offset_key(rest: &[u8]) -> Option<(String, i32)> {
    let (head, partition) = rest.split_last_chunk()?;
    let topic = head.strip_suffix(&[0])?;
    Some((String::from_utf8(topic.to_vec()).ok()?, i32::from_be_bytes(*partition)))
}

/// The topic of an offset's key.
pub fn offset_topic(key: &[u8]) -> Option<&str> {
    let (head, _) = key.split_last_chunk::<4>()?;
    let head = head.strip_suffix(&[0])?;
    let group = head.iter().position(|byte| *byte == 0)?;
    std::str::from_utf8(head.get(group + 1..)?).ok()
}

#[cfg(test)]
mod tests {
    use super::{chunk_key, chunk_offset, group_key, mark_value, offset_key, read_mark, read_offset_key};

    #[test]
    fn keys_sort_by_partition_then_offset() {
        assert!(chunk_key(1, 0, 255) < chunk_key(1, 0, 256));
        assert!(chunk_key(1, 0, i64::MAX) < chunk_key(1, 1, 0));
        assert_eq!(chunk_offset(&chunk_key(9, 3, 77)), 77);
    }

    #[test]
    fn what_is_written_is_read() {
        assert_eq!(read_mark(Some(&mark_value(5, 6))), (5, 6));
        assert_eq!(read_mark(None), (0, 0));
        let key = offset_key("connect-a", "t", 3);
        let rest = key.strip_prefix(group_key("connect-a").as_slice()).unwrap();
        assert_eq!(super::offset_topic(&key), Some("t"));
        assert_eq!(read_offset_key(rest), Some(("t".to_owned(), 3)));
    }
}
