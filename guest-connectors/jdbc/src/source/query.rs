//! What a table or a query is asked, in each mode.

use caisson_sdk::sql::TableId;

use crate::dialect::Sql;
use crate::dialect::statement::Marks;
use crate::source::offset::Offset;

/// What is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum From {
    /// A table.
    Table(TableId),
    /// A query of the user's.
    Query(String),
}

/// The columns that tell new rows from old ones; none of either: all rows are read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Criteria {
    /// Of several the first that is not null counts.
    pub timestamps: Vec<String>,
    /// The number that grows.
    pub incrementing: Option<String>,
}

/// A parameter of the statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// The time up to which rows are read.
    Until,
    /// The time of the offset.
    After,
    /// The number of the offset.
    Beyond,
}

/// A statement, and what its parameters are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The text.
    pub text: String,
    /// In order.
    pub bounds: Vec<Bound>,
}

/// Asks for the rows behind an offset, in its order. Without an offset there is no lower bound.
pub fn statement(sql: Sql, from: &From, criteria: &Criteria, offset: &Offset, suffix: &str) -> Statement {
    let mut writer = Writer { sql, from, criteria, marks: Marks::new(sql), bounds: Vec::new() };
    let mut text = match from {
        From::Table(table) => format!("SELECT * FROM {}", sql.names.table(table)),
        From::Query(query) => query.clone(),
    };
    text.push_str(&writer.condition(offset));
    if !suffix.is_empty() {
        text.push(' ');
        text.push_str(suffix);
    }
    Statement { text, bounds: writer.bounds }
}

struct Writer<'a> {
    sql: Sql,
    from: &'a From,
    criteria: &'a Criteria,
    marks: Marks,
    bounds: Vec<Bound>,
}

impl Writer<'_> {
    fn mark(&mut self, bound: Bound) -> String {
        self.bounds.push(bound);
        self.marks.mark()
    }

    fn column(&self, name: &str) -> String {
        match self.from {
            From::Table(table) => self.sql.names.column(Some(table), name),
            From::Query(_) => self.sql.names.column(None, name),
        }
    }

    /// The one timestamp, or the first of them that is not null.
    fn timestamp(&self) -> String {
        let columns: Vec<String> = self.criteria.timestamps.iter().map(|name| self.column(name)).collect();
        match columns.as_slice() {
            [one] => one.clone(),
            several => format!("COALESCE({})", several.join(",")),
        }
    }

    fn condition(&mut self, offset: &Offset) -> String {
        let incrementing = self.criteria.incrementing.as_ref().map(|name| self.column(name));
        match (!self.criteria.timestamps.is_empty(), incrementing) {
            (false, None) => String::new(),
            (false, Some(id)) => {
                let newer = match offset.incrementing {
                    Some(_) => format!("{id} > {}", self.mark(Bound::Beyond)),
                    // As every comparison with a number does.
                    None => format!("{id} IS NOT NULL"),
                };
                format!(" WHERE {newer} ORDER BY {id} ASC")
            }
            (true, None) => {
                let time = self.timestamp();
                let after = match offset.timestamp {
                    Some(_) => format!("{time} > {} AND ", self.mark(Bound::After)),
                    None => String::new(),
                };
                format!(" WHERE {after}{time} < {} ORDER BY {time} ASC", self.mark(Bound::Until))
            }
            (true, Some(id)) => {
                let time = self.timestamp();
                let until = self.mark(Bound::Until);
                let newer = match (offset.timestamp, offset.incrementing) {
                    (Some(_), Some(_)) => {
                        let (at, beyond, after) = (self.mark(Bound::After), self.mark(Bound::Beyond), self.mark(Bound::After));
                        format!(" AND (({time} = {at} AND {id} > {beyond}) OR {time} > {after})")
                    }
                    (Some(_), None) => format!(" AND {time} > {}", self.mark(Bound::After)),
                    (None, Some(_)) => format!(" AND {id} > {}", self.mark(Bound::Beyond)),
                    (None, None) => String::new(),
                };
                format!(" WHERE {time} < {until}{newer} ORDER BY {time},{id} ASC")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::Dialect;
    use crate::instant::Instant;

    const READ: Offset = Offset { timestamp: Some(Instant { millis: 1, nanos: 1_000_000 }), incrementing: Some(1) };

    fn asked(dialect: Dialect, timestamps: &[&str], incrementing: Option<&str>, offset: &Offset) -> String {
        let sql = Sql::new(dialect, false);
        let criteria = Criteria {
            timestamps: timestamps.iter().map(|name| (*name).to_owned()).collect(),
            incrementing: incrementing.map(str::to_owned),
        };
        statement(sql, &From::Table(sql.table_id("s.t").unwrap()), &criteria, offset, "").text
    }

    #[test]
    fn each_mode_has_its_condition() {
        let sqlite = |timestamps: &[&str], incrementing| asked(Dialect::Sqlite, timestamps, incrementing, &READ);
        assert_eq!(sqlite(&[], None), r#"SELECT * FROM "s"."t""#);
        assert_eq!(sqlite(&[], Some("id")), r#"SELECT * FROM "s"."t" WHERE "s"."t"."id" > ? ORDER BY "s"."t"."id" ASC"#);
        assert_eq!(
            sqlite(&["u"], None),
            r#"SELECT * FROM "s"."t" WHERE "s"."t"."u" > ? AND "s"."t"."u" < ? ORDER BY "s"."t"."u" ASC"#
        );
        assert_eq!(
            asked(Dialect::MySql, &["u", "c"], Some("id"), &READ),
            "SELECT * FROM `s`.`t` WHERE COALESCE(`s`.`t`.`u`,`s`.`t`.`c`) < ? AND ((COALESCE(`s`.`t`.`u`,`s`.`t`.`c`) = ? AND \
             `s`.`t`.`id` > ?) OR COALESCE(`s`.`t`.`u`,`s`.`t`.`c`) > ?) ORDER BY COALESCE(`s`.`t`.`u`,`s`.`t`.`c`),`s`.`t`.`id` ASC"
        );
    }

    #[test]
    fn without_an_offset_there_is_no_lower_bound() {
        let first = |timestamps: &[&str], incrementing| asked(Dialect::SqlServer, timestamps, incrementing, &Offset::default());
        assert_eq!(first(&[], Some("id")), "SELECT * FROM [s].[t] WHERE [s].[t].[id] IS NOT NULL ORDER BY [s].[t].[id] ASC");
        assert_eq!(first(&["u"], None), "SELECT * FROM [s].[t] WHERE [s].[t].[u] < @P1 ORDER BY [s].[t].[u] ASC");
        assert_eq!(
            first(&["u"], Some("id")),
            "SELECT * FROM [s].[t] WHERE [s].[t].[u] < @P1 ORDER BY [s].[t].[u],[s].[t].[id] ASC"
        );
    }

    #[test]
    fn a_query_gets_its_condition_and_suffix() {
        let sql = Sql::new(Dialect::PostgreSql, false);
        let criteria = Criteria { timestamps: vec!["u".into()], incrementing: Some("id".into()) };
        let asked = statement(sql, &From::Query("select * from t".into()), &criteria, &READ, "FOR SHARE");
        assert_eq!(
            asked.text,
            r#"select * from t WHERE "u" < $1 AND (("u" = $2 AND "id" > $3) OR "u" > $4) ORDER BY "u","id" ASC FOR SHARE"#
        );
        assert_eq!(asked.bounds, [Bound::Until, Bound::After, Bound::Beyond, Bound::After]);
        let plain = statement(sql, &From::Query("select 1".into()), &Criteria::default(), &Offset::default(), "");
        assert_eq!(plain, Statement { text: "select 1".into(), bounds: Vec::new() });
    }
}
