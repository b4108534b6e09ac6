//! Names of tables and columns, and how they are written in SQL.

use caisson_sdk::Error;
use caisson_sdk::sql::TableId;

/// A table of that name, wherever it is.
pub fn unqualified(table: impl Into<String>) -> TableId {
    TableId { catalog: None, schema: None, name: table.into() }
}

/// The parts of a table's name that are known, from the widest to its own.
pub fn parts(table: &TableId) -> impl Iterator<Item = &str> {
    table.catalog.iter().chain(&table.schema).map(String::as_str).chain([table.name.as_str()])
}

/// The parts between points and without quotes, as filters and source offsets name a table.
pub fn dotted(table: &TableId) -> String {
    parts(table).collect::<Vec<&str>>().join(".")
}

/// How a dialect writes names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Names {
    /// What stands before a quoted name, and behind it.
    pub quotes: (char, char),
    /// `never` of `quote.sql.identifiers`: names are written as they are.
    pub bare: bool,
}

impl Names {
    /// Writes a name. A quote inside is doubled, so that no name can end its own quotes.
    pub fn push(self, sql: &mut String, name: &str) {
        if self.bare {
            sql.push_str(name);
            return;
        }
        let (open, close) = self.quotes;
        sql.push(open);
        for c in name.chars() {
            if c == close {
                sql.push(close);
            }
            sql.push(c);
        }
        sql.push(close);
    }

    /// A name as [`Names::push`] writes it.
    pub fn quoted(self, name: &str) -> String {
        let mut sql = String::with_capacity(name.len() + 2);
        self.push(&mut sql, name);
        sql
    }

    /// A table's parts, between points.
    pub fn table(self, table: &TableId) -> String {
        let mut sql = String::new();
        for part in parts(table) {
            if !sql.is_empty() {
                sql.push('.');
            }
            self.push(&mut sql, part);
        }
        sql
    }

    /// A column, behind its table if there is one.
    pub fn column(self, table: Option<&TableId>, name: &str) -> String {
        let mut sql = table.map(|table| self.table(table)).unwrap_or_default();
        if !sql.is_empty() {
            sql.push('.');
        }
        self.push(&mut sql, name);
        sql
    }

    /// The names of a list, which commas outside of quotes divide.
    pub fn split(self, text: &str) -> Vec<&str> {
        let mut items = Vec::new();
        let (mut start, mut is_quoted) = (0, false);
        for (at, c) in text.char_indices() {
            // A doubled quote ends one name and begins the next: for the commas that is the same.
            if !self.bare && (c == if is_quoted { self.quotes.1 } else { self.quotes.0 }) {
                is_quoted = !is_quoted;
            } else if c == ',' && !is_quoted {
                items.push(text.get(start..at).unwrap_or_default().trim());
                start = at + 1;
            }
        }
        items.push(text.get(start..).unwrap_or_default().trim());
        items.retain(|item| !item.is_empty());
        items
    }

    /// The parts of a table's name as a user writes it: between points, each in quotes or bare. `ConnectException` for a quote
    /// without its end, an empty part, or more than three.
    pub fn parse(self, text: &str) -> Result<Vec<String>, Error> {
        let bad = |why: &str| Error::connect(format!("The table name {text} cannot be read: {why}"));
        let (open, close) = self.quotes;
        let mut parts = Vec::new();
        let mut rest = text.trim();
        loop {
            let part;
            if let Some(inside) = rest.strip_prefix(open).filter(|_| !self.bare) {
                (part, rest) = until_quote(inside, close).ok_or_else(|| bad("a quote has no end"))?;
            } else {
                let end = rest.find('.').unwrap_or(rest.len());
                let (head, tail) = rest.split_at(end);
                (part, rest) = (head.to_owned(), tail);
            }
            if part.is_empty() {
                return Err(bad("a part of it is empty"));
            }
            parts.push(part);
            match rest.strip_prefix('.') {
                Some(next) => rest = next,
                None if rest.is_empty() => break,
                None => return Err(bad("something stands behind a quote")),
            }
        }
        if parts.len() > 3 {
            return Err(bad("it has more than three parts"));
        }
        Ok(parts)
    }
}

/// Up to the quote that is not doubled, and what stands behind it.
fn until_quote(text: &str, close: char) -> Option<(String, &str)> {
    let mut name = String::new();
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if c != close {
            name.push(c);
            continue;
        }
        match chars.peek() {
            Some((_, next)) if *next == close => {
                name.push(close);
                chars.next();
            }
            _ => return Some((name, text.get(at + close.len_utf8()..)?)),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: Names = Names { quotes: ('"', '"'), bare: false };

    #[test]
    fn no_name_ends_its_own_quotes() {
        assert_eq!(NAMES.quoted("a\"; drop table t; --"), "\"a\"\"; drop table t; --\"");
        assert_eq!(Names { quotes: ('[', ']'), bare: false }.quoted("a]b[c"), "[a]]b[c]");
        assert_eq!(Names { bare: true, ..NAMES }.quoted("a b"), "a b");
    }

    #[test]
    fn names_are_read_as_they_are_written() {
        let table = TableId { catalog: Some("c".into()), schema: Some("s.x".into()), name: "t\"q".into() };
        assert_eq!(NAMES.table(&table), "\"c\".\"s.x\".\"t\"\"q\"");
        assert_eq!(NAMES.parse(&NAMES.table(&table)), Ok(vec!["c".into(), "s.x".into(), "t\"q".into()]));
        assert_eq!(NAMES.parse("public.my table"), Ok(vec!["public".into(), "my table".into()]));
        assert_eq!(NAMES.column(Some(&unqualified("t")), "id"), "\"t\".\"id\"");
        assert_eq!(NAMES.column(None, "id"), "\"id\"");
        assert_eq!(NAMES.split("\"a,b\", c ,\"d\"\",\".e"), ["\"a,b\"", "c", "\"d\"\",\".e"]);
        assert!(NAMES.split("").is_empty());
        for bad in ["", "a..b", "\"a", "\"a\"b", "a.b.c.d"] {
            assert!(NAMES.parse(bad).is_err(), "{bad}");
        }
    }
}
