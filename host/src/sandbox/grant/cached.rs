//! What the system has of a file in memory is read where the guest runs. Every other read is done by a thread that may wait for the disk,
//! which takes as long as hundreds of records: two threads are woken, and the guest goes on on another core.

use std::fs::File;

/// As much as wasmtime-wasi reads at once.
const MOST: u64 = 64 * 1024;

/// Bytes of the file from `offset` on, at most `length` and no more than are in memory; empty at its end. None: it cannot be had without
/// waiting, or not at all, which a read that waits will tell.
#[cfg(target_os = "linux")]
pub(super) fn read_at(file: &File, length: u64, offset: u64) -> Option<Vec<u8>> {
    use std::io::IoSliceMut;

    use rustix::io::{ReadWriteFlags, preadv2};

    // The largest would mean the place that the descriptor stands at.
    i64::try_from(offset).ok()?;
    let mut bytes = vec![0; usize::try_from(length.min(MOST)).ok()?];
    let read = preadv2(file, &mut [IoSliceMut::new(&mut bytes)], offset, ReadWriteFlags::NOWAIT).ok()?;
    bytes.truncate(read);
    Some(bytes)
}

/// Other systems have no such read.
#[cfg(not(target_os = "linux"))]
pub(super) fn read_at(_file: &File, _length: u64, _offset: u64) -> Option<Vec<u8>> {
    None
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn what_was_just_written_is_in_memory() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"0123456789").unwrap();
        // Not every file system can tell; then a read that waits is made.
        let read = |length, offset| read_at(&file, length, offset);
        for (length, offset, wanted) in [(4, 0, "0123"), (100, 6, "6789"), (5, 10, ""), (5, 99, ""), (5, u64::MAX, "")] {
            assert!(read(length, offset).is_none_or(|bytes| bytes == wanted.as_bytes()), "{length} from {offset}");
        }
    }

    #[test]
    fn a_pipe_is_left_to_a_read_that_waits() {
        let (_writes, reads) = std::io::pipe().unwrap();
        assert_eq!(read_at(&File::from(std::os::fd::OwnedFd::from(reads)), 10, 0), None);
    }
}
