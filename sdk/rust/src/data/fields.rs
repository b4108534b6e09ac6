//! Schemaless maps that transformations change in their encoded form.

use crate::codec::values::{self, Reader};
use crate::codec::write::{self, NoTable};
use crate::data::value::Value;
use crate::data::value_writer::ValueWriter;
use crate::error::Error;

/// A schemaless map with texts for keys, as a converter read it: entries are found, put, renamed and left out, and what is not
/// touched stays encoded. A chain of such changes costs a sink's record half of what a tree does.
#[derive(Debug, Clone, Default)]
pub struct Fields {
    /// The map as it was, and what was put since. Nothing is ever moved.
    bytes: Vec<u8>,
    entries: Vec<Entry>,
}

/// Where an entry stands in the bytes: its key, the text of which begins at `name`, and its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) key: usize,
    pub(crate) name: usize,
    pub(crate) key_end: usize,
    pub(crate) value: usize,
    pub(crate) value_end: usize,
}

impl Fields {
    /// Empty, to write a map to.
    pub(crate) fn begin(&mut self) -> ValueWriter<'_> {
        self.bytes.clear();
        self.entries.clear();
        ValueWriter::noting(&mut self.bytes, &mut self.entries)
    }

    /// Finds the entries of what was written, unless they were noted meanwhile. None: it is no map, or not all its keys are texts.
    pub(crate) fn found(&mut self) -> Option<()> {
        if !self.entries.is_empty() {
            return Some(());
        }
        let mut reader = Reader::new(&self.bytes);
        let read = |reader: &Reader<'_>| self.bytes.len() - reader.rest().len();
        let count = reader.map().ok()?;
        for _ in 0..count {
            let key = read(&reader);
            let length = reader.text_bytes().ok()?.len();
            let value = read(&reader);
            reader.skip_one().ok()?;
            let entry = Entry { key, name: value - length, key_end: value, value, value_end: read(&reader) };
            self.entries.push(entry);
        }
        Some(())
    }

    /// The value of that name.
    pub fn get(&self, name: &str) -> Result<Option<Value<'_>>, Error> {
        self.entry(name.as_bytes()).map(|(_, entry)| self.value(entry)).transpose()
    }

    /// Sets the value of that name, at its place if it is there, else at the end. `DataException` for a value with a schema.
    pub fn put(&mut self, name: &str, value: &Value<'_>) -> Result<(), Error> {
        let known = self.entry(name.as_bytes());
        let (key, key_start, key_end) = match known {
            Some((_, entry)) => (entry.key, entry.name, entry.key_end),
            None => self.append_key(name),
        };
        let start = self.bytes.len();
        write::value(&mut self.bytes, value, None, &mut NoTable)?;
        let entry = Entry { key, name: key_start, key_end, value: start, value_end: self.bytes.len() };
        match known.and_then(|(index, _)| self.entries.get_mut(index)) {
            Some(held) => *held = entry,
            None => self.entries.push(entry),
        }
        Ok(())
    }

    /// Leaves out the entries whose name, in UTF-8, is refused.
    #[inline]
    pub fn retain(&mut self, keep: impl Fn(&[u8]) -> bool) {
        let bytes = &self.bytes;
        self.entries.retain(|entry| keep(bytes.get(entry.name..entry.key_end).unwrap_or_default()));
    }

    /// Gives entries, by their names in UTF-8, other names. One that gets the name of an entry before it replaces that one's value.
    pub fn rename(&mut self, new_name: impl Fn(&[u8]) -> Option<&'static str>) {
        let mut renamed = false;
        for index in 0..self.entries.len() {
            let Some(entry) = self.entries.get(index).copied() else { break };
            let Some(new) = new_name(self.name(entry)) else { continue };
            let (key, name, key_end) = self.append_key(new);
            if let Some(held) = self.entries.get_mut(index) {
                *held = Entry { key, name, key_end, ..entry };
            }
            renamed = true;
        }
        if renamed {
            self.unite();
        }
    }

    /// Of entries with one name the last value, at the place of the first.
    fn unite(&mut self) {
        let entries = std::mem::take(&mut self.entries);
        for entry in entries {
            let same = self.entries.iter().position(|other| self.name(*other) == self.name(entry));
            match same.and_then(|index| self.entries.get_mut(index)) {
                Some(held) => (held.value, held.value_end) = (entry.value, entry.value_end),
                None => self.entries.push(entry),
            }
        }
    }

    /// Where the key stands, its text, and its end.
    fn append_key(&mut self, name: &str) -> (usize, usize, usize) {
        let key = self.bytes.len();
        write::text(&mut self.bytes, name);
        (key, self.bytes.len() - name.len(), self.bytes.len())
    }

    #[inline(always)]
    fn entry(&self, name: &[u8]) -> Option<(usize, Entry)> {
        let is = |(_, entry): &(usize, &Entry)| is_same(self.name(**entry), name);
        self.entries.iter().enumerate().find(is).map(|(index, entry)| (index, *entry))
    }

    fn name(&self, entry: Entry) -> &[u8] {
        self.bytes.get(entry.name..entry.key_end).unwrap_or_default()
    }

    fn value(&self, entry: Entry) -> Result<Value<'_>, Error> {
        let span = self.bytes.get(entry.value..entry.value_end).unwrap_or_default();
        values::read(&mut Reader::new(span), None, &[])
    }

    /// How many bytes `write` writes.
    pub(crate) fn encoded_length(&self) -> usize {
        let parts = self.entries.iter().map(|entry| entry.key_end - entry.key + (entry.value_end - entry.value));
        write::head_length(self.entries.len()) + parts.sum::<usize>()
    }

    /// Writes the encoded map; what stands side by side is copied in one go.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        write::map(out, self.entries.len());
        let mut run = 0..0;
        for entry in &self.entries {
            for part in [entry.key..entry.key_end, entry.value..entry.value_end] {
                if part.start == run.end {
                    run.end = part.end;
                } else {
                    out.extend_from_slice(self.bytes.get(run).unwrap_or_default());
                    run = part;
                }
            }
        }
        out.extend_from_slice(self.bytes.get(run).unwrap_or_default());
    }

    /// As a tree. `DataException` for a key that is no UTF-8.
    pub(crate) fn decode(&self) -> Result<Value<'static>, Error> {
        let mut entries = Vec::with_capacity(self.entries.len());
        for entry in &self.entries {
            let name = std::str::from_utf8(self.name(*entry)).map_err(|_| Error::data("malformed batch: a text is no UTF-8"))?;
            entries.push((Value::from(name.to_owned()), self.value(*entry)?.into_owned()?));
        }
        Ok(Value::Map(entries))
    }
}

/// Names that differ mostly do so in their lengths or at their ends; to compare them is a call in a sandbox.
#[inline(always)]
pub fn is_same(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len() && one.last() == other.last() && one == other
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holding(bytes: Vec<u8>) -> Fields {
        Fields { bytes, entries: Vec::new() }
    }

    fn encoded(value: &Value<'_>) -> Fields {
        let mut bytes = Vec::new();
        write::value(&mut bytes, value, None, &mut NoTable).unwrap();
        holding(bytes)
    }

    fn fields(entries: &[(&str, Value<'_>)]) -> Fields {
        let entries = entries.iter().map(|(name, value)| (Value::from((*name).to_owned()), value.clone())).collect();
        let mut fields = encoded(&Value::Map(entries));
        fields.found().unwrap();
        fields
    }

    fn shown(fields: &Fields) -> String {
        let mut out = Vec::new();
        fields.write(&mut out);
        assert_eq!(out.len(), fields.encoded_length());
        let mut written = holding(out);
        written.found().unwrap();
        assert_eq!(written.decode(), fields.decode());
        crate::data::java_text::java_text(&fields.decode().unwrap()).unwrap()
    }

    #[test]
    fn entries_are_put_renamed_and_left_out() {
        let mut fields = fields(&[("a", Value::Int64(1)), ("b", Value::from("x")), ("c", Value::Array(vec![Value::Null]))]);
        assert_eq!(fields.get("b"), Ok(Some(Value::from("x"))));
        assert_eq!(fields.get("z"), Ok(None));
        fields.put("b", &Value::from("longer than it was before")).unwrap();
        fields.put("d", &Value::Boolean(true)).unwrap();
        assert_eq!(shown(&fields), "{a=1, b=longer than it was before, c=[null], d=true}");
        fields.retain(|name| name != b"c");
        fields.rename(|name| (name == b"d").then_some("e"));
        assert_eq!(shown(&fields), "{a=1, b=longer than it was before, e=true}");
        fields.rename(|name| (name != b"e").then_some("e"));
        assert_eq!(shown(&fields), "{e=true}");
        fields.put("f", &Value::Null).unwrap();
        fields.rename(|name| (name == b"f").then_some("e"));
        assert_eq!(shown(&fields), "{e=null}");
    }

    #[test]
    fn only_maps_with_texts_for_keys_are_fields() {
        for value in [Value::Int64(1), Value::Array(vec![]), Value::Map(vec![(Value::Int64(1), Value::Null)])] {
            assert!(encoded(&value).found().is_none());
        }
    }

    #[test]
    fn entries_noted_on_the_way_are_those_that_are_found() {
        let text = "abcdefghijklmnopqrstuvwxyz0123456789";
        for (count, noted) in [(0, false), (1, true), (23, true), (24, false), (36, false)] {
            let mut fields = Fields::default();
            let mut writer = fields.begin();
            let map = writer.open_map();
            for index in 0..count {
                writer.name(text, index..index + 1);
                let inner = writer.open_map();
                writer.name(text, 0..30);
                writer.text("é");
                writer.close_map(inner, 1);
            }
            writer.close_map(map, count);
            assert_eq!(fields.entries.len(), if noted { count } else { 0 });
            fields.found().unwrap();
            let mut found = holding(fields.bytes.clone());
            found.found().unwrap();
            assert_eq!(fields.entries, found.entries);
        }
    }

    #[test]
    fn entries_with_other_keys_are_found_afterwards() {
        let mut fields = Fields::default();
        let mut writer = fields.begin();
        let map = writer.open_map();
        writer.name("a", 0..1);
        writer.null();
        writer.text("b");
        writer.null();
        writer.close_map(map, 2);
        fields.found().unwrap();
        assert_eq!(shown(&fields), "{a=null, b=null}");
    }
}
