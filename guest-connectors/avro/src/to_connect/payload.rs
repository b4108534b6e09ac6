//! Avro's binary form, read from front to back.

use std::borrow::Cow;

use caisson_sdk::Error;

/// What is left of a payload.
#[derive(Debug)]
pub struct Payload<'b> {
    rest: &'b [u8],
    /// Items without bytes so far, in all arrays and maps: those that lie in one another multiply.
    empty: u64,
}

/// How many items that take no bytes a payload may have: what is longer is no data, but a count gone wrong.
const EMPTY_ITEMS: u64 = 1 << 16;

/// The bytes end, or say what cannot be.
pub fn malformed(what: &str) -> Error {
    Error::data(format!("malformed Avro data: {what}")).with_class("org.apache.kafka.common.errors.SerializationException")
}

impl<'b> Payload<'b> {
    /// Of all its bytes.
    pub fn new(bytes: &'b [u8]) -> Self {
        Self { rest: bytes, empty: 0 }
    }

    /// A whole number, in zigzag order, seven bits a byte.
    #[inline]
    pub fn long(&mut self) -> Result<i64, Error> {
        let mut number = 0u64;
        for (index, byte) in self.rest.iter().enumerate().take(10) {
            number |= u64::from(byte & 0x7f) << (7 * index);
            if byte & 0x80 == 0 {
                self.rest = self.rest.get(index + 1..).unwrap_or_default();
                return Ok((number >> 1) as i64 ^ -((number & 1) as i64));
            }
        }
        Err(malformed("a number does not end"))
    }

    /// A whole number of 32 bits.
    #[inline]
    pub fn int(&mut self) -> Result<i32, Error> {
        i32::try_from(self.long()?).map_err(|_| malformed("Invalid int encoding"))
    }

    /// So many bytes.
    #[inline]
    pub fn take(&mut self, length: usize) -> Result<&'b [u8], Error> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or_else(|| malformed("it ends too early"))?;
        self.rest = rest;
        Ok(taken)
    }

    /// Bytes behind their length.
    #[inline]
    pub fn bytes(&mut self) -> Result<&'b [u8], Error> {
        let length = usize::try_from(self.long()?).map_err(|_| malformed("a negative length"))?;
        self.take(length)
    }

    /// Text behind its length; what is no UTF-8 is replaced, as Java does.
    #[inline]
    pub fn text(&mut self) -> Result<Cow<'b, str>, Error> {
        Ok(String::from_utf8_lossy(self.bytes()?))
    }

    /// One byte: 1 is true.
    #[inline]
    pub fn boolean(&mut self) -> Result<bool, Error> {
        Ok(self.take(1)? == [1])
    }

    /// Four bytes, little-endian.
    #[inline]
    pub fn float(&mut self) -> Result<f32, Error> {
        let bytes = self.take(4)?.try_into().map_err(|_| malformed("a float"))?;
        Ok(f32::from_le_bytes(bytes))
    }

    /// Eight bytes, little-endian.
    #[inline]
    pub fn double(&mut self) -> Result<f64, Error> {
        let bytes = self.take(8)?.try_into().map_err(|_| malformed("a double"))?;
        Ok(f64::from_le_bytes(bytes))
    }

    /// Which of so many types follows.
    #[inline]
    pub fn branch(&mut self, count: usize) -> Result<usize, Error> {
        let index = usize::try_from(self.long()?).ok().filter(|index| *index < count);
        index.ok_or_else(|| malformed("an unknown branch of a union"))
    }

    /// The items of an array, or the entries of a map: `item` reads one. How many there were.
    #[inline]
    pub fn blocks(&mut self, mut item: impl FnMut(&mut Self) -> Result<(), Error>) -> Result<usize, Error> {
        let mut all = 0;
        loop {
            let mut count = self.long()?;
            if count == 0 {
                return Ok(all);
            }
            if count < 0 {
                // The block's length in bytes follows, for who wants to skip it.
                self.long()?;
                count = count.checked_neg().ok_or_else(|| malformed("a count"))?;
            }
            for _ in 0..count {
                let before = self.rest.len();
                item(self)?;
                all += 1;
                self.empty += u64::from(self.rest.len() == before);
                if self.empty > EMPTY_ITEMS {
                    return Err(malformed("more items without bytes than can be meant"));
                }
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_zigzag() {
        let read = |bytes: &[u8]| Payload::new(bytes).long().unwrap();
        assert_eq!((read(&[0]), read(&[1]), read(&[2]), read(&[0x80, 1])), (0, -1, 1, 64));
        assert_eq!(read(&[0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1]), i64::MAX);
        assert_eq!(read(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1]), i64::MIN);
        assert!(Payload::new(&[0x80; 11]).long().is_err() && Payload::new(&[0x80]).long().is_err());
    }

    #[test]
    fn a_count_without_bytes_is_bounded() {
        let many = [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1];
        assert!(Payload::new(&many).blocks(|_| Ok(())).is_err());
    }
}
