//! JSON straight to the form a schemaless value has in a batch: what [`super::to_connect::schemaless`] makes, without the tree.

use std::ops::Range;

use caisson_sdk::data::value_writer::ValueWriter;

use super::names::Names;
use super::reader::{Kind, Reader};

/// How many names of one object are compared; longer objects are left to the tree, which sorts.
const FEW: usize = 64;

/// A text on its way.
pub struct Transcoder<'t, 'o> {
    text: &'t str,
    reader: Reader<'t>,
    out: &'t mut ValueWriter<'o>,
    /// Where the names of the objects under way stand in the text, innermost last.
    names: &'t mut Vec<Range<usize>>,
}

impl<'t, 'o> Transcoder<'t, 'o> {
    /// Of that text. `names` is kept from text to text for its room.
    pub fn new(text: &'t str, out: &'t mut ValueWriter<'o>, names: &'t mut Vec<Range<usize>>) -> Self {
        names.clear();
        Self { text, reader: Reader::new(text), out, names }
    }

    /// Writes the value of the whole text. None: it is malformed, or an object has a name twice or one with an escape; the tree is for
    /// those.
    pub fn write(mut self) -> Option<()> {
        if self.reader.peek().ok()? == Kind::End {
            self.out.null();
            return Some(());
        }
        self.value()
    }

    /// Texts and numbers, which members mostly have, without a call.
    #[inline(always)]
    fn member(&mut self) -> Option<()> {
        match self.reader.peek().ok()? {
            Kind::Text => self.string(),
            Kind::Number => self.number(),
            _ => self.value(),
        }
    }

    #[inline(always)]
    fn string(&mut self) -> Option<()> {
        match self.reader.plain_string().ok()? {
            Some(range) => self.out.part(self.text, range),
            None => self.out.text(&self.reader.string().ok()?),
        }
        Some(())
    }

    #[inline(always)]
    fn number(&mut self) -> Option<()> {
        let number = self.reader.number().ok()?;
        if number.integral {
            self.out.int64(number.long())
        } else {
            self.out.float64(number.double())
        }
        Some(())
    }

    fn value(&mut self) -> Option<()> {
        match self.reader.peek().ok()? {
            Kind::Object => self.object()?,
            Kind::Array => {
                self.reader.open().ok()?;
                let array = self.out.open_array();
                let mut items = 0;
                while self.reader.next_item(items == 0).ok()? {
                    self.value()?;
                    items += 1;
                }
                self.out.close_array(array, items);
            }
            Kind::Text => self.string()?,
            Kind::Number => self.number()?,
            Kind::True => {
                self.reader.word("true").ok()?;
                self.out.boolean(true);
            }
            Kind::False => {
                self.reader.word("false").ok()?;
                self.out.boolean(false);
            }
            Kind::Null => {
                self.reader.word("null").ok()?;
                self.out.null();
            }
            Kind::End => return None,
        }
        Some(())
    }

    fn object(&mut self) -> Option<()> {
        self.reader.open().ok()?;
        let map = self.out.open_map();
        let level = self.names.len();
        let mut names = Names::default();
        let mut entries = 0;
        while self.reader.next_name(entries == 0).ok()? {
            let name = self.reader.plain_string().ok()??;
            if names.add(self.text.as_bytes().get(name.clone())?) && self.has(level, &name) {
                return None;
            }
            self.out.name(self.text, name.clone());
            self.names.push(name);
            self.reader.colon().ok()?;
            self.member()?;
            entries += 1;
        }
        self.names.truncate(level);
        self.out.close_map(map, entries);
        Some(())
    }

    /// Whether the object whose names begin at `level` has that one already; of a long object it is not known, so it is said.
    fn has(&self, level: usize, name: &Range<usize>) -> bool {
        let before = self.names.get(level..).unwrap_or_default();
        before.len() > FEW || before.iter().any(|other| self.text.get(other.clone()) == self.text.get(name.clone()))
    }
}
