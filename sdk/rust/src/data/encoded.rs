//! Arrays, maps and structs that nobody has decoded yet.

use crate::codec::values::{self, Reader};
use crate::data::fields::Fields;
use crate::data::schema::Schema;
use crate::data::struct_::Struct;
use crate::data::value::Value;
use crate::error::Error;

/// An array, map or struct of a batch, or a map that a converter wrote.
#[derive(Debug, Clone)]
pub struct Encoded<'b> {
    form: Form<'b>,
}

#[derive(Debug, Clone)]
enum Form<'b> {
    /// A span of a batch. The schema is that of its place, `typed` values inside refer to the table.
    Span {
        span: &'b [u8],
        schema: Option<Schema>,
        table: &'b [Schema],
    },
    Fields(Box<Fields>),
}

/// One level of an encoded value, its parts read as they are asked for.
#[derive(Debug)]
pub enum View<'b> {
    /// The items in order.
    Array(Items<'b>),
    /// Keys and values in order.
    Map(Entries<'b>),
    /// The schema and the values of its fields in order, defaults not applied.
    Struct(Schema, Items<'b>),
    /// A value that is decoded: a scalar that carries its own schema, or a map that a converter wrote.
    Scalar(Value<'b>),
}

impl<'b> Encoded<'b> {
    pub(crate) fn new(span: &'b [u8], schema: Option<Schema>, table: &'b [Schema]) -> Self {
        Self { form: Form::Span { span, schema, table } }
    }

    pub(crate) fn of_fields(fields: Box<Fields>) -> Self {
        Self { form: Form::Fields(fields) }
    }

    /// The span, the schema of its place and the batch's schemas; none: it is no span but [`Fields`].
    #[inline]
    pub(crate) fn span(&self) -> Option<(&'b [u8], Option<&Schema>, &'b [Schema])> {
        match &self.form {
            Form::Span { span, schema, table } => Some((span, schema.as_ref(), table)),
            Form::Fields(_) => None,
        }
    }

    /// The schema of its place in the batch.
    pub fn schema(&self) -> Option<&Schema> {
        self.span().and_then(|(_, schema, _)| schema)
    }

    /// The map, if it can be changed entry by entry.
    pub(crate) fn fields(&self) -> Option<&Fields> {
        match &self.form {
            Form::Span { .. } => None,
            Form::Fields(fields) => Some(fields),
        }
    }

    pub(crate) fn fields_mut(&mut self) -> Option<&mut Fields> {
        match &mut self.form {
            Form::Span { .. } => None,
            Form::Fields(fields) => Some(fields),
        }
    }

    pub(crate) fn into_fields(self) -> Option<Box<Fields>> {
        match self.form {
            Form::Span { .. } => None,
            Form::Fields(fields) => Some(fields),
        }
    }

    /// A look at one level, without a copy of it. `DataException` for malformed bytes.
    pub fn view(&self) -> Result<View<'b>, Error> {
        match &self.form {
            Form::Span { span, schema, table } => values::view(span, schema.as_ref(), table),
            Form::Fields(fields) => fields.decode().map(View::Scalar),
        }
    }

    /// One level decoded. `DataException` for malformed bytes.
    pub fn decode(&self) -> Result<Value<'b>, Error> {
        match self.view()? {
            View::Array(items) => Ok(Value::Array(items.collect::<Result<_, _>>()?)),
            View::Map(entries) => Ok(Value::Map(entries.collect::<Result<_, _>>()?)),
            View::Struct(schema, items) => Ok(Value::Struct(Struct::from_values(schema, items.collect::<Result<_, _>>()?)?)),
            View::Scalar(value) => Ok(value),
        }
    }
}

/// Whose schemas the items have.
#[derive(Debug, Clone)]
pub(crate) enum ItemSchemas {
    None,
    Same(Schema),
    FieldsOf(Schema),
}

/// Reads the items of an array, or the fields of a struct, one after the other.
#[derive(Debug)]
pub struct Items<'b> {
    reader: Reader<'b>,
    index: usize,
    count: usize,
    schemas: ItemSchemas,
    table: &'b [Schema],
}

impl<'b> Items<'b> {
    pub(crate) fn new(reader: Reader<'b>, count: usize, schemas: ItemSchemas, table: &'b [Schema]) -> Self {
        Self { reader, index: 0, count, schemas, table }
    }
}

impl<'b> Iterator for Items<'b> {
    type Item = Result<Value<'b>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.index >= self.count {
            return None;
        }
        let schema = match &self.schemas {
            ItemSchemas::None => None,
            ItemSchemas::Same(schema) => Some(schema),
            ItemSchemas::FieldsOf(schema) => schema.fields().get(self.index).map(|field| &field.schema),
        };
        let item = values::read(&mut self.reader, schema, self.table);
        // After an error the position says nothing: end.
        self.index = if item.is_ok() { self.index + 1 } else { self.count };
        Some(item)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.count - self.index;
        (left, Some(left))
    }
}

impl ExactSizeIterator for Items<'_> {}

/// Reads the entries of a map one after the other.
#[derive(Debug)]
pub struct Entries<'b> {
    reader: Reader<'b>,
    left: usize,
    schemas: Option<(Option<Schema>, Option<Schema>)>,
    table: &'b [Schema],
}

impl<'b> Entries<'b> {
    pub(crate) fn new(
        reader: Reader<'b>,
        count: usize,
        schemas: Option<(Option<Schema>, Option<Schema>)>,
        table: &'b [Schema],
    ) -> Self {
        Self { reader, left: count, schemas, table }
    }

    fn read(&mut self) -> Result<(Value<'b>, Value<'b>), Error> {
        let (keys, held) = match &self.schemas {
            Some((keys, values)) => (keys.as_ref(), values.as_ref()),
            None => (None, None),
        };
        let key = values::read(&mut self.reader, keys, self.table)?;
        let value = values::read(&mut self.reader, held, self.table)?;
        Ok((key, value))
    }
}

impl<'b> Iterator for Entries<'b> {
    type Item = Result<(Value<'b>, Value<'b>), Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.left == 0 {
            return None;
        }
        let entry = self.read();
        self.left = if entry.is_ok() { self.left - 1 } else { 0 };
        Some(entry)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for Entries<'_> {}
