//! Values for the parameters of a statement.

use std::ops::Range;

use crate::codec::skip::{head, items_length};
use crate::codec::write::{self, NoTable};
use crate::data::schema::Schema;
use crate::data::validate::is_expected;
use crate::data::value::Value;
use crate::error::Error;
use crate::sql::column_type::ColumnType;

/// Rows of values: one for each execution of a statement.
#[derive(Debug, Clone, Default)]
pub struct Parameters {
    types: Vec<ColumnType>,
    schemas: Vec<Schema>,
    rows: Vec<u8>,
    /// Where each row ends.
    ends: Vec<usize>,
}

impl Parameters {
    /// For a statement whose parameters have these types, without a row.
    pub fn of(types: Vec<ColumnType>) -> Result<Self, Error> {
        let schemas = types.iter().map(|type_| type_.schema(true)).collect::<Result<_, _>>()?;
        Ok(Self { types, schemas, rows: Vec::new(), ends: Vec::new() })
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
        let mut joined = Self { types: self.types.clone(), schemas: self.schemas.clone(), rows: Vec::new(), ends: Vec::new() };
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
    fn nothing_is_added_of_a_wrong_row() {
        let mut parameters = Parameters::of(vec![ColumnType::Int8, ColumnType::Int64]).unwrap();
        assert!(parameters.row(&[Value::Int8(1)]).is_err());
        let told = parameters.row(&[Value::Int8(1), Value::Int32(1)]).unwrap_err();
        assert_eq!(told.message(), "a value of class java.lang.Integer for a parameter of type INT64");
        assert_eq!(parameters.encoded(), [0x80]);
    }
}
