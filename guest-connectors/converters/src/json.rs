//! `JsonConverter`: JSON with or without a schema beside it.

pub mod base64_text;
pub mod config;
mod encoding;
mod from_connect;
mod names;
pub mod node;
mod number;
pub mod reader;
mod scan;
mod schema_read;
mod schema_text;
mod to_connect;
mod transcode;
mod transcode_envelope;
pub mod writer;

use std::borrow::Cow;
use std::ops::Range;

use caisson_sdk::data::value_writer::ValueWriter;
use caisson_sdk::{Config, Converter, Datum, Error, HeaderConverter, PluginInfo, Schema, Value};

use config::Options;
use node::Node;
use reader::{Kind, Malformed, Reader};
use schema_read::Schemas;
use schema_text::SchemaTexts;
use transcode::Transcoder;

const NO_ENVELOPE: &str = "JsonConverter with schemas.enable requires \"schema\" and \"payload\" fields and may not contain \
    additional fields. If you are trying to deserialize plain JSON data, set schemas.enable=false in your converter configuration.";

/// Kafka's `org.apache.kafka.connect.json.JsonConverter`, with the fixed schema of KIP-1054.
#[derive(Debug)]
pub struct JsonConverter {
    schemas_enable: bool,
    options: Options,
    /// `schema.content`.
    schema: Option<Schema>,
    texts: SchemaTexts,
    schemas: Schemas,
    /// How long the last text was: the room made for the next.
    last_length: usize,
    /// Kept for its room.
    names: Vec<Range<usize>>,
}

impl JsonConverter {
    fn new(config: &Config) -> Result<Self, Error> {
        let capacity = usize::try_from(config.int(config::SCHEMAS_CACHE_SIZE)?).unwrap_or(0);
        let options = Options::read(config)?;
        let content = config.optional_string(config::SCHEMA_CONTENT)?.filter(|content| !content.is_empty());
        let schema = match content {
            Some(content) => schema_of_content(content, options)?,
            None => None,
        };
        Ok(Self {
            schemas_enable: config.boolean(config::SCHEMAS_ENABLE)?,
            options,
            schema,
            texts: SchemaTexts::new(capacity),
            schemas: Schemas::new(capacity),
            last_length: 0,
            names: Vec::new(),
        })
    }

    fn write(&mut self, datum: &Datum<'_>) -> Result<Option<Vec<u8>>, Error> {
        if datum.schema.is_none() && datum.value.is_null() {
            return Ok(None);
        }
        let mut out = Vec::with_capacity(self.last_length + self.last_length / 4);
        if self.schemas_enable {
            out.extend_from_slice(b"{\"schema\":");
            match &datum.schema {
                Some(schema) => self.texts.write(&mut out, schema, self.options)?,
                None => out.extend_from_slice(b"null"),
            }
            out.extend_from_slice(b",\"payload\":");
            from_connect::write(&mut out, datum.schema.as_ref(), &datum.value, self.options)?;
            out.push(b'}');
        } else {
            from_connect::write(&mut out, datum.schema.as_ref(), &datum.value, self.options)?;
        }
        self.last_length = out.len();
        Ok(Some(out))
    }

    fn read<'b>(&mut self, bytes: Option<&'b [u8]>) -> Result<Datum<'b>, Error> {
        let Some(bytes) = bytes else { return Ok(Datum::NULL) };
        match to_connect::text(bytes)? {
            Cow::Borrowed(text) => self.read_text(text),
            Cow::Owned(text) => {
                let datum = self.read_text(&text)?;
                Ok(Datum { schema: datum.schema, value: datum.value.into_owned()? })
            }
        }
    }

    fn read_text<'b>(&mut self, text: &'b str) -> Result<Datum<'b>, Error> {
        let mut reader = Reader::new(text);
        if !self.schemas_enable {
            return Ok(Datum { schema: None, value: read_schemaless(&mut reader).map_err(|_| to_connect::malformed())? });
        }
        if let Some(schema) = &self.schema {
            let node = read_node(&mut reader).map_err(|_| to_connect::malformed())?;
            let value = to_connect::under_schema(schema, &node, self.options)?;
            return Ok(Datum { schema: Some(schema.clone()), value });
        }
        let envelope = read_envelope(&mut reader, self.schemas.last_text()).map_err(|_| to_connect::malformed())?;
        let Some((schema, node)) = envelope else { return Err(Error::data(NO_ENVELOPE)) };
        let schema = match schema {
            SchemaText::Last => self.schemas.last(),
            SchemaText::Other(text) => self.schemas.read(text, self.options)?,
        };
        let value = match &schema {
            Some(schema) => to_connect::under_schema(schema, &node, self.options)?,
            None => node.schemaless(),
        };
        Ok(Datum { schema, value })
    }
}

fn schema_of_content(content: &str, options: Options) -> Result<Option<Schema>, Error> {
    let failed = |_| Error::data("Failed to parse schema in converter config due to serialization error: ");
    let node = read_node(&mut Reader::new(content)).map_err(failed)?;
    schema_read::read(&node, options)
}

fn read_schemaless<'b>(reader: &mut Reader<'b>) -> Result<Value<'b>, Malformed> {
    if reader.peek()? == Kind::End {
        return Ok(Value::Null);
    }
    to_connect::schemaless(reader)
}

fn read_node<'b>(reader: &mut Reader<'b>) -> Result<Node<'b>, Malformed> {
    if reader.peek()? == Kind::End {
        return Ok(Node::Missing);
    }
    Node::read(reader)
}

/// The text of an envelope's `schema`.
enum SchemaText<'b> {
    /// That of the record before.
    Last,
    Other(&'b str),
}

/// `schema` and `payload`; none unless the value is an object of just these two.
fn read_envelope<'b>(reader: &mut Reader<'b>, last: &str) -> Result<Option<(SchemaText<'b>, Node<'b>)>, Malformed> {
    match reader.peek()? {
        Kind::Object => {}
        Kind::End => return Ok(None),
        _ => {
            reader.skip()?;
            return Ok(None);
        }
    }
    reader.open()?;
    let (mut schema, mut payload, mut others) = (None, None, false);
    let mut first = true;
    while let Some(name) = reader.next_member(first)? {
        first = false;
        reader.peek()?;
        let start = reader.position();
        match name.as_ref() {
            "schema" if reader.skip_known(last) => schema = Some(SchemaText::Last),
            "schema" => {
                reader.skip()?;
                schema = Some(SchemaText::Other(reader.since(start)));
            }
            "payload" => payload = Some(Node::read(reader)?),
            _ => {
                reader.skip()?;
                others = true;
            }
        }
    }
    Ok(schema.zip(payload).filter(|_| !others))
}

fn info() -> PluginInfo {
    PluginInfo::new(
        "org.apache.kafka.connect.json.JsonConverter",
        "JSON, with the schema beside the payload unless schemas.enable=false.",
        config::definition(),
    )
}

impl Converter for JsonConverter {
    fn plugin() -> PluginInfo {
        info()
    }

    fn configure(config: &Config, _: bool) -> Result<Self, Error> {
        Self::new(config)
    }

    fn from_connect<'b>(&mut self, _: &str, datum: Datum<'b>) -> Result<Option<Cow<'b, [u8]>>, Error> {
        Ok(self.write(&datum)?.map(Cow::Owned))
    }

    fn to_connect<'b>(&mut self, _: &str, bytes: Option<&'b [u8]>) -> Result<Datum<'b>, Error> {
        self.read(bytes)
    }

    fn transcode(&mut self, _: &str, bytes: &[u8], out: &mut ValueWriter<'_>) -> bool {
        if self.schemas_enable {
            return false;
        }
        match to_connect::text(bytes) {
            Ok(Cow::Borrowed(text)) => Transcoder::new(text, out, &mut self.names).write().is_some(),
            _ => false,
        }
    }

    fn transcode_under_schema(&mut self, _: &str, bytes: &[u8], out: &mut ValueWriter<'_>) -> Option<Schema> {
        if !self.schemas_enable || self.schema.is_some() {
            return None;
        }
        let (schema, schema_text) = self.schemas.last_plain()?;
        match to_connect::text(bytes) {
            Ok(Cow::Borrowed(text)) => transcode_envelope::write(text, schema, schema_text, out).map(|()| schema.clone()),
            _ => None,
        }
    }
}

impl HeaderConverter for JsonConverter {
    fn plugin() -> PluginInfo {
        info()
    }

    fn configure(config: &Config) -> Result<Self, Error> {
        Self::new(config)
    }

    fn from_connect_header<'b>(&mut self, _: &str, _: &str, datum: Datum<'b>) -> Result<Option<Cow<'b, [u8]>>, Error> {
        Ok(self.write(&datum)?.map(Cow::Owned))
    }

    fn to_connect_header<'b>(&mut self, _: &str, _: &str, bytes: Option<&'b [u8]>) -> Result<Datum<'b>, Error> {
        self.read(bytes)
    }
}
