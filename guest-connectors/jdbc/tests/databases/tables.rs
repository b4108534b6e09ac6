//! Tables as the goldens show them, in each database.

use std::collections::BTreeMap;

use crate::server::Database;

/// A table after a test.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    pub definition: String,
    pub rows: Vec<Vec<String>>,
}

impl Found {
    /// How many digits SQLite shows of a REAL depends on its version.
    pub fn with_plain_reals(mut self) -> Self {
        for value in self.rows.iter_mut().flatten() {
            if let Some(real) = value.strip_prefix("real:") {
                *value = format!("real:{:e}", real.parse::<f64>().unwrap());
            }
        }
        self
    }
}

/// Rows in order, null as that word.
fn sorted(rows: Vec<Vec<Option<String>>>, null: &str) -> Vec<Vec<String>> {
    let text = |value: Option<String>| value.unwrap_or_else(|| null.to_owned());
    let mut rows: Vec<Vec<String>> = rows.into_iter().map(|row| row.into_iter().map(text).collect()).collect();
    rows.sort();
    rows
}

pub fn of_sqlite(database: &Database) -> BTreeMap<String, Found> {
    let tables = database.rows("SELECT name, sql FROM sqlite_master WHERE type = 'table'");
    let mut found = BTreeMap::new();
    for table in sorted(tables, "") {
        let columns = database.rows(&format!("SELECT name FROM pragma_table_info('{}')", table[0].replace('\'', "''")));
        let shown = listed(columns, |column| {
            let column = column.replace('"', "\"\"");
            format!("typeof(\"{column}\") || ':' || quote(\"{column}\")")
        });
        let rows = database.rows(&format!("SELECT {shown} FROM \"{}\"", table[0].replace('"', "\"\"")));
        let table_found = Found { definition: table[1].clone(), rows: sorted(rows, "null:NULL") };
        found.insert(table[0].clone(), table_found.with_plain_reals());
    }
    found
}

/// The first column of rows, each as it is shown, between commas.
fn listed(rows: Vec<Vec<Option<String>>>, show: impl Fn(&str) -> String) -> String {
    rows.iter().map(|row| show(row[0].as_ref().unwrap())).collect::<Vec<_>>().join(", ")
}

pub fn of_postgres(database: &Database) -> BTreeMap<String, Found> {
    let columns = database.rows(
        "SELECT table_schema::text, table_name::text, column_name::text, data_type::text, is_nullable::text, \
         coalesce(column_default, '-')::text FROM information_schema.columns WHERE table_schema NOT IN ('pg_catalog', \
         'information_schema') ORDER BY 1, 2, ordinal_position",
    );
    let keys = database.rows(
        "SELECT n.nspname::text, c.relname::text, pg_get_constraintdef(k.oid)::text FROM pg_constraint k JOIN pg_class c ON c.oid = \
         k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') \
         ORDER BY 1, 2, 3",
    );
    let mut tables: BTreeMap<(String, String), (Vec<String>, Vec<String>)> = BTreeMap::new();
    for row in columns {
        let row: Vec<String> = row.into_iter().map(Option::unwrap).collect();
        let name = row[2].replace('"', "\"\"");
        // As COPY writes them.
        let shown = match row[3].as_str() {
            "boolean" => format!("CASE WHEN \"{name}\" THEN 't' WHEN NOT \"{name}\" THEN 'f' END"),
            _ => format!("replace(\"{name}\"::text, E'\\\\', E'\\\\\\\\')"),
        };
        let (definition, select) = tables.entry((row[0].clone(), row[1].clone())).or_default();
        definition.push(row[2..].join(" "));
        select.push(shown);
    }
    for row in keys {
        let [schema, table, key] = [0, 1, 2].map(|index| row[index].clone().unwrap());
        tables.get_mut(&(schema, table)).unwrap().0.push(key);
    }
    let found = tables.into_iter().map(|((schema, table), (definition, select))| {
        let rows = database.rows(&format!("SELECT {} FROM \"{schema}\".\"{table}\"", select.join(", ")));
        let name = if schema == "public" { table } else { format!("{schema}.{table}") };
        (name, Found { definition: definition.join("\n"), rows: sorted(rows, "\\N") })
    });
    found.collect()
}

pub fn of_mariadb(database: &Database) -> BTreeMap<String, Found> {
    let tables = database.rows("SELECT table_name FROM information_schema.tables WHERE table_schema = database()");
    let mut found = BTreeMap::new();
    for table in sorted(tables, "") {
        let quoted = table[0].replace('`', "``");
        let columns = database.rows(&format!(
            "SELECT column_name, column_type, is_nullable, column_key FROM information_schema.columns WHERE table_schema = database() AND table_name = '{}' \
             ORDER BY ordinal_position",
            table[0].replace('\'', "''")
        ));
        let shown: Vec<String> = columns
            .iter()
            .map(|column| {
                let name = column[0].as_ref().unwrap().replace('`', "``");
                let is_binary = ["binary", "blob", "bit"].iter().any(|word| column[1].as_ref().unwrap().contains(word));
                // As the client prints them, backslashes escaped.
                if is_binary { format!("hex(`{name}`)") } else { format!("replace(cast(`{name}` as char), '\\\\', '\\\\\\\\')") }
            })
            .collect();
        let rows = database.rows(&format!("SELECT {} FROM `{quoted}`", shown.join(", ")));
        let definition = columns.iter().map(|column| column.iter().flatten().cloned().collect::<Vec<_>>().join(" "));
        let definition = definition.collect::<Vec<_>>().join("\n");
        found.insert(table[0].clone(), Found { definition, rows: sorted(rows, "NULL") });
    }
    found
}
