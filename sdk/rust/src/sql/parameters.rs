//! Values for the parameters of a statement.

use std::ops::Range;

use crate::codec::skip::{head, items_length};
use crate::codec::values::Reader;
use crate::codec::write::{self, NoTable};
use crate::data::encoded::Encoded;
use crate::data::schema::Schema;
use crate::data::validate::is_expected;
use crate::data::value::Value;
use crate::error::Error;
use crate::sql::column_type::ColumnType;

/// The major type of arrays, and null, in CBOR (RFC 8949).
const ARRAY: u8 = 4;
const NULL: u8 = 0xf6;

/// Rows of values: one for each execution of a statement.
#[derive(Debug, Clone, Default)]
pub struct Parameters {
    types: Vec<ColumnType>,
    schemas: Vec<Schema>,
    rows: Vec<u8>,
    /// Where each row ends.
    ends: Vec<usize>,
    /// Where the fields of the last struct lay: kept for its memory.
    spans: Vec<Range<usize>>,
}

impl Parameters {
    /// For a statement whose parameters have these types, without a row.
    pub fn of(types: Vec<ColumnType>) -> Result<Self, Error> {
        let schemas = types.iter().map(|type_| type_.schema(true)).collect::<Result<_, _>>()?;
        Ok(Self { types, schemas, ..Self::default() })
    }

    /// For a statement without parameters: one row of none.
    pub fn none() -> Self {
        Self { rows: vec![0x80], ends: vec![1], ..Self::default() }
    }

    /// Adds a row: a value for each parameter, null or of its type. `DataException` for other values and for another number of them; nothing
    /// is added then.
    pub fn row(&mut self, values: &[Value<'_>]) -> Result<(), Error> {
        if values.len() != self.types.len() {
            return Err(Error::data(format!("{} values for {} parameters", values.len(), self.types.len())));
        }
        let start = self.rows.len();
        write::array(&mut self.rows, values.len());
        for (value, (schema, type_)) in values.iter().zip(self.schemas.iter().zip(&self.types)) {
            let fits = matches!(value, Value::Null | Value::Array(_) | Value::Encoded(_)) || is_expected(schema, value);
            let written = match fits {
                true => write::value(&mut self.rows, value, Some(schema), &mut NoTable),
                false => Err(Error::data(format!("a value of class {} for a parameter of type {type_}", value.java_class()))),
            };
            if let Err(error) = written {
                self.rows.truncate(start);
                return Err(error);
            }
        }
        self.ends.push(self.rows.len());
        Ok(())
    }

    /// Adds a row of these fields of a struct, in this order, as they are encoded: their schemas have to be of the parameters' types, and
    /// none an array's. False, and nothing is added, for what is no struct, and where a null stands for a default: whoever asks decides
    /// what that means. `DataException` for malformed bytes.
    pub fn row_of_fields(&mut self, value: &Encoded<'_>, fields: &[usize]) -> Result<bool, Error> {
        let Some((span, Some(schema), _)) = value.span() else { return Ok(false) };
        let known = schema.fields();
        let mut reader = Reader::new(span);
        if reader.major() != Some(ARRAY) || reader.array()? != known.len() || fields.len() != self.types.len() {
            return Ok(false);
        }
        self.spans.clear();
        for field in known {
            let start = span.len() - reader.rest().len();
            reader.skip_one()?;
            let range = start..span.len() - reader.rest().len();
            if span.get(range.clone()) == Some(&[NULL]) && field.schema.default_value().is_some() {
                return Ok(false);
            }
            self.spans.push(range);
        }
        let start = self.rows.len();
        write::array(&mut self.rows, fields.len());
        for field in fields {
            let Some(span) = self.spans.get(*field).and_then(|range| span.get(range.clone())) else {
                self.rows.truncate(start);
                return Ok(false);
            };
            self.rows.extend_from_slice(span);
        }
        self.ends.push(self.rows.len());
        Ok(true)
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// How many bytes the rows take.
    pub fn bytes(&self) -> usize {
        self.rows.len()
    }

    /// Forgets the rows.
    pub fn clear(&mut self) {
        self.rows.clear();
        self.ends.clear();
    }

    /// As many of these rows as are named, `size` of them as one: for a statement that takes several at once. Those that are left over are not
    /// among them.
    pub fn joined(&self, rows: Range<usize>, size: usize) -> Self {
        let mut joined = Self { types: self.types.clone(), schemas: self.schemas.clone(), ..Self::default() };
        let rows: Vec<usize> = rows.collect();
        for group in rows.chunks_exact(size.max(1)) {
            write::array(&mut joined.rows, joined.types.len() * group.len());
            for row in group {
                joined.rows.extend_from_slice(self.values(*row));
            }
            joined.ends.push(joined.rows.len());
        }
        joined
    }

    /// The first values of a row, as bytes: equal ones are equal values.
    pub fn first_values(&self, row: usize, count: usize) -> &[u8] {
        let values = self.values(row);
        values.get(..items_length(values, count).unwrap_or(values.len())).unwrap_or_default()
    }

    /// The values of a row behind its head.
    fn values(&self, row: usize) -> &[u8] {
        let start = row.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        let end = self.ends.get(row).copied().unwrap_or(start);
        let row = self.rows.get(start..end).unwrap_or_default();
        head(row, 0).ok().and_then(|(_, _, values)| row.get(values..)).unwrap_or_default()
    }

    /// The words of the types.
    pub(crate) fn words(&self) -> Vec<String> {
        self.types.iter().map(ToString::to_string).collect()
    }

    /// The rows, as they cross to the host.
    pub(crate) fn encoded(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.rows.len() + 9);
        write::array(&mut out, self.ends.len());
        out.extend_from_slice(&self.rows);
        out
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::data::schema::Type;
    use crate::data::schema_builder::SchemaBuilder;

    #[test]
    fn rows_are_arrays_of_values() {
        let mut parameters = Parameters::of(vec![ColumnType::Int8, ColumnType::Decimal(1), ColumnType::Timestamp]).unwrap();
        parameters.row(&[Value::Int8(1), Value::Null, Value::Date(5)]).unwrap();
        assert_eq!(parameters.encoded(), [0x81, 0x83, 0x01, 0xf6, 0xd9, 0x1b, 0x5c, 0x05]);
        assert_eq!(parameters.words(), ["INT8", "DECIMAL:1", "TIMESTAMP"]);
        assert_eq!(Parameters::none().encoded(), [0x81, 0x80]);
    }

    #[test]
    fn rows_are_joined_to_one() {
        let mut parameters = Parameters::of(vec![ColumnType::Int8, ColumnType::String]).unwrap();
        for (number, text) in [(1, "a"), (2, "b"), (1, "c"), (4, "d")] {
            parameters.row(&[Value::Int8(number), Value::text(text)]).unwrap();
        }
        let joined = parameters.joined(1..4, 2);
        assert_eq!(joined.encoded(), [0x81, 0x84, 0x02, 0x61, b'b', 0x01, 0x61, b'c']);
        assert_eq!(joined.words(), ["INT8", "STRING"]);
        assert_eq!(joined.len(), 1);
        assert_eq!([0, 2, 3].map(|row| parameters.first_values(row, 1)), [[0x01], [0x01], [0x04]]);
    }

    #[test]
    fn fields_of_a_struct_are_taken_as_they_are() {
        let defaulted = SchemaBuilder::new(Type::String).optional().default_value(Value::text("d")).build().unwrap();
        let schema = SchemaBuilder::structure().field("n", Schema::primitive(Type::Int8)).field("t", defaulted).build().unwrap();
        let mut parameters = Parameters::of(vec![ColumnType::String, ColumnType::Int8]).unwrap();
        let mut add = |span: &[u8], fields: &[usize]| {
            let value = Encoded::new(span, Some(schema.clone()), &[]);
            (parameters.row_of_fields(&value, fields), parameters.encoded())
        };
        let row = [0x81, 0x82, 0x61, b'x', 0x01];
        assert_eq!(add(&[0x82, 0x01, 0x61, b'x'], &[1, 0]), (Ok(true), row.to_vec()));
        // A null in the place of a default, too few fields, a field that is not there, another number of parameters.
        for (span, fields) in [
            (&[0x82, 0x01, 0xf6][..], &[1, 0][..]),
            (&[0x81, 0x01], &[1, 0]),
            (&[0x82, 0x01, 0x60], &[1, 2]),
            (&[0x82, 0x01, 0x60], &[1]),
        ] {
            assert_eq!(add(span, fields), (Ok(false), row.to_vec()), "{span:?} {fields:?}");
        }
        assert!(add(&[0x82, 0x01, 0x61], &[1, 0]).0.is_err());
    }

    #[test]
    fn nothing_is_added_of_a_wrong_row() {
        let mut parameters = Parameters::of(vec![ColumnType::Int8, ColumnType::Int64]).unwrap();
        assert!(parameters.row(&[Value::Int8(1)]).is_err());
        let told = parameters.row(&[Value::Int8(1), Value::Int32(1)]).unwrap_err();
        assert_eq!(told.message(), "a value of class java.lang.Integer for a parameter of type INT64");
        assert_eq!(parameters.encoded(), [0x80]);
    }
}
