//! A statement with the values of records for its parameters.

use std::borrow::Cow;
use std::collections::HashSet;

use caisson_sdk::data::encoded::View;
use caisson_sdk::data::logical::LogicalType;
use caisson_sdk::sql::column_type::ColumnType;
use caisson_sdk::sql::parameters::Parameters;
use caisson_sdk::{Datum, Error, Record, Schema, Value};

use crate::dialect::Dialect;
use crate::dialect::column::Column;
use crate::instant::Instant;
use crate::sink::fields::Origin;
use crate::sink::settings::Settings;
use crate::time_zone::TimeZone;

/// A statement, what its parameters are, and the rows gathered for it.
#[derive(Debug)]
pub struct Statement {
    /// Each with the number of rows that it takes, the most first and one last. None: there is nothing to say to the database, as when
    /// all columns are keys and rows are changed.
    texts: Vec<(usize, String)>,
    bound: Vec<Bound>,
    /// The fields of values that are bound, if nothing else is and all as they are.
    plain: Option<Vec<usize>>,
    rows: Parameters,
    /// As many of the first columns are keys that a statement may have once only.
    unique: usize,
}

#[derive(Debug)]
struct Bound {
    name: String,
    origin: Origin,
    form: Form,
}

impl Bound {
    /// The field of the value that is bound as it is.
    fn plain(&self) -> Option<usize> {
        match (self.origin, self.form) {
            (Origin::ValueField(index), Form::AsItIs) => Some(index),
            _ => None,
        }
    }
}

/// How a value is told to the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    AsItIs,
    /// The day that its midnight in UTC falls on in the zone of the database, as text.
    Day,
    /// A number since the epoch, as a time.
    Micros,
    Nanos,
}

impl Statement {
    /// A statement with these columns for its parameters. `ConnectException` for a schema that no parameter can have.
    pub fn of(texts: Vec<(usize, String)>, columns: &[&(Column, Origin)], settings: &Settings) -> Result<Self, Error> {
        let mut types = Vec::with_capacity(columns.len());
        let mut bound = Vec::with_capacity(columns.len());
        for (column, origin) in columns {
            let form = form(column, settings);
            types.push(match form {
                Form::AsItIs => ColumnType::of(&column.schema).ok_or_else(|| column.without_type())?,
                Form::Day => ColumnType::String,
                Form::Micros | Form::Nanos => ColumnType::Instant,
            });
            bound.push(Bound { name: column.name.clone(), origin: *origin, form });
        }
        let is_array = |type_: &ColumnType| matches!(type_, ColumnType::Array(_));
        let plain = bound.iter().map(Bound::plain).collect::<Option<_>>().filter(|_| !types.iter().any(is_array));
        Ok(Self { texts, bound, plain, rows: Parameters::of(types)?, unique: 0 })
    }

    /// Its first columns are keys, of which several rows at once must not have one twice.
    pub fn with_unique(self, columns: usize) -> Self {
        Self { unique: columns, ..self }
    }

    /// The rows gathered, in their order: texts, and what they are executed with.
    pub fn executions(&self) -> Vec<(&str, Cow<'_, Parameters>)> {
        let Some((_, one)) = self.texts.last() else { return Vec::new() };
        if self.texts.len() == 1 || self.has_a_key_twice() {
            return vec![(one, Cow::Borrowed(&self.rows))];
        }
        let mut executions = Vec::new();
        let mut done = 0;
        for (size, text) in &self.texts {
            let end = self.rows.len() - (self.rows.len() - done) % size;
            if end > done {
                executions.push((text.as_str(), Cow::Owned(self.rows.joined(done..end, *size))));
                done = end;
            }
        }
        executions
    }

    fn has_a_key_twice(&self) -> bool {
        let mut keys = HashSet::with_capacity(self.rows.len());
        self.unique > 0 && !(0..self.rows.len()).all(|row| keys.insert(self.rows.first_values(row, self.unique)))
    }

    /// The rows gathered.
    pub fn rows(&self) -> &Parameters {
        &self.rows
    }

    /// Forgets the rows.
    pub fn clear(&mut self) {
        self.rows.clear();
    }

    /// Adds a record's row. `DataException` for values that are none of their schemas.
    pub fn add(&mut self, record: &Record<'_>, settings: &Settings) -> Result<(), Error> {
        if self.texts.is_empty() {
            return Ok(());
        }
        // As most records are: nothing of them needs to be looked at.
        if let (Some(fields), Value::Encoded(encoded)) = (&self.plain, &record.value.value)
            && self.rows.row_of_fields(encoded, fields)?
        {
            return Ok(());
        }
        let zone = &settings.zone;
        let key = Parts::of(&record.key, settings.null_as_default)?;
        let value = Parts::of(&record.value, settings.null_as_default)?;
        let mut row = Vec::with_capacity(self.bound.len());
        for bound in &self.bound {
            let told = match bound.origin {
                Origin::Topic => Value::from(record.topic.as_ref()),
                Origin::Partition => record.coordinates.map_or(Value::Null, |place| Value::Int32(place.partition)),
                Origin::Offset => record.coordinates.map_or(Value::Null, |place| Value::Int64(place.offset)),
                Origin::Key => record.key.value.clone(),
                Origin::KeyField(index) => key.field(index),
                Origin::ValueField(index) => value.field(index),
            };
            row.push(bound.form.told(told, &bound.name, zone)?);
        }
        self.rows.row(&row)
    }
}

fn form(column: &Column, settings: &Settings) -> Form {
    let is_time = settings.times.has(&column.name) && LogicalType::of(&column.schema) == Some(LogicalType::Timestamp);
    match LogicalType::of(&column.schema) {
        // SQLite has no days, but milliseconds.
        Some(LogicalType::Date) if settings.moves_days && settings.sql.dialect != Dialect::Sqlite => Form::Day,
        _ if is_time && settings.times.nanos => Form::Nanos,
        _ if is_time => Form::Micros,
        _ => Form::AsItIs,
    }
}

impl Form {
    fn told<'b>(self, value: Value<'b>, name: &str, zone: &TimeZone) -> Result<Value<'b>, Error> {
        let value = match (self, value) {
            (Self::AsItIs, value) | (_, value @ Value::Null) => return Ok(value),
            // One of Connect's own timestamps needs no help.
            (Self::Micros | Self::Nanos, Value::Date(millis)) => return Ok(Value::Decimal(Instant::of_millis(millis).seconds())),
            (Self::Day, Value::Date(millis)) => return Ok(Value::from(zone.date(millis)?)),
            (_, value) => value,
        };
        let bad = |text: &str| Error::data(format!("The field {name} is to be a time, but {text} is no number since the epoch"));
        let number: i64 = match &value {
            Value::Int64(number) => *number,
            Value::String(text) => text.trim().parse().map_err(|_| bad(text))?,
            other => return Err(bad(other.java_class())),
        };
        let time = match self {
            Self::Micros => Instant::of_micros(number),
            _ => Instant::of_nanos(number),
        };
        Ok(Value::Decimal(time.seconds()))
    }
}

/// The fields of a record's key or value, if it is a struct.
struct Parts<'b>(Vec<Value<'b>>);

impl<'b> Parts<'b> {
    fn of(datum: &Datum<'b>, null_as_default: bool) -> Result<Self, Error> {
        let mut fields = match &datum.value {
            Value::Struct(structure) => structure.values().to_vec(),
            Value::Encoded(encoded) => match encoded.view()? {
                View::Struct(_, items) => items.collect::<Result<_, _>>()?,
                _ => Vec::new(),
            },
            _ => Vec::new(),
        };
        if null_as_default {
            for (value, field) in fields.iter_mut().zip(datum.schema.as_ref().map(Schema::fields).unwrap_or_default()) {
                if let (Value::Null, Some(default)) = (&*value, field.schema.default_value()) {
                    *value = default.clone();
                }
            }
        }
        Ok(Self(fields))
    }

    fn field(&self, index: usize) -> Value<'b> {
        self.0.get(index).cloned().unwrap_or(Value::Null)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_become_times() {
        let told = |form: Form, value: Value<'static>| {
            form.told(value, "at", &TimeZone::named("America/New_York").unwrap()).map_err(|error| error.message().to_owned())
        };
        let seconds = |text: &str| Value::Decimal(text.parse().unwrap());
        assert_eq!(told(Form::Micros, Value::Int64(1_500_000)), Ok(seconds("1.500000000")));
        assert_eq!(told(Form::Nanos, Value::from("-1")), Ok(seconds("-0.000000001")));
        assert_eq!(told(Form::Micros, Value::Date(1_500)), Ok(seconds("1.500000000")));
        assert_eq!(told(Form::Day, Value::Date(0)), Ok(Value::from("1969-12-31")));
        assert_eq!(told(Form::Nanos, Value::Null), Ok(Value::Null));
        assert!(told(Form::Nanos, Value::from("x")).unwrap_err().contains("The field at is to be a time, but x is no number"));
    }
}
