//! Rows as a cursor gave them.

use crate::codec::values::{self, Reader};
use crate::data::encoded::Encoded;
use crate::data::schema::Schema;
use crate::data::value::Value;
use crate::error::Error;
use crate::sql::column_type::ColumnType;

/// The rows of one fetch, nothing decoded.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    bytes: Vec<u8>,
    count: usize,
    more: bool,
}

impl Rows {
    pub(crate) fn new(bytes: Vec<u8>, count: u32, more: bool) -> Self {
        Self { bytes, count: count as usize, more }
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Whether there may be more to fetch.
    pub fn more(&self) -> bool {
        self.more
    }

    /// How many bytes the rows take.
    pub fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// The rows in order. Ends after the first that is malformed.
    pub fn iter(&self) -> RowIter<'_> {
        let mut reader = Reader::new(&self.bytes);
        let (left, malformed) = match reader.array() {
            Ok(count) => (count.min(self.count), None),
            Err(error) => (0, (!self.bytes.is_empty()).then_some(error)),
        };
        RowIter { reader, left, malformed }
    }
}

impl<'b> IntoIterator for &'b Rows {
    type Item = Result<Row<'b>, Error>;
    type IntoIter = RowIter<'b>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// Goes over rows.
#[derive(Debug, Clone)]
pub struct RowIter<'b> {
    reader: Reader<'b>,
    left: usize,
    /// What is wrong with all of them.
    malformed: Option<Error>,
}

impl<'b> Iterator for RowIter<'b> {
    type Item = Result<Row<'b>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.left == 0 {
            return self.malformed.take().map(Err);
        }
        let row = self.row();
        self.left = if row.is_ok() { self.left - 1 } else { 0 };
        Some(row)
    }
}

impl<'b> RowIter<'b> {
    fn row(&mut self) -> Result<Row<'b>, Error> {
        if self.reader.array()? != 2 {
            return Err(Error::data("malformed rows: a row is [fields, beside]"));
        }
        Ok(Row { fields: self.reader.span()?, beside: self.reader.span()? })
    }
}

/// A row: what [`crate::sql::Cursor::read_as`] asked for.
#[derive(Debug, Clone, Copy)]
pub struct Row<'b> {
    fields: &'b [u8],
    beside: &'b [u8],
}

impl<'b> Row<'b> {
    /// The fields as a struct, which goes into a record's value as it is: the schema's fields have the types that were read, in that order.
    pub fn structure(&self, schema: &Schema) -> Value<'b> {
        Value::Encoded(Encoded::new(self.fields, Some(schema.clone()), &[]))
    }

    /// The fields, decoded as these types. `DataException` for values that are none of them.
    pub fn fields(&self, types: &[ColumnType]) -> Result<Vec<Value<'b>>, Error> {
        decode(self.fields, types)
    }

    /// What was read beside the fields.
    pub fn beside(&self, types: &[ColumnType]) -> Result<Vec<Value<'b>>, Error> {
        decode(self.beside, types)
    }
}

fn decode<'b>(span: &'b [u8], types: &[ColumnType]) -> Result<Vec<Value<'b>>, Error> {
    let mut reader = Reader::new(span);
    let count = reader.array()?;
    if count != types.len() {
        return Err(Error::data(format!("malformed rows: {count} values for {} columns", types.len())));
    }
    types.iter().map(|type_| value(&mut reader, type_)).collect()
}

/// Only integers and arrays need their type to be read: everything else tells its own.
fn value<'b>(reader: &mut Reader<'b>, type_: &ColumnType) -> Result<Value<'b>, Error> {
    let number = match (type_, reader.major()) {
        (ColumnType::Array(_), _) => return values::read(reader, Some(&type_.schema(true)?), &[]),
        (_, Some(0 | 1)) => reader.i64()?,
        _ => return values::read(reader, None, &[]),
    };
    let wide = |_| Error::data(format!("malformed rows: {number} is no {type_}"));
    Ok(match type_ {
        ColumnType::Int8 => Value::Int8(number.try_into().map_err(wide)?),
        ColumnType::Int16 => Value::Int16(number.try_into().map_err(wide)?),
        ColumnType::Int32 | ColumnType::Nanos => Value::Int32(number.try_into().map_err(wide)?),
        _ => Value::Int64(number),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::data::schema_builder::SchemaBuilder;

    #[test]
    fn a_row_is_fields_and_what_is_beside() {
        let rows = Rows::new(vec![0x82, 0x82, 0x82, 0x01, 0x61, b'x', 0x81, 0x05, 0x82, 0x82, 0x02, 0xf6, 0x81, 0xf6], 2, false);
        let seen: Vec<Row<'_>> = rows.iter().collect::<Result<_, _>>().unwrap();
        let types = [ColumnType::Int8, ColumnType::String];
        assert_eq!(seen[0].fields(&types).unwrap(), [Value::Int8(1), Value::text("x")]);
        assert_eq!(seen[1].fields(&types).unwrap(), [Value::Int8(2), Value::Null]);
        assert_eq!(seen[0].beside(&[ColumnType::Int64]).unwrap(), [Value::Int64(5)]);
        let schema = SchemaBuilder::structure()
            .field("id", ColumnType::Int8.schema(false).unwrap())
            .field("s", ColumnType::String.schema(true).unwrap());
        let schema = schema.build().unwrap();
        let Value::Struct(held) = seen[0].structure(&schema).decoded().unwrap() else { unreachable!() };
        assert_eq!(held.get("s").unwrap(), &Value::text("x"));
    }

    #[test]
    fn malformed_rows_end() {
        let beyond_its_end = Rows::new(vec![0x82], 2, false);
        assert_eq!(beyond_its_end.iter().filter(Result::is_err).count(), 1);
        let rows = Rows::new(vec![0x82, 0x83], 2, false);
        assert_eq!(rows.iter().filter(Result::is_err).count(), 1);
        assert!(Rows::default().iter().next().is_none());
    }
}
