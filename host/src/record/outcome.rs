//! Whether a stage chain accounted for every record it was given.

use super::index::Index;
use super::malformed::Malformed;

/// Checks that every id of `given` (ascending) is exactly once among the records kept, dropped and failed, that no other id is, and that
/// kept records are in the order given.
pub fn check(
    given: impl ExactSizeIterator<Item = u32> + Clone,
    kept: &Index,
    dropped: &[u32],
    failed: &[u32],
) -> Result<(), Malformed> {
    if dropped.is_empty() && failed.is_empty() && given.len() == kept.len() && given.clone().eq(kept.ids()) {
        return Ok(());
    }
    let given: Vec<u32> = given.collect();
    let mut seen = vec![false; given.len()];
    let mut last = None;
    for id in kept.ids() {
        settle(&given, &mut seen, id, "the batch")?;
        if last.is_some_and(|last| last > id) {
            return Err(Malformed::new(format!("record {id} is out of order: a stage keeps the order it was given")));
        }
        last = Some(id);
    }
    for id in dropped {
        settle(&given, &mut seen, *id, "`dropped`")?;
    }
    for id in failed {
        settle(&given, &mut seen, *id, "`failed`")?;
    }
    match given.iter().zip(&seen).find(|(_, seen)| !**seen) {
        Some((id, _)) => Err(Malformed::new(format!("record {id} is neither kept, dropped nor failed"))),
        None => Ok(()),
    }
}

fn settle(given: &[u32], seen: &mut [bool], id: u32, place: &str) -> Result<(), Malformed> {
    let seen = given.binary_search(&id).ok().and_then(|at| seen.get_mut(at));
    match seen {
        None => Err(Malformed::new(format!("{place} has the id {id}, which no record given has"))),
        Some(true) => Err(Malformed::new(format!("{place} has the id {id} again: every record has exactly one outcome"))),
        Some(seen) => {
            *seen = true;
            Ok(())
        }
    }
}
