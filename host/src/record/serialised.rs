//! Records whose key, value and headers are bytes: before the first converter of a sink, after the last of a source.

use minicbor::Decoder;
use minicbor::data::Type;

use super::index::{Entry, array};
use super::malformed::Malformed;

/// A record ready to be produced. Everything borrows from the batch.
#[derive(Debug, Clone)]
pub struct Serialised<'b> {
    /// The host's number for it.
    pub id: u32,
    /// The topic it goes to or comes from.
    pub topic: &'b str,
    /// Its partition; `None` lets the partitioner choose.
    pub partition: Option<i32>,
    /// Milliseconds since the epoch.
    pub timestamp: Option<i64>,
    /// Key bytes.
    pub key: Option<&'b [u8]>,
    /// Value bytes; `None` is a tombstone.
    pub value: Option<&'b [u8]>,
    /// Headers.
    pub headers: Headers<'b>,
}

/// The headers of a [`Serialised`] record, in order.
#[derive(Debug, Clone)]
pub struct Headers<'b> {
    decoder: Decoder<'b>,
    left: u64,
}

/// One header: its name, and its bytes or null.
pub type Header<'b> = (&'b str, Option<&'b [u8]>);

impl<'b> Serialised<'b> {
    /// Reads a record that stands alone, outside a batch.
    pub(super) fn of(record: &'b [u8]) -> Result<Self, Malformed> {
        let mut decoder = Decoder::new(record);
        array(&mut decoder, "a record")?;
        let id = decoder.u32()?;
        read(&mut decoder, id)
    }

    /// Reads the record at `entry` of `batch`. Its headers are read as they are asked for.
    pub fn read(batch: &'b [u8], entry: &Entry) -> Result<Self, Malformed> {
        let mut decoder = Decoder::new(batch.get(..entry.span.end).unwrap_or_default());
        decoder.set_position(entry.topic);
        read(&mut decoder, entry.id).map_err(|error| error.within(format_args!("record {}", entry.id)))
    }
}

impl Headers<'_> {
    /// How many headers are left.
    pub fn len(&self) -> usize {
        usize::try_from(self.left).unwrap_or(usize::MAX)
    }

    /// Whether none are left.
    pub fn is_empty(&self) -> bool {
        self.left == 0
    }
}

impl<'b> Iterator for Headers<'b> {
    type Item = Result<Header<'b>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.left == 0 {
            return None;
        }
        self.left -= 1;
        let header = header(&mut self.decoder);
        if header.is_err() {
            self.left = 0;
        }
        Some(header)
    }
}

fn read<'b>(decoder: &mut Decoder<'b>, id: u32) -> Result<Serialised<'b>, Malformed> {
    let topic = decoder.str().map_err(|error| Malformed::from(error).within("its topic"))?;
    let partition = match integer(decoder, "its partition")? {
        None => None,
        Some(number) => Some(i32::try_from(number).map_err(|_| Malformed::new("its partition is no 32-bit integer"))?),
    };
    let timestamp = integer(decoder, "its timestamp")?;
    let key = datum(decoder, "its key")?;
    let value = datum(decoder, "its value")?;
    let left = array(decoder, "its headers")?;
    Ok(Serialised { id, topic, partition, timestamp, key, value, headers: Headers { decoder: decoder.clone(), left } })
}

fn header<'b>(decoder: &mut Decoder<'b>) -> Result<Header<'b>, Malformed> {
    let members = array(decoder, "a header")?;
    if members != 3 {
        return Err(Malformed::new(format!("a header has 3 members, not {members}")));
    }
    let name = decoder.str().map_err(|error| Malformed::from(error).within("a header's name"))?;
    decoder.null().map_err(|_| not_serialised("a header"))?;
    Ok((name, bytes_or_null(decoder, "a header")?))
}

fn datum<'b>(decoder: &mut Decoder<'b>, what: &str) -> Result<Option<&'b [u8]>, Malformed> {
    let members = array(decoder, what)?;
    if members != 2 {
        return Err(Malformed::new(format!("{what} has 2 members, not {members}")));
    }
    decoder.null().map_err(|_| not_serialised(what))?;
    bytes_or_null(decoder, what)
}

fn bytes_or_null<'b>(decoder: &mut Decoder<'b>, what: &str) -> Result<Option<&'b [u8]>, Malformed> {
    match decoder.datatype()? {
        Type::Null => {
            decoder.null()?;
            Ok(None)
        }
        Type::Bytes => Ok(Some(decoder.bytes()?)),
        _ => Err(not_serialised(what)),
    }
}

fn not_serialised(what: &str) -> Malformed {
    Malformed::new(format!("{what} is not serialised: it must be bytes or null, without a schema"))
}

fn integer(decoder: &mut Decoder<'_>, what: &str) -> Result<Option<i64>, Malformed> {
    if decoder.datatype()? == Type::Null {
        decoder.null()?;
        return Ok(None);
    }
    decoder.i64().map(Some).map_err(|error| Malformed::from(error).within(what))
}
