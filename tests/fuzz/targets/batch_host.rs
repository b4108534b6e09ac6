//! The batch as the host reads it: boundaries, envelopes, and what is cut out of it.

use caisson::record::index::{self, Index};
use caisson::record::merge::merge;
use caisson::record::origins::Origins;
use caisson::record::serialised::Serialised;
use caisson::record::split::split;

/// Indexes, splits, merges and reads what it is given. Parts of a batch that was read are batches themselves.
pub fn run(data: &[u8]) {
    let _ = Origins::default().read(data, data.len());
    let Ok(index) = Index::of(data) else { return };
    assert_eq!(index.len(), index.entries().len());
    let _ = index.counts_from_zero();
    for entry in index.entries() {
        let _ = index::bytes(data, entry);
        let _ = Serialised::read(data, entry);
    }
    let ids: Vec<u32> = index.ids().collect();
    let (even, odd) = (split(data, &index, |id| id % 2 == 0), split(data, &index, |id| id % 2 != 0));
    let of = |part: &[u8]| Index::of(part).map(|index| index.ids().collect::<Vec<_>>()).unwrap_or_default();
    assert_eq!(of(&even), ids.iter().copied().filter(|id| id % 2 == 0).collect::<Vec<_>>());
    assert_eq!(of(&odd), ids.iter().copied().filter(|id| id % 2 != 0).collect::<Vec<_>>());
    if let Ok(merged) = merge(&[even, odd]) {
        assert_eq!(of(&merged).len(), ids.len());
    }
}
