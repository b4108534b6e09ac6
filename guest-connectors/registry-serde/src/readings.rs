//! How payloads are read, worked out once for each topic and schema.

use caisson_sdk::Error;

use crate::reader_schemas::ReaderSchemas;

/// What a converter worked out, by topic (for topics whose subjects differ, the version differs) and by what payloads name their schema
/// with.
#[derive(Debug)]
pub struct Readings<K, T> {
    capacity: usize,
    known: Vec<Known<K, T>>,
}

#[derive(Debug)]
struct Known<K, T> {
    topic: String,
    key: K,
    reader: Reader,
    made: T,
}

/// The schema that payloads are read by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reader {
    /// Its subject.
    pub subject: String,
    /// Its id where it is the subject's newest; none: it is the one that they were written under.
    pub newest: Option<i32>,
}

impl<K: PartialEq, T> Readings<K, T> {
    /// Remembers that many.
    pub fn new(capacity: usize) -> Self {
        Self { capacity, known: Vec::new() }
    }

    /// Where what is known of those payloads stands. What was made for a schema that is no longer the newest is forgotten. Errors as
    /// [`ReaderSchemas::newest`].
    pub fn place(&mut self, schemas: &ReaderSchemas, topic: &str, key: &K) -> Result<Option<usize>, Error> {
        let place = self.known.iter().position(|known| known.key == *key && known.topic == topic);
        if schemas.is_lasting() {
            return Ok(place);
        }
        let Some((place, known)) = place.and_then(|place| Some((place, self.known.get(place)?))) else { return Ok(None) };
        let newest = schemas.newest(&known.reader.subject)?.map(|schema| schema.id);
        if newest == known.reader.newest {
            return Ok(Some(place));
        }
        self.known.swap_remove(place);
        Ok(None)
    }

    /// Adds what was made, and says where it stands.
    pub fn add(&mut self, topic: &str, key: K, reader: Reader, made: T) -> usize {
        if self.known.len() >= self.capacity {
            self.known.clear();
        }
        self.known.push(Known { topic: topic.to_owned(), key, reader, made });
        self.known.len() - 1
    }

    /// What stands there.
    pub fn at(&mut self, place: usize) -> Option<&mut T> {
        self.known.get_mut(place).map(|known| &mut known.made)
    }
}
