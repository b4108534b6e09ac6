//! How far a table has been read, and how that is stored.

use caisson_sdk::sql::TableId;
use caisson_sdk::{Error, OffsetMap, SourceContext, Value};

use crate::identifier::dotted;
use crate::instant::Instant;

const TABLE: &str = "table";
const PROTOCOL: &str = "protocol";
const QUERY: &str = "query";
const INCREMENTING: &str = "incrementing";
const TIMESTAMP: &str = "timestamp";
const TIMESTAMP_NANOS: &str = "timestamp_nanos";

/// The last row that was read. What is none has no bound yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Offset {
    /// Its time.
    pub timestamp: Option<Instant>,
    /// Its number.
    pub incrementing: Option<i64>,
}

impl Offset {
    /// As it is stored. The names are in the order of the connector's documentation.
    pub fn entries(self) -> Vec<(&'static str, Value<'static>)> {
        let mut entries = Vec::with_capacity(3);
        if let Some(number) = self.incrementing {
            entries.push((INCREMENTING, Value::Int64(number)));
        }
        if let Some(time) = self.timestamp {
            entries.push((TIMESTAMP_NANOS, Value::Int64(time.nanos.into())));
            entries.push((TIMESTAMP, Value::Int64(time.millis)));
        }
        entries
    }

    /// From what is stored. Offsets before nanoseconds were stored have milliseconds alone.
    fn read(map: &OffsetMap) -> Result<Self, Error> {
        let number = |name: &str| match map.iter().find(|(key, _)| key == name) {
            None | Some((_, Value::Null)) => Ok(None),
            Some((_, Value::Int64(number))) => Ok(Some(*number)),
            Some((_, Value::Int32(number))) => Ok(Some(i64::from(*number))),
            Some((_, other)) => {
                Err(Error::connect(format!("The stored offset '{name}' is a {} and not a number", other.java_class())))
            }
        };
        let nanos = number(TIMESTAMP_NANOS)?.and_then(|nanos| i32::try_from(nanos).ok());
        let timestamp = number(TIMESTAMP)?.map(|millis| match nanos {
            Some(nanos) => Instant { millis, nanos },
            None => Instant::of_millis(millis),
        });
        Ok(Self { timestamp, incrementing: number(INCREMENTING)? })
    }
}

/// Whose offset it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Partition {
    /// A table read in full each time, under its own name.
    Bulk(String),
    /// A table, under its whole name.
    Table(TableId),
    /// A query.
    Query,
}

impl Partition {
    /// As it is stored: protocol 1.
    pub fn entries(&self) -> Vec<(&'static str, Value<'static>)> {
        match self {
            Self::Bulk(name) => vec![(TABLE, Value::from(name.clone()))],
            Self::Table(table) => vec![(PROTOCOL, Value::from("1")), (TABLE, Value::from(dotted(table)))],
            Self::Query => vec![(QUERY, Value::from(QUERY))],
        }
    }

    /// As protocol 0 stored it: a table under its own name alone.
    fn entries_of_protocol_0(&self) -> Option<Vec<(&'static str, Value<'static>)>> {
        match self {
            Self::Table(table) => Some(vec![(TABLE, Value::from(table.name.clone()))]),
            Self::Bulk(_) | Self::Query => None,
        }
    }

    /// The stored offset, of protocol 1 or else of protocol 0; none: nothing is stored.
    pub fn stored(&self, context: SourceContext) -> Result<Option<Offset>, Error> {
        let newer = self.entries();
        let older = self.entries_of_protocol_0();
        let asked: Vec<&[(&str, Value<'_>)]> = [Some(newer.as_slice()), older.as_deref()].into_iter().flatten().collect();
        let found = context.offsets(&asked)?.into_iter().flatten().next();
        found.as_ref().map(Offset::read).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::{Dialect, Sql};
    use caisson_sdk::testing::host;

    fn partition() -> Partition {
        Partition::Table(Sql::new(Dialect::PostgreSql, false).table_id("public.t").unwrap())
    }

    #[test]
    fn offsets_of_both_protocols_are_read() {
        host::reset();
        let context = SourceContext::default();
        assert_eq!(partition().stored(context).unwrap(), None);
        host::store_offset(
            &[("table", Value::from("t"))],
            &[("incrementing", Value::Int64(3)), ("timestamp", Value::Int64(1_500))],
        )
        .unwrap();
        let old = Offset { timestamp: Some(Instant { millis: 1_500, nanos: 500_000_000 }), incrementing: Some(3) };
        assert_eq!(partition().stored(context).unwrap(), Some(old));
        let newer = Offset { timestamp: Some(Instant { millis: 1_500, nanos: 500_123_000 }), incrementing: None };
        host::store_offset(&partition().entries(), &newer.entries()).unwrap();
        assert_eq!(partition().stored(context).unwrap(), Some(newer));
    }

    #[test]
    fn an_offset_that_is_no_number_is_refused() {
        host::reset();
        host::store_offset(&Partition::Query.entries(), &[("incrementing", Value::from("x"))]).unwrap();
        let refused = Partition::Query.stored(SourceContext::default()).unwrap_err();
        assert_eq!(refused.message(), "The stored offset 'incrementing' is a java.lang.String and not a number");
    }
}
