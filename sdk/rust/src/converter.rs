//! Converters.

use std::borrow::Cow;

use crate::config::Config;
use crate::data::record::Datum;
use crate::data::schema::Schema;
use crate::data::value_writer::ValueWriter;
use crate::error::Error;
use crate::plugin::PluginInfo;

/// Keys and values to bytes and back; Kafka's `Converter`.
pub trait Converter {
    /// Its entry in the manifest.
    fn plugin() -> PluginInfo
    where
        Self: Sized;

    /// A converter of that configuration, for keys or for values. `ConfigException` for a bad one.
    fn configure(config: &Config, is_key: bool) -> Result<Self, Error>
    where
        Self: Sized;

    /// The bytes of a value for a record of that topic; none for a null. `DataException` when it has no such form.
    #[allow(clippy::wrong_self_convention, reason = "Kafka's name")]
    fn from_connect<'b>(&mut self, topic: &str, datum: Datum<'b>) -> Result<Option<Cow<'b, [u8]>>, Error>;

    /// The value that the bytes stand for; none: the record has no bytes there. `DataException` for malformed bytes.
    fn to_connect<'b>(&mut self, topic: &str, bytes: Option<&'b [u8]>) -> Result<Datum<'b>, Error>;

    /// Writes what [`Converter::to_connect`] gives, if that has no schema, straight into the batch: for a value that no
    /// transformation looks at, this saves building it. False: it was not done, whatever was written is forgotten, and `to_connect`
    /// is asked; so is it for whatever ends in an error.
    fn transcode(&mut self, _topic: &str, _bytes: &[u8], _out: &mut ValueWriter<'_>) -> bool {
        false
    }

    /// As [`Converter::transcode`], of a value that has a schema: writes the value under it ([`ValueWriter::under_schema`]) and gives the
    /// schema. None: it was not done.
    fn transcode_under_schema(&mut self, _topic: &str, _bytes: &[u8], _out: &mut ValueWriter<'_>) -> Option<Schema> {
        None
    }
}
