//! Batches there and back, and bytes that a plugin might give in malice.

use minicbor::Encoder;
use minicbor::data::Tag;

use super::consumed::{Consumed, ConsumedBatch};
use super::index::{Index, bytes};
use super::merge::merge;
use super::origins::Origins;
use super::outcome::check;
use super::serialised::Serialised;
use super::split::split;

fn consumed(values: &[&str]) -> ConsumedBatch {
    let mut batch = ConsumedBatch::default();
    for (offset, value) in values.iter().enumerate() {
        let record = Consumed {
            topic: "t",
            partition: (offset % 2) as i32,
            offset: 10 + offset as i64,
            timestamp: Some(1_700_000_000_000),
            timestamp_type: 1,
            key: None,
            value: Some(value.as_bytes()),
        };
        batch.push(&record, [("h", Some(b"x".as_slice())), ("n", None)].into_iter());
    }
    batch
}

fn values(batch: &[u8]) -> Vec<(u32, String)> {
    let index = Index::of(batch).unwrap();
    let read = |entry| {
        let record = Serialised::read(batch, entry).unwrap();
        (record.id, String::from_utf8(record.value.unwrap().to_vec()).unwrap())
    };
    index.entries().iter().map(read).collect()
}

#[test]
fn consumed_records_come_back() {
    let consumed = consumed(&["a", "b", "c"]);
    let (batch, known) = consumed.to_batch();
    let index = Index::of(&batch).unwrap();
    assert_eq!(index, known);
    assert_eq!(ConsumedBatch::default().to_batch().1.len(), 0);
    assert_eq!(index.ids().collect::<Vec<_>>(), [0, 1, 2]);
    let record = Serialised::read(&batch, &index.entries()[1]).unwrap();
    assert_eq!((record.topic, record.partition, record.timestamp), ("t", Some(1), Some(1_700_000_000_000)));
    assert_eq!((record.key, record.value), (None, Some(b"b".as_slice())));
    let headers: Vec<_> = record.headers.map(Result::unwrap).collect();
    assert_eq!(headers, [("h", Some(b"x".as_slice())), ("n", None)]);
    assert_eq!(consumed.sources(), [("t".to_owned(), 0), ("t".to_owned(), 1)]);
    assert_eq!(consumed.coordinates()[2].offset, 12);
    assert!(consumed.has_headers());
}

#[test]
fn originals_are_found_by_id() {
    let mut consumed = consumed(&["a", "b", "c"]);
    for (id, value) in [(2, "c"), (0, "a"), (1, "b")] {
        let original = consumed.original(id).unwrap();
        let record = original.record;
        assert_eq!((record.topic, record.partition, record.offset), ("t", (id % 2) as i32, 10 + i64::from(id)));
        assert_eq!((record.timestamp, record.timestamp_type), (Some(1_700_000_000_000), 1));
        assert_eq!((record.key, record.value), (None, Some(value.as_bytes())));
        let headers: Vec<_> = original.headers.map(Result::unwrap).collect();
        assert_eq!(headers, [("h", Some(b"x".as_slice())), ("n", None)]);
    }
    assert!(consumed.original(3).is_none());
    consumed.clear();
    assert!(consumed.original(0).is_none());
}

// I10: what crosses is moved as bytes.
#[test]
fn what_is_split_merges_again_in_order() {
    let batch = consumed(&["a", "b", "c", "d"]).to_batch().0;
    let index = Index::of(&batch).unwrap();
    let even = split(&batch, &index, |id| id % 2 == 0);
    let odd = split(&batch, &index, |id| id % 2 == 1);
    assert_eq!(values(&even), [(0, "a".to_owned()), (2, "c".to_owned())]);
    assert_eq!(merge(&[odd, even]).unwrap(), batch);
    assert_eq!(values(&merge::<Vec<u8>>(&[]).unwrap()), []);
}

/// A source batch of one record whose value is `typed`, with one schema named `name`.
fn typed(id: u32, name: &str) -> Vec<u8> {
    let mut out = Encoder::new(Vec::new());
    out.array(2).unwrap().array(1).unwrap();
    out.array(8).unwrap().u8(7).unwrap().bool(false).unwrap().str(name).unwrap();
    out.null().unwrap().null().unwrap().null().unwrap().null().unwrap().null().unwrap();
    out.array(1).unwrap().array(7).unwrap().u32(id).unwrap().str("t").unwrap().null().unwrap().null().unwrap();
    out.array(2).unwrap().u8(0).unwrap().str("key").unwrap();
    out.array(2).unwrap().null().unwrap().array(2).unwrap();
    out.tag(Tag::new(7005)).unwrap().array(2).unwrap().u8(0).unwrap().str("v").unwrap().map(1).unwrap();
    out.str("k").unwrap().tag(Tag::new(7001)).unwrap().i8(-3).unwrap();
    out.array(1).unwrap().array(3).unwrap().str("h").unwrap().u8(0).unwrap().str("hv").unwrap();
    out.into_writer()
}

#[test]
fn merging_moves_schema_indexes() {
    let merged = merge(&[typed(0, "a"), typed(1, "b")]).unwrap();
    let index = Index::of(&merged).unwrap();
    assert_eq!(index.len(), 2);
    let first = bytes(&typed(0, "a"), &Index::of(&typed(0, "a")).unwrap().entries()[0]).to_vec();
    assert_eq!(bytes(&merged, &index.entries()[0]), first);
    let mut second = first.clone();
    second[1] = 1;
    // The three indexes: after the key's array, after tag 7005's array and after the header's name.
    let indexes: Vec<usize> =
        (0..second.len()).filter(|&at| second[at] == 0 && (second[at - 1] == 0x82 || second[at - 1] == b'h')).collect();
    assert_eq!(indexes.len(), 3);
    for at in indexes {
        second[at] = 1;
    }
    assert_eq!(bytes(&merged, &index.entries()[1]), second);
    // Equal tables are kept once: nothing moves.
    let same = merge(&[typed(0, "a"), typed(1, "a")]).unwrap();
    assert!(same.len() < merged.len());
}

/// A source batch of one record whose value is embedded: an array of one value that carries schema `index`.
fn embedded(id: u32, name: &str, index: u8) -> Vec<u8> {
    let mut held = Encoder::new(Vec::new());
    held.array(1).unwrap().tag(Tag::new(7005)).unwrap().array(2).unwrap().u8(index).unwrap().str("v").unwrap();
    let mut out = Encoder::new(Vec::new());
    out.array(2).unwrap().array(1).unwrap().str(name).unwrap().array(1).unwrap();
    out.array(7).unwrap().u32(id).unwrap().str("t").unwrap().null().unwrap().null().unwrap();
    out.array(2).unwrap().null().unwrap().null().unwrap();
    out.array(2).unwrap().null().unwrap().tag(Tag::new(24)).unwrap().bytes(&held.into_writer()).unwrap();
    out.array(0).unwrap();
    out.into_writer()
}

#[test]
fn merging_moves_schema_indexes_within_embedded_values() {
    let merged = merge(&[embedded(0, "a", 0), embedded(1, "b", 30)]).unwrap();
    let record = |batch: &[u8], place: usize| bytes(batch, &Index::of(batch).unwrap().entries()[place]).to_vec();
    assert_eq!(record(&merged, 0), record(&embedded(0, "a", 0), 0));
    assert_eq!(record(&merged, 1), record(&embedded(1, "b", 31), 0));
}

#[test]
fn every_record_has_exactly_one_outcome() {
    let batch = consumed(&["a", "b", "c", "d"]).to_batch().0;
    let index = Index::of(&batch).unwrap();
    let given = || index.ids();
    let kept = |ids: &[u32]| Index::of(&split(&batch, &index, |id| ids.contains(&id))).unwrap();
    let all: Vec<u32> = given().collect();
    let given = all.iter().copied();
    check(given.clone(), &kept(&[0, 1, 2, 3]), &[], &[]).unwrap();
    check(given.clone(), &kept(&[0, 3]), &[2], &[1]).unwrap();
    check(given.clone(), &kept(&[]), &[3, 2], &[1, 0]).unwrap();
    let error =
        |kept: &Index, dropped: &[u32], failed: &[u32]| check(given.clone(), kept, dropped, failed).unwrap_err().to_string();
    assert_eq!(error(&kept(&[0, 3]), &[2], &[]), "record 1 is neither kept, dropped nor failed");
    assert!(error(&kept(&[0, 1, 2, 3]), &[2], &[]).contains("the id 2 again"));
    assert!(error(&kept(&[0, 1, 2, 3]), &[], &[9]).contains("`failed` has the id 9, which no record given has"));
    let twice = merge(&[batch.clone(), split(&batch, &index, |id| id == 1)]).unwrap();
    assert!(error(&Index::of(&twice).unwrap(), &[], &[]).contains("the id 1 again"));
}

#[test]
fn a_value_that_was_not_serialised_is_told() {
    let batch = typed(0, "a");
    let index = Index::of(&batch).unwrap();
    let error = Serialised::read(&batch, &index.entries()[0]).unwrap_err().to_string();
    assert!(error.contains("its key is not serialised"), "{error}");
}

// I11
#[test]
fn origins_have_one_position_a_record() {
    let mut out = Encoder::new(Vec::new());
    out.array(2).unwrap().array(1).unwrap().map(1).unwrap().str("f").unwrap().str("x").unwrap();
    out.array(2).unwrap();
    for position in [8, 16] {
        out.array(2).unwrap().u8(0).unwrap().map(1).unwrap().str("position").unwrap().i64(position).unwrap();
    }
    let bytes = out.into_writer();
    let mut origins = Origins::default();
    origins.read(&bytes, 2).unwrap();
    assert_eq!(origins.partitions().len(), 1);
    assert_eq!(bytes[origins.positions()[1].offset.clone()].last(), Some(&16));
    assert!(origins.read(&bytes, 3).unwrap_err().to_string().contains("3 records were polled with 2"));
    assert!(origins.read(&[], 0).is_ok());
}

/// Reads everything there is to read; only panics and endless loops would fail.
fn digest(bytes: &[u8]) {
    let Ok(index) = Index::of(bytes) else { return };
    for entry in index.entries() {
        if let Ok(record) = Serialised::read(bytes, entry) {
            record.headers.for_each(drop);
        }
    }
    let half = split(bytes, &index, |id| id % 2 == 0);
    drop(merge(&[half, bytes.to_vec()]));
    drop(check(index.ids().collect::<Vec<_>>().into_iter(), &index, &[], &[]));
}

#[test]
fn hostile_bytes_are_errors_at_worst() {
    let samples = [consumed(&["a", "bb", "ccc"]).to_batch().0, typed(0, "a"), merge(&[typed(0, "a"), typed(1, "b")]).unwrap()];
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    for sample in &samples {
        for length in 0..sample.len() {
            digest(&sample[..length]);
            drop(Origins::default().read(&sample[..length], 3));
        }
        for _ in 0..20_000 {
            let mut bytes = sample.clone();
            for _ in 0..3 {
                random ^= random << 13;
                random ^= random >> 7;
                random ^= random << 17;
                let at = (random % bytes.len() as u64) as usize;
                bytes[at] = (random >> 32) as u8;
            }
            digest(&bytes);
            drop(Origins::default().read(&bytes, 3));
        }
    }
}

#[test]
fn claimed_lengths_allocate_nothing() {
    // Arrays, byte strings and maps of 2^63 members, with nothing behind.
    for head in [0x9b_u8, 0x5b, 0xbb, 0x7b] {
        let mut bytes = vec![0x82, 0x80, head];
        bytes.extend_from_slice(&[0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
        assert!(Index::of(&bytes).is_err());
    }
    // Deep nesting costs no stack.
    let deep = [vec![0x82, 0x80, 0x81, 0x87, 0x00], vec![0x81; 1_000_000]].concat();
    assert!(Index::of(&deep).is_err());
}
