//! Writing a value item by item, for converters that read a text from front to back: no tree is built.

use std::ops::Range;

use crate::codec::write;
use crate::data::fields::Entry;
use crate::data::value::Value;

/// Writes one value in the form it has in a batch: without a schema, or under one, which then tells the types of scalars
/// ([`Self::under_schema`]), and where a struct is the array of its fields. Whoever opens an array or map closes it, with as many items
/// or entries (a key, then its value) as were written in between.
#[derive(Debug)]
pub struct ValueWriter<'o> {
    out: &'o mut Vec<u8>,
    /// Where the entries of the outermost map stand, if anyone wants to know: to find them again takes another pass.
    entries: Option<&'o mut Vec<Entry>>,
    depth: usize,
}

/// An array or map under way.
#[derive(Debug)]
#[must_use]
pub struct Open {
    head: usize,
}

/// Major types of RFC 8949.
const ARRAY: u8 = 4;
const MAP: u8 = 5;

impl<'o> ValueWriter<'o> {
    pub(crate) fn new(out: &'o mut Vec<u8>) -> Self {
        Self { out, entries: None, depth: 0 }
    }

    /// One that notes where the entries of the value stand, as long as it is a map whose keys are all written by [`Self::name`].
    pub(crate) fn noting(out: &'o mut Vec<u8>, entries: &'o mut Vec<Entry>) -> Self {
        Self { out, entries: Some(entries), depth: 0 }
    }

    /// No value.
    #[inline]
    pub fn null(&mut self) {
        write::null(self.out);
    }

    /// `java.lang.Boolean`.
    #[inline]
    pub fn boolean(&mut self, value: bool) {
        write::boolean(self.out, value);
    }

    /// `java.lang.Long`.
    #[inline]
    pub fn int64(&mut self, value: i64) {
        write::integer(self.out, value);
    }

    /// `java.lang.Double`.
    #[inline]
    pub fn float64(&mut self, value: f64) {
        write::float64(self.out, value);
    }

    /// A scalar whose place has a schema: it tells how wide the number is.
    #[inline]
    pub fn under_schema(&mut self, scalar: &Value<'_>) {
        write::under_schema(self.out, scalar);
    }

    /// `java.lang.String`.
    pub fn text(&mut self, value: &str) {
        write::text(self.out, value);
    }

    /// `java.lang.String`: those bytes of a longer text; empty where they are none of its.
    #[inline(always)]
    pub fn part(&mut self, of: &str, range: Range<usize>) {
        let length = of.get(range.clone()).map_or(0, str::len);
        write::text_head(self.out, length);
        write::beginning::<16>(self.out, of.as_bytes().get(range.start..).unwrap_or_default(), length);
    }

    /// The key of a map's entry, whose value comes next: those bytes of a longer text, as [`Self::part`].
    #[inline(always)]
    pub fn name(&mut self, of: &str, range: Range<usize>) {
        let key = self.out.len();
        let length = range.len();
        self.part(of, range);
        if let (1, Some(entries)) = (self.depth, &mut self.entries) {
            if let Some(before) = entries.last_mut() {
                before.value_end = key;
            }
            let end = self.out.len();
            entries.push(Entry { key, name: end - length, key_end: end, value: end, value_end: end });
        }
    }

    /// Begins a `java.util.List`.
    #[inline]
    pub fn open_array(&mut self) -> Open {
        self.open(ARRAY)
    }

    /// Ends it.
    #[inline]
    pub fn close_array(&mut self, open: Open, items: usize) {
        self.close(ARRAY, open, items);
    }

    /// Begins a `java.util.Map`.
    #[inline]
    pub fn open_map(&mut self) -> Open {
        self.open(MAP)
    }

    /// Ends it.
    #[inline]
    pub fn close_map(&mut self, open: Open, entries: usize) {
        self.close(MAP, open, entries);
    }

    #[inline]
    fn open(&mut self, major: u8) -> Open {
        let head = self.out.len();
        self.depth += 1;
        self.out.push(major << 5);
        Open { head }
    }

    #[inline]
    fn close(&mut self, major: u8, Open { head }: Open, count: usize) {
        self.depth -= 1;
        if let (0, Some(entries)) = (self.depth, &mut self.entries)
            && let Some(last) = entries.last_mut()
        {
            last.value_end = self.out.len();
            if entries.len() != count {
                entries.clear();
            }
        }
        match self.out.get_mut(head) {
            Some(byte) if count < 24 => *byte = major << 5 | count as u8,
            _ => self.close_long(major, head, count),
        }
    }

    /// One byte was left for the head; a longer one moves what follows, so that nothing is known any more of where it stands.
    fn close_long(&mut self, major: u8, head: usize, count: usize) {
        if let (0, Some(entries)) = (self.depth, &mut self.entries) {
            entries.clear();
        }
        let mut long = Vec::with_capacity(9);
        match major {
            ARRAY => write::array(&mut long, count),
            _ => write::map(&mut long, count),
        }
        self.out.splice(head..head + 1, long);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_grow_with_what_they_hold() {
        for (count, head) in [(0, vec![0x80]), (23, vec![0x97]), (24, vec![0x98, 24]), (300, vec![0x99, 1, 44])] {
            let mut out = vec![0xff];
            let mut writer = ValueWriter::new(&mut out);
            let array = writer.open_array();
            for number in 0..count {
                writer.int64(number % 3);
            }
            writer.close_array(array, count as usize);
            assert_eq!(out.get(1..=head.len()), Some(head.as_slice()));
            assert_eq!(out.len(), 1 + head.len() + count as usize);
        }
    }

    #[test]
    fn parts_of_any_length_are_copied() {
        let text = "0123456789abcdefghijklmnopqrstuvwxyz";
        for (start, end) in [(0, 0), (0, 5), (3, 19), (3, 20), (30, 36), (36, 36)] {
            let mut out = Vec::new();
            ValueWriter::new(&mut out).part(text, start..end);
            let mut expected = Vec::new();
            write::text(&mut expected, &text[start..end]);
            assert_eq!(out, expected);
        }
    }
}
