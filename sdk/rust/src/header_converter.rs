//! Header converters.

use std::borrow::Cow;

use crate::config::Config;
use crate::data::record::Datum;
use crate::error::Error;
use crate::plugin::PluginInfo;

/// Header values to bytes and back; Kafka's `HeaderConverter`.
pub trait HeaderConverter {
    /// Its entry in the manifest.
    fn plugin() -> PluginInfo
    where
        Self: Sized;

    /// A converter of that configuration. `ConfigException` for a bad one.
    fn configure(config: &Config) -> Result<Self, Error>
    where
        Self: Sized;

    /// The bytes of a header's value; none for a null. `DataException` when it has no such form.
    #[allow(clippy::wrong_self_convention, reason = "Kafka's name")]
    fn from_connect_header<'b>(&mut self, topic: &str, name: &str, datum: Datum<'b>) -> Result<Option<Cow<'b, [u8]>>, Error>;

    /// The value that the bytes stand for. `DataException` for malformed bytes.
    fn to_connect_header<'b>(&mut self, topic: &str, name: &str, bytes: Option<&'b [u8]>) -> Result<Datum<'b>, Error>;
}
