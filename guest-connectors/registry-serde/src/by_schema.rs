//! What a converter worked out for the Connect schemas of the values that it writes.

use caisson_sdk::Schema;

/// Schemas, and what was made for each.
#[derive(Debug)]
pub struct BySchema<T> {
    capacity: usize,
    known: Vec<(Schema, T)>,
}

impl<T> BySchema<T> {
    /// Remembers that many.
    pub fn new(capacity: usize) -> Self {
        Self { capacity, known: Vec::new() }
    }

    /// Where what was made for a schema stands. It is mostly the very one that was there before.
    pub fn place(&mut self, schema: &Schema) -> Option<usize> {
        if let Some(place) = self.known.iter().position(|(known, _)| known.is_same(schema)) {
            return Some(place);
        }
        let place = self.known.iter().position(|(known, _)| known == schema)?;
        if let Some((known, _)) = self.known.get_mut(place) {
            // The next record has most likely this one.
            *known = schema.clone();
        }
        Some(place)
    }

    /// Adds what was made, and says where it stands.
    pub fn add(&mut self, schema: &Schema, made: T) -> usize {
        if self.known.len() >= self.capacity {
            self.known.clear();
        }
        self.known.push((schema.clone(), made));
        self.known.len() - 1
    }

    /// What stands there.
    pub fn at(&mut self, place: usize) -> Option<&mut T> {
        self.known.get_mut(place).map(|(_, made)| made)
    }
}
