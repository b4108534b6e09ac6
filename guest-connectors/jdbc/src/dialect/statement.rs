//! Statements that write rows. Every value is a parameter, in the order of [`Target::bound`].

use caisson_sdk::sql::{TableId, placeholder};

use crate::dialect::{Dialect, Sql, generic, mysql, oracle, postgresql, sql_server, sqlite};

/// The most rows of one statement: more bring little.
const ROWS: usize = 64;
/// As many parameters as PostgreSQL and MySQL take in one statement.
const PARAMETERS: usize = 65_535;

/// What a statement writes to.
#[derive(Debug, Clone, PartialEq)]
pub struct Target<'a> {
    /// The table.
    pub table: &'a TableId,
    /// The columns that a row is found by.
    pub keys: Vec<&'a str>,
    /// The other columns.
    pub others: Vec<&'a str>,
    /// Types of columns, where they are known: a parameter for some of them has to be told its type.
    pub types: &'a [(String, String)],
}

impl<'a> Target<'a> {
    /// All columns, keys first: the order of the parameters, but for an UPDATE.
    pub fn bound(&self) -> impl Iterator<Item = &'a str> + Clone {
        self.keys.iter().chain(&self.others).copied()
    }

    /// Whether the database takes two keys for one exactly if their values are the same bytes.
    pub fn tells_keys_apart(&self) -> bool {
        let of_bytes =
            |key: &&str| self.type_of(key).is_some_and(|type_| ["int2", "int4", "int8", "text", "varchar"].contains(&type_));
        self.keys.iter().all(of_bytes)
    }

    /// The type of a column, if it is known.
    pub fn type_of(&self, column: &str) -> Option<&'a str> {
        self.types.iter().find(|(name, _)| name == column).map(|(_, type_)| type_.as_str())
    }
}

impl Sql {
    /// How many rows [`Sql::insert`] and [`Sql::upsert`] may take at most, so that it pays: each statement has its cost, in the driver and in
    /// the server, and where there is no server it has little.
    pub fn rows_at_once(self, columns: usize) -> usize {
        let has_lists = matches!(self.dialect, Dialect::Generic | Dialect::MySql | Dialect::PostgreSql);
        match self.driver {
            "postgresql" | "mysql" if has_lists => ROWS.min(PARAMETERS / columns.max(1)).max(1),
            _ => 1,
        }
    }

    /// Whether an upsert of several rows may have two with these keys, which rows then follow each other. In PostgreSQL it may not, and that
    /// two keys are one is easily seen for some types only.
    pub fn upserts_a_key_twice(self) -> bool {
        self.dialect != Dialect::PostgreSql
    }

    /// Adds so many rows. Parameters, for each: keys, others.
    pub fn insert(self, target: &Target<'_>, rows: usize) -> String {
        generic::insert(self, target, rows)
    }

    /// Adds so many rows, or changes those with the same keys. Parameters, for each: keys, others. None: the dialect has no such statement.
    pub fn upsert(self, target: &Target<'_>, rows: usize) -> Option<String> {
        match self.dialect {
            Dialect::Generic => None,
            Dialect::MySql => Some(mysql::upsert(self, target, rows)),
            Dialect::Oracle => Some(oracle::upsert(self, target)),
            Dialect::PostgreSql => Some(postgresql::upsert(self, target, rows)),
            Dialect::SqlServer => Some(sql_server::upsert(self, target)),
            Dialect::Sqlite => Some(sqlite::upsert(self, target)),
        }
    }

    /// Changes the rows with these keys; all rows without keys. Parameters: others, keys. With no other column there is nothing to
    /// change: none.
    pub fn update(self, target: &Target<'_>) -> Option<String> {
        (!target.others.is_empty()).then(|| generic::update(self, target))
    }

    /// Removes the row with these keys. Parameters: keys.
    pub fn delete(self, target: &Target<'_>) -> String {
        generic::delete(self, target)
    }

    /// The marks for the values of so many rows: `($1,$2),($3,$4)`.
    pub(crate) fn values(self, target: &Target<'_>, rows: usize) -> String {
        let mut marks = Marks::new(self);
        let mut row = || format!("({})", self.list(target.bound(), ",", |column, _| marks.mark_of(target, column)));
        (0..rows).map(|_| row()).collect::<Vec<_>>().join(",")
    }

    /// Columns, each written by `write` from its name as it is and as SQL has it, with `between` between them.
    pub(crate) fn list<'a>(
        self,
        columns: impl Iterator<Item = &'a str>,
        between: &str,
        mut write: impl FnMut(&str, String) -> String,
    ) -> String {
        let written: Vec<String> = columns.map(|column| write(column, self.names.quoted(column))).collect();
        written.join(between)
    }
}

/// Writes the marks of a statement's parameters, as the database's own language has them.
#[derive(Debug)]
pub struct Marks {
    sql: Sql,
    written: usize,
}

impl Marks {
    /// Of a statement that has none yet.
    pub fn new(sql: Sql) -> Self {
        Self { sql, written: 0 }
    }

    /// The next one.
    pub fn mark(&mut self) -> String {
        self.written += 1;
        placeholder(self.sql.driver, self.written)
    }

    /// The next one, for a value of that column.
    pub fn mark_of(&mut self, target: &Target<'_>, column: &str) -> String {
        let mark = self.mark();
        match self.sql.dialect {
            Dialect::PostgreSql => postgresql::cast(mark, target.type_of(column)),
            _ => mark,
        }
    }
}
