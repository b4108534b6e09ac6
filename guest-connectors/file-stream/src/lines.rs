//! Bytes of a file, cut into lines as FileStreamSourceTask cuts them: at `\n`, `\r` or `\r\n`, and only once the end of the
//! line is there. A `\r` at the very end waits for the byte after it.

use memchr::memchr2;

/// What has been read of a file and not yet given as lines.
#[derive(Debug, Default)]
pub struct Lines {
    buffer: Vec<u8>,
    /// Bytes of the buffer that were given already.
    given: usize,
    /// Bytes of the buffer that are known to hold no end of a line, or were given.
    searched: usize,
    /// Position in the file of the next line to give.
    position: u64,
}

/// A line without its end.
#[derive(Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// Its bytes.
    pub bytes: &'a [u8],
    /// Position in the file after the end of the line.
    pub end: u64,
}

impl Lines {
    /// Of a file from `position` on.
    pub fn from(position: u64) -> Self {
        Self { position, ..Self::default() }
    }

    /// Where in the file to read on.
    pub fn read_position(&self) -> u64 {
        self.position + (self.buffer.len() - self.given) as u64
    }

    /// Takes the bytes that follow.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.drain(..self.given);
        self.searched -= self.given;
        self.given = 0;
        self.buffer.extend_from_slice(bytes);
    }

    /// The next line whose end is there.
    pub fn next_line(&mut self) -> Option<Line<'_>> {
        let rest = self.buffer.get(self.searched..)?;
        let Some(found) = memchr2(b'\n', b'\r', rest) else {
            self.searched = self.buffer.len();
            return None;
        };
        let until = self.searched + found;
        let end_length = match (self.buffer.get(until), self.buffer.get(until + 1)) {
            (Some(b'\r'), None) => {
                self.searched = until;
                return None;
            }
            (Some(b'\r'), Some(b'\n')) => 2,
            _ => 1,
        };
        Some(self.give(until, until + end_length))
    }

    /// What is left when no more bytes will come; none if nothing is.
    pub fn rest(&mut self) -> Option<Line<'_>> {
        let all = self.buffer.len();
        if self.given == all {
            return None;
        }
        let until = if self.buffer.ends_with(b"\r") { all - 1 } else { all };
        Some(self.give(until, all))
    }

    fn give(&mut self, until: usize, next: usize) -> Line<'_> {
        let start = self.given;
        self.position += (next - start) as u64;
        self.given = next;
        self.searched = next;
        Line { bytes: self.buffer.get(start..until).unwrap_or_default(), end: self.position }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
mod tests {
    use super::*;

    /// All lines of `text` fed in pieces of `size`, with their end positions.
    fn cut(text: &[u8], size: usize) -> Vec<(Vec<u8>, u64)> {
        let mut lines = Lines::from(0);
        let mut cut = Vec::new();
        for piece in text.chunks(size) {
            assert!(lines.read_position() <= text.len() as u64);
            lines.push(piece);
            while let Some(line) = lines.next_line() {
                cut.push((line.bytes.to_vec(), line.end));
            }
        }
        cut
    }

    #[test]
    fn every_kind_of_end_cuts_whatever_the_pieces() {
        let text = b"a\nbb\r\nccc\rd\r\r\n\n\xc3\xa9\nlast";
        let expected: Vec<(Vec<u8>, u64)> = [("a", 2), ("bb", 6), ("ccc", 10), ("d", 12), ("", 14), ("", 15), ("é", 18)]
            .map(|(line, end)| (line.as_bytes().to_vec(), end))
            .to_vec();
        for size in 1..=text.len() {
            assert_eq!(cut(text, size), expected, "in pieces of {size}");
        }
    }

    #[test]
    fn a_carriage_return_at_the_end_waits() {
        let mut lines = Lines::from(5);
        lines.push(b"x\r");
        assert_eq!(lines.next_line(), None);
        assert_eq!(lines.read_position(), 7);
        lines.push(b"\ny");
        assert_eq!(lines.next_line(), Some(Line { bytes: b"x", end: 8 }));
        assert_eq!(lines.next_line(), None);
        assert_eq!(lines.rest(), Some(Line { bytes: b"y", end: 9 }));
        assert_eq!(lines.rest(), None);
    }
}
