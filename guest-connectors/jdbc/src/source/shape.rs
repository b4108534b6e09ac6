//! The record that a row of a result becomes.

use caisson_sdk::data::logical;
use caisson_sdk::sql::Column;
use caisson_sdk::sql::column_type::ColumnType;
use caisson_sdk::sql::rows::Row;
use caisson_sdk::{Error, Schema, SchemaBuilder, Struct, Value, log};

use crate::dialect::Dialect;
use crate::instant::Instant;
use crate::source::offset::Offset;
use crate::source::query::Criteria;
use crate::source::settings::Settings;

const LOG: &str = "io.confluent.connect.jdbc.source.SchemaMapping";
/// The parameter of a decimal's schema that tells its column's precision.
const PRECISION: &str = "connect.decimal.precision";

/// How the rows of a result are read: what a cursor is asked for, and what is made of its answers.
#[derive(Debug)]
pub struct Shape {
    /// The columns it was made for.
    columns: Vec<Column>,
    schema: Schema,
    fields: Vec<(usize, ColumnType)>,
    beside: Vec<(usize, ColumnType)>,
    /// Of those beside, the types alone.
    types_beside: Vec<ColumnType>,
    /// Fields whose timestamps take another form, and where among those beside their nanoseconds are.
    converted: Vec<(usize, usize)>,
    /// Where among those beside the milliseconds of the timestamp columns are; their nanoseconds follow each.
    timestamps: Vec<usize>,
    incrementing: Option<usize>,
    incrementing_name: String,
    wider: Vec<(String, ColumnType)>,
}

impl Shape {
    /// The shape of a result's rows; `wider` are columns that turned out to need another type than the database says. `ConnectException` when a column of the mode is missing or of a type that cannot be one,
    /// `SchemaBuilderException` for two columns of one name.
    pub fn of(
        columns: Vec<Column>,
        name: Option<&str>,
        criteria: &Criteria,
        wider: &[(String, ColumnType)],
        settings: &Settings,
    ) -> Result<Self, Error> {
        let mut shape = Self {
            schema: Schema::string(),
            fields: Vec::with_capacity(columns.len()),
            beside: Vec::new(),
            types_beside: Vec::new(),
            converted: Vec::new(),
            timestamps: Vec::new(),
            incrementing: None,
            wider: wider.to_vec(),
            incrementing_name: criteria.incrementing.clone().unwrap_or_default(),
            columns,
        };
        shape.add_criteria(criteria, settings)?;
        let mut schema = SchemaBuilder::structure();
        if let Some(name) = name {
            schema = schema.name(name);
        }
        for index in 0..shape.columns.len() {
            if let Some((name, field)) = shape.add_field(index, settings)? {
                schema = schema.field(name, field);
            }
        }
        shape.schema = schema.build()?;
        shape.types_beside = shape.beside.iter().map(|(_, type_)| type_.clone()).collect();
        Ok(shape)
    }

    /// Whether it fits a result with these columns as well.
    pub fn fits(&self, columns: &[Column]) -> bool {
        self.columns == columns
    }

    /// The fields that the cursor is asked for.
    pub fn fields(&self) -> &[(usize, ColumnType)] {
        &self.fields
    }

    /// What it is asked for beside them.
    pub fn beside(&self) -> &[(usize, ColumnType)] {
        &self.beside
    }

    /// The schema of the records' values.
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    fn add_criteria(&mut self, criteria: &Criteria, settings: &Settings) -> Result<(), Error> {
        for name in &criteria.timestamps {
            let index = self.find(name)?;
            let type_ = self.type_of(index, settings);
            if type_ != Some(ColumnType::Timestamp) {
                let found = type_.map_or_else(|| "no type that is read".to_owned(), |type_| type_.to_string());
                return Err(Error::connect(format!("Invalid type for timestamp column {name}: {found}")));
            }
            self.timestamps.push(self.beside.len());
            self.beside.push((index, ColumnType::Timestamp));
            self.beside.push((index, ColumnType::Nanos));
        }
        if let Some(name) = &criteria.incrementing {
            let index = self.find(name)?;
            let type_ = match self.type_of(index, settings) {
                Some(ColumnType::Int8 | ColumnType::Int16 | ColumnType::Int32 | ColumnType::Int64) => ColumnType::Int64,
                Some(ColumnType::Decimal(0)) => ColumnType::Decimal(0),
                Some(ColumnType::Decimal(_)) => {
                    return Err(Error::connect("Scale of Decimal value for incrementing column must be 0"));
                }
                found => {
                    let found = found.map_or_else(|| "no type that is read".to_owned(), |type_| type_.to_string());
                    return Err(Error::connect(format!("Invalid type for incrementing column: {found}")));
                }
            };
            self.incrementing = Some(self.beside.len());
            self.beside.push((index, type_));
        }
        Ok(())
    }

    /// The column of a name; in another case, if no other has that one: the database took it for the same.
    fn find(&self, name: &str) -> Result<usize, Error> {
        if let Some(index) = self.columns.iter().position(|column| column.name == name) {
            return Ok(index);
        }
        let mut alike = self.columns.iter().enumerate().filter(|(_, column)| column.name.eq_ignore_ascii_case(name));
        match (alike.next(), alike.next()) {
            (Some((index, _)), None) => Ok(index),
            _ => {
                let names: Vec<&str> = self.columns.iter().map(|column| column.name.as_str()).collect();
                Err(Error::connect(format!("The result has no column {name}; it has {}", names.join(", "))))
            }
        }
    }

    fn type_of(&self, index: usize, settings: &Settings) -> Option<ColumnType> {
        let column = self.columns.get(index)?;
        if let Some((_, type_)) = self.wider.iter().find(|(name, _)| *name == column.name) {
            return Some(type_.clone());
        }
        // A REAL of SQLite has 64 bits.
        if settings.sql.dialect == Dialect::Sqlite && column.default_type == Some(ColumnType::Float32) {
            return Some(ColumnType::Float64);
        }
        // The JVM's driver gives many bits as the text of them, and few as a number that reads like them.
        if settings.sql.dialect == Dialect::PostgreSql && column.type_ == "BIT" && column.precision > 8 {
            return Some(ColumnType::Bytes);
        }
        settings.numeric.of(column).or_else(|| column.default_type.clone())
    }

    /// The next wider type that a column may be read as.
    pub fn wider(&self, column: &str, settings: &Settings) -> Option<ColumnType> {
        let index = self.columns.iter().position(|known| known.name == column)?;
        match self.type_of(index, settings)? {
            ColumnType::Int8 | ColumnType::Int16 | ColumnType::Int32 => Some(ColumnType::Int64),
            ColumnType::String | ColumnType::Bytes => None,
            _ => Some(ColumnType::String),
        }
    }

    /// Has a column read as a field; none: its type is none of Connect's.
    fn add_field(&mut self, index: usize, settings: &Settings) -> Result<Option<(String, Schema)>, Error> {
        let Some(column) = self.columns.get(index) else { return Ok(None) };
        let name = column.name.clone();
        let is_optional = column.nullable != Some(false);
        let Some(type_) = self.type_of(index, settings).filter(|type_| !matches!(type_, ColumnType::Array(_))) else {
            let type_name = &column.type_name;
            log::warn(LOG, &format!("Column {name} is left out of records: nothing in Connect is like its type {type_name}"));
            return Ok(None);
        };
        let schema = match type_ {
            ColumnType::Decimal(scale) if settings.tells_precision => {
                let builder = logical::decimal(scale).parameter(PRECISION, column.precision.to_string());
                builder.with_optional(is_optional).build()?
            }
            ColumnType::Timestamp => settings.granularity.field_type().schema(is_optional)?,
            ref type_ => type_.schema(is_optional)?,
        };
        if type_ == ColumnType::Timestamp && settings.granularity.field_type() != ColumnType::Timestamp {
            self.converted.push((self.fields.len(), self.beside.len()));
            self.beside.push((index, ColumnType::Nanos));
        }
        self.fields.push((index, type_));
        Ok(Some((name, schema)))
    }

    /// What stands beside a row's fields.
    pub fn values_beside<'b>(&self, row: &Row<'b>) -> Result<Vec<Value<'b>>, Error> {
        if self.beside.is_empty() {
            return Ok(Vec::new());
        }
        row.beside(&self.types_beside)
    }

    /// The offset of a row. `ConnectException` for a null in the incrementing column, and for a number that INT64 cannot say.
    pub fn offset(&self, beside: &[Value<'_>]) -> Result<Offset, Error> {
        let time = |at: &usize| instant(beside.get(*at), beside.get(at + 1));
        let incrementing = match self.incrementing {
            None => None,
            Some(at) => Some(self.number(beside.get(at).unwrap_or(&Value::Null))?),
        };
        Ok(Offset { timestamp: self.timestamps.iter().find_map(time), incrementing })
    }

    fn number(&self, value: &Value<'_>) -> Result<i64, Error> {
        let name = &self.incrementing_name;
        match value {
            Value::Int64(number) => Ok(*number),
            Value::Decimal(number) => i64::try_from(number.unscaled())
                .map_err(|_| Error::connect(format!("{number} in the incrementing column {name} is greater than INT64 can say"))),
            _ => Err(Error::connect(format!(
                "A row has null in the incrementing column {name}: it has no place in the order of rows"
            ))),
        }
    }

    /// A row as a record's value.
    pub fn value<'b>(&self, row: &Row<'b>, beside: &[Value<'b>], settings: &Settings) -> Result<Value<'b>, Error> {
        if self.converted.is_empty() {
            return Ok(row.structure(&self.schema));
        }
        let types: Vec<ColumnType> = self.fields.iter().map(|(_, type_)| type_.clone()).collect();
        let mut values = row.fields(&types)?;
        for (field, nanos) in &self.converted {
            if let Some(value) = values.get_mut(*field)
                && let Some(time) = instant(Some(value), beside.get(*nanos))
            {
                *value = settings.granularity.value(time, &settings.zone)?;
            }
        }
        Struct::from_values(self.schema.clone(), values).map(Value::Struct)
    }
}

fn instant(millis: Option<&Value<'_>>, nanos: Option<&Value<'_>>) -> Option<Instant> {
    match (millis, nanos) {
        (Some(Value::Date(millis)), Some(Value::Int32(nanos))) => Some(Instant { millis: *millis, nanos: *nanos }),
        (Some(Value::Date(millis)), _) => Some(Instant::of_millis(*millis)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::keys::config_def;
    use caisson_sdk::Decimal;

    fn column(name: &str, type_: &str, read: &str, nullable: Option<bool>) -> Column {
        Column {
            name: name.into(),
            type_: type_.into(),
            type_name: type_.to_lowercase(),
            default_type: read.parse().ok(),
            nullable,
            signed: true,
            auto_increment: false,
            precision: 9,
            scale: 0,
            options: Vec::new(),
        }
    }

    fn settings(more: &[(&str, &str)]) -> Settings {
        let required = [("connection.url", "jdbc:sqlite:x"), ("mode", "bulk"), ("topic.prefix", "p")];
        Settings::of(&config_def().parse(required.iter().chain(more).copied()).unwrap()).unwrap()
    }

    fn columns() -> Vec<Column> {
        vec![
            column("Id", "INTEGER", "INT32", Some(false)),
            column("at", "TIMESTAMP", "TIMESTAMP", None),
            column("n", "NUMERIC", "DECIMAL:0", Some(true)),
            column("tags", "ARRAY", "ARRAY:STRING", Some(true)),
            column("odd", "OTHER", "", Some(true)),
        ]
    }

    #[test]
    fn columns_become_fields_unless_connect_has_nothing_like_them() {
        let shape = Shape::of(columns(), Some("t"), &Criteria::default(), &[], &settings(&[])).unwrap();
        let seen: Vec<(String, bool)> = shape
            .schema()
            .fields()
            .iter()
            .map(|field| (format!("{} {}", field.name, field.schema), field.schema.is_optional()))
            .collect();
        let expected = [
            ("Id Schema{INT32}", false),
            ("at Schema{org.apache.kafka.connect.data.Timestamp:INT64}", true),
            ("n Schema{org.apache.kafka.connect.data.Decimal:BYTES}", true),
        ];
        assert_eq!(seen, expected.map(|(text, optional)| (text.to_owned(), optional)));
        assert_eq!(shape.schema().name(), Some("t"));
        assert_eq!(shape.schema().fields()[2].schema.parameter(PRECISION), Some("9"));
        let aiven =
            settings(&[("connector.class", "io.aiven.connect.jdbc.JdbcSourceConnector"), ("numeric.mapping", "best_fit")]);
        let shape = Shape::of(columns(), None, &Criteria::default(), &[], &aiven).unwrap();
        assert_eq!(shape.fields()[2], (2, ColumnType::Int32));
        assert_eq!(shape.schema().name(), None);
    }

    #[test]
    fn the_modes_columns_are_read_beside() {
        let criteria = Criteria { timestamps: vec!["at".into()], incrementing: Some("ID".into()) };
        let shape = Shape::of(columns(), None, &criteria, &[], &settings(&[("timestamp.granularity", "micros_long")])).unwrap();
        let beside = [(1, ColumnType::Timestamp), (1, ColumnType::Nanos), (0, ColumnType::Int64), (1, ColumnType::Nanos)];
        assert_eq!(shape.beside(), beside);
        let offset = shape.offset(&[Value::Date(5), Value::Int32(5_000_001), Value::Int64(3), Value::Int32(5_000_001)]).unwrap();
        assert_eq!(offset, Offset { timestamp: Some(Instant { millis: 5, nanos: 5_000_001 }), incrementing: Some(3) });
        assert!(shape.offset(&[Value::Date(5), Value::Int32(0), Value::Null]).is_err());
        assert_eq!(shape.schema().fields()[1].schema.type_(), caisson_sdk::Type::Int64);
    }

    #[test]
    fn an_incrementing_column_is_a_whole_number() {
        let of = |type_: &str| {
            let criteria = Criteria { timestamps: Vec::new(), incrementing: Some("n".into()) };
            let column = column("n", "DECIMAL", type_, Some(false));
            Shape::of(vec![column], None, &criteria, &[], &settings(&[])).map_err(|error| error.message().to_owned())
        };
        assert_eq!(of("FLOAT64").unwrap_err(), "Invalid type for incrementing column: FLOAT64");
        assert_eq!(of("DECIMAL:2").unwrap_err(), "Scale of Decimal value for incrementing column must be 0");
        let shape = of("DECIMAL:0").unwrap();
        let number = |value: &str| shape.offset(&[Value::Decimal(value.parse::<Decimal>().unwrap())]);
        assert_eq!(number("12").unwrap().incrementing, Some(12));
        assert!(number("9223372036854775808").is_err());
        let wide = of("INT32").unwrap().wider("n", &settings(&[]));
        assert_eq!((wide, of("STRING").map(|_| ()).is_err()), (Some(ColumnType::Int64), true));
        let missing = Criteria { timestamps: vec!["none".into()], incrementing: None };
        assert!(
            Shape::of(columns(), None, &missing, &[], &settings(&[]))
                .unwrap_err()
                .message()
                .contains("no column none; it has Id, at")
        );
    }
}
