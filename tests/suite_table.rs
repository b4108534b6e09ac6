//! The contract suite by languages, as COMPAT.md shows it: a row for each check of each kind of plugin, a column for each language.

use std::collections::BTreeMap;

use caisson_toolchain::project::Language;
use caisson_toolchain::template::KINDS;

/// Begins the table's first row.
const HEAD: &str = "| kind | check |";
/// A check that a language's run does not have.
const NONE: &str = "–";

/// One check: its name, and `ok` or what else was printed of it.
pub type Check = (String, String);

/// The runs of `caisson test` over new projects, by kind and language.
#[derive(Default)]
pub struct Runs(BTreeMap<(&'static str, &'static str), Vec<Check>>);

/// The checks of the contract suite in what `caisson test` printed, in its order: the indented lines below the suite's heading.
pub fn checks(told: &str) -> Vec<Check> {
    let below = told.lines().skip_while(|line| !line.contains(": the contract suite,")).skip(1);
    let lines = below.map_while(|line| line.strip_prefix("  "));
    lines.filter_map(|line| line.split_once(' ')).map(|(kept, name)| (name.trim().to_owned(), kept.to_owned())).collect()
}

/// What a document's table has of one kind in one language; nothing without a table.
pub fn column(document: &str, kind: &str, language: Language) -> Vec<Check> {
    let place = 2 + Language::ALL.iter().position(|other| *other == language).unwrap_or(usize::MAX - 2);
    let rows = document.lines().skip_while(|line| !line.starts_with(HEAD)).take_while(|line| line.starts_with('|'));
    let cells = rows.map(|row| row.trim_matches('|').split('|').map(str::trim).collect::<Vec<_>>());
    let own = cells.filter(|cells| cells.first() == Some(&kind));
    let checks = own.filter_map(|cells| Some(((*cells.get(1)?).to_owned(), (*cells.get(place)?).to_owned())));
    checks.filter(|(_, kept)| kept != NONE).collect()
}

impl Runs {
    /// None yet.
    pub const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// Adds one run, and returns the table when no other is missing.
    pub fn add(&mut self, kind: &'static str, language: Language, checks: Vec<Check>) -> Option<String> {
        self.0.insert((kind, language.name()), checks);
        (self.0.len() == KINDS.len() * Language::ALL.len()).then(|| self.table())
    }

    fn table(&self) -> String {
        let mut rows = vec![format!("{HEAD} {} |", Language::ALL.map(Language::name).join(" | "))];
        rows.push(format!("|{}", "---|".repeat(2 + Language::ALL.len())));
        for kind in KINDS {
            for name in self.names(kind) {
                let cells = Language::ALL.map(|language| self.cell(kind, language, name));
                rows.push(format!("| {kind} | {name} | {} |", cells.join(" | ")));
            }
        }
        rows.join("\n")
    }

    /// The checks of a kind in any language, each once, in the order in which they first come.
    fn names(&self, kind: &'static str) -> Vec<&str> {
        let mut names = Vec::new();
        for language in Language::ALL {
            for (name, _) in self.0.get(&(kind, language.name())).into_iter().flatten() {
                if !names.contains(&name.as_str()) {
                    names.push(name);
                }
            }
        }
        names
    }

    fn cell(&self, kind: &'static str, language: Language, name: &str) -> &str {
        let mut checks = self.0.get(&(kind, language.name())).into_iter().flatten();
        checks.find(|(check, _)| check == name).map_or(NONE, |(_, kept)| kept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOLD: &str = "new\ncom.example.A: the contract suite, with the configuration of \"a\"\n  ok      manifest\n  FAILED  two at once: no\n\
                        cases.json\n  ok      a case of the author's\n";

    #[test]
    fn checks_are_those_below_the_heading() {
        let check = |name: &str, kept: &str| (name.to_owned(), kept.to_owned());
        assert_eq!(checks(TOLD), [check("manifest", "ok"), check("two at once: no", "FAILED")]);
        assert_eq!(checks("  ok      manifest"), []);
    }

    #[test]
    fn the_table_gives_back_each_run_when_all_have_come() {
        let mut runs = Runs::new();
        let mut table = None;
        for kind in KINDS {
            for language in Language::ALL {
                assert_eq!(table, None);
                let one_more = (language == Language::Go).then(|| ("its own".to_owned(), "ok".to_owned()));
                let checks: Vec<Check> = checks(TOLD).into_iter().chain(one_more).collect();
                table = runs.add(kind, language, checks);
            }
        }
        let document = format!("before\n\n{}\n\nafter | {HEAD}\n", table.unwrap());
        assert_eq!(column(&document, KINDS[1], Language::C), checks(TOLD));
        assert_eq!(column(&document, KINDS[2], Language::Go).len(), 3);
        assert_eq!(column(&document, "predicate", Language::C), []);
    }
}
