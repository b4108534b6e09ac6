//! One case of a file of vectors.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value as Json;

/// One input, and what the Java class made of it.
#[derive(Debug, Clone)]
pub struct Case {
    /// Unique in its family.
    pub id: String,
    /// The Java class, fully qualified.
    pub class: String,
    /// The method; none for transformations and predicates.
    pub op: Option<String>,
    /// The configuration; a null value is a key that is there with null.
    pub config: Vec<(String, Option<String>)>,
    /// What the method was given.
    pub input: Json,
    /// What it gave.
    pub output: Json,
    /// The line as it stands in the file.
    pub line: String,
}

/// Reads a file of cases, one a line. An error names file and line.
pub fn read_file(path: &Path) -> Result<Vec<Case>> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut cases = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let case = parse(line).with_context(|| format!("{}:{}", path.display(), number + 1))?;
        cases.push(case);
    }
    Ok(cases)
}

fn parse(line: &str) -> Result<Case> {
    let json: Json = serde_json::from_str(line)?;
    let text = |key: &str| json.get(key).and_then(Json::as_str).map(str::to_owned);
    let mut config = Vec::new();
    if let Some(entries) = json.get("config").and_then(Json::as_object) {
        for (key, value) in entries {
            config.push((key.clone(), value.as_str().map(str::to_owned)));
        }
    }
    Ok(Case {
        id: text("id").context("no id")?,
        class: text("class").context("no class")?,
        op: text("op"),
        config,
        input: json.get("input").cloned().context("no input")?,
        output: json.get("output").cloned().context("no output")?,
        line: line.to_owned(),
    })
}
