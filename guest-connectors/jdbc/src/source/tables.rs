//! Which tables are read, and which task reads them.

use std::collections::BTreeMap;

use caisson_sdk::sql::{Connection, TableId};
use caisson_sdk::{Config, Error};
use fancy_regex::Regex;

use crate::connection::with_message;
use crate::dialect::Sql;
use crate::identifier::{dotted, unqualified};
use crate::pattern;
use crate::source::keys;

/// Chooses among the tables of a database.
#[derive(Debug)]
pub struct TableFilter {
    rule: Rule,
    catalog: Option<String>,
    schema: Option<String>,
    types: Vec<String>,
    is_qualified: bool,
}

#[derive(Debug)]
enum Rule {
    All,
    Only(Vec<String>),
    Not(Vec<String>),
    /// Those that match one of the first and none of the second.
    Matching(Vec<Regex>, Vec<Regex>),
}

impl TableFilter {
    /// The filter of a configuration. `ConnectException` for lists that exclude each other, `ConfigException` for a bad regular expression.
    pub fn of(config: &Config) -> Result<Self, Error> {
        let (white, black) = (config.list(keys::WHITELIST)?, config.list(keys::BLACKLIST)?);
        let (include, exclude) = (config.list(keys::INCLUDE)?, config.list(keys::EXCLUDE)?);
        let used: Vec<&str> = [(keys::WHITELIST, white), (keys::BLACKLIST, black), (keys::INCLUDE, include)]
            .into_iter()
            .filter_map(|(key, list)| (!list.is_empty()).then_some(key))
            .collect();
        if used.len() > 1 {
            return Err(Error::connect(format!("{} are exclusive: set one of them", used.join(" and "))));
        }
        if !exclude.is_empty() && include.is_empty() {
            return Err(Error::connect(format!("{} takes away from {}, which is empty", keys::EXCLUDE, keys::INCLUDE)));
        }
        let rule = match () {
            () if !white.is_empty() => Rule::Only(white.to_vec()),
            () if !black.is_empty() => Rule::Not(black.to_vec()),
            () if !include.is_empty() => Rule::Matching(patterns(keys::INCLUDE, include)?, patterns(keys::EXCLUDE, exclude)?),
            () => Rule::All,
        };
        Ok(Self {
            rule,
            catalog: config.optional_string(keys::CATALOG)?.map(str::to_owned),
            schema: config.optional_string(keys::SCHEMA)?.map(str::to_owned),
            types: config.list(keys::TABLE_TYPES)?.iter().map(|type_| type_.to_uppercase()).collect(),
            is_qualified: config.boolean(keys::QUALIFY)?,
        })
    }

    /// Whether any table is named, or tables are told apart in any way.
    pub fn names_any(&self) -> bool {
        !matches!(self.rule, Rule::All)
    }

    /// All tables that the connection shows in the catalog and the schemas of the configuration.
    pub fn list(&self, connection: &Connection) -> Result<Vec<TableId>, Error> {
        let tables = connection.tables(self.catalog.as_deref(), self.schema.as_deref(), None, &self.types);
        let tables = tables.map_err(|error| with_message(&error, format!("The tables cannot be listed: {}", error.message())))?;
        Ok(tables.into_iter().map(|table| table.id).collect())
    }

    /// The tables to read, of those listed. `ConnectException` when two of them would share a topic.
    pub fn choose(&self, sql: Sql, listed: Vec<TableId>) -> Result<Vec<TableId>, Error> {
        let mut chosen: Vec<TableId> = listed.into_iter().filter(|table| self.wants(sql, table)).collect();
        if !self.is_qualified {
            // The database decides which table a bare name means, so the name is read once.
            let mut names: Vec<String> = Vec::new();
            for table in chosen {
                if !names.contains(&table.name) {
                    names.push(table.name);
                }
            }
            return Ok(names.into_iter().map(unqualified).collect());
        }
        chosen.dedup();
        let mut by_name: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for table in &chosen {
            by_name.entry(&table.name).or_default().push(sql.names.table(table));
        }
        if let Some((name, tables)) = by_name.into_iter().find(|(_, tables)| tables.len() > 1) {
            return Err(Error::connect(format!(
                "The topic of a table is named after the table alone, and there are {} tables called {name}: {}. Name exactly one of \
                 them in {}, or set {}",
                tables.len(),
                tables.join(", "),
                keys::WHITELIST,
                keys::SCHEMA
            )));
        }
        Ok(chosen)
    }

    fn wants(&self, sql: Sql, table: &TableId) -> bool {
        let named = |list: &[String]| list.iter().any(|name| names_table(sql, name, table));
        match &self.rule {
            Rule::All => true,
            Rule::Only(list) => named(list),
            Rule::Not(list) => !named(list),
            Rule::Matching(include, exclude) => {
                let name = dotted(table);
                let is_matched = |patterns: &[Regex]| patterns.iter().any(|pattern| pattern.is_match(&name).unwrap_or(false));
                is_matched(include) && !is_matched(exclude)
            }
        }
    }
}

/// Whether a name that a user wrote means a table: its own name, or with as many parts before it as the user likes, in quotes or without.
fn names_table(sql: Sql, name: &str, table: &TableId) -> bool {
    if name == table.name {
        return true;
    }
    let Ok(named) = sql.table_id(name) else { return false };
    let same = |named: &Option<String>, own: &Option<String>| named.is_none() || named == own;
    // What is written as a schema may be a catalog where there are no schemas, as `main` of SQLite.
    let schema = same(&named.schema, &table.schema) || (table.schema.is_none() && table.catalog.is_none());
    named.name == table.name && schema && same(&named.catalog, &table.catalog)
}

fn patterns(key: &str, list: &[String]) -> Result<Vec<Regex>, Error> {
    list.iter().map(|text| pattern::whole(key, text)).collect()
}

/// Divides tables among tasks, in order: the first tasks have one more where it does not come out even.
pub fn group(tables: Vec<TableId>, max_tasks: usize) -> Vec<Vec<TableId>> {
    let groups = max_tasks.min(tables.len());
    if groups == 0 {
        return Vec::new();
    }
    let (each, more) = (tables.len() / groups, tables.len() % groups);
    let mut tables = tables.into_iter();
    (0..groups).map(|index| tables.by_ref().take(each + usize::from(index < more)).collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::Dialect;
    use crate::source::keys::config_def;

    fn filter(settings: &[(&str, &str)]) -> Result<TableFilter, Error> {
        let required = [("connection.url", "jdbc:postgresql://h/d"), ("mode", "bulk"), ("topic.prefix", "p")];
        TableFilter::of(&config_def().parse(required.iter().chain(settings).copied()).unwrap())
    }

    fn table(name: &str) -> TableId {
        Sql::new(Dialect::PostgreSql, false).table_id(name).unwrap()
    }

    fn chosen(settings: &[(&str, &str)], tables: &[&str]) -> Result<Vec<String>, Error> {
        let listed = tables.iter().map(|name| table(name)).collect();
        let chosen = filter(settings)?.choose(Sql::new(Dialect::PostgreSql, false), listed)?;
        Ok(chosen.iter().map(dotted).collect())
    }

    #[test]
    fn lists_name_tables_with_or_without_what_is_before_them() {
        let tables = ["public.alpha", "public.beta", "other.gamma"];
        let only = |names: &str| chosen(&[("table.whitelist", names)], &tables).unwrap();
        assert_eq!(only("gamma, public.alpha"), ["public.alpha", "other.gamma"]);
        assert_eq!(only("\"public\".\"beta\""), ["public.beta"]);
        assert!(only("ALPHA,public.gamma,nothere").is_empty());
        assert_eq!(chosen(&[("table.blacklist", "other.gamma,beta")], &tables).unwrap(), ["public.alpha"]);
        assert_eq!(chosen(&[], &tables).unwrap(), tables);
    }

    #[test]
    fn patterns_match_whole_names() {
        let tables = ["public.orders", "public.orders_old", "audit.orders2"];
        let settings = [("table.include.list", "public\\.orders.*, audit\\..*"), ("table.exclude.list", ".*_old")];
        assert_eq!(chosen(&settings, &tables).unwrap(), ["public.orders", "audit.orders2"]);
        assert_eq!(chosen(&[("table.include.list", "public\\.(?!orders_).*")], &tables).unwrap(), ["public.orders"]);
        let refused = filter(&[("table.include.list", "(")]).unwrap_err();
        assert!(
            refused.message().starts_with("Invalid value ( for configuration table.include.list: Invalid regular"),
            "{refused}"
        );
        assert!(filter(&[("table.exclude.list", "x")]).is_err());
        assert!(filter(&[("table.whitelist", "a"), ("table.blacklist", "b")]).is_err());
    }

    #[test]
    fn two_tables_do_not_share_a_topic() {
        let tables = ["public.alpha", "other.alpha"];
        let refused = chosen(&[], &tables).unwrap_err();
        assert!(refused.message().contains("2 tables called alpha: \"public\".\"alpha\", \"other\".\"alpha\""), "{refused}");
        assert_eq!(chosen(&[("table.whitelist", "other.alpha")], &tables).unwrap(), ["other.alpha"]);
        assert_eq!(chosen(&[("table.names.qualify", "false")], &tables).unwrap(), ["alpha"]);
    }

    #[test]
    fn tables_are_divided_evenly() {
        let groups = |max: usize| -> Vec<Vec<String>> {
            let tables = ["a", "b", "c", "d", "e"].map(table).to_vec();
            group(tables, max).iter().map(|tables| tables.iter().map(dotted).collect()).collect()
        };
        assert_eq!(groups(2), [vec!["a", "b", "c"], vec!["d", "e"]]);
        assert_eq!(groups(3), [vec!["a", "b"], vec!["c", "d"], vec!["e"]]);
        assert_eq!(groups(9).len(), 5);
        assert!(group(Vec::new(), 3).is_empty());
    }
}
