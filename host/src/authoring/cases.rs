//! An author's own cases: JSON records in, JSON records out.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use serde::Deserialize;

use crate::authoring::guest::Guest;
use crate::authoring::json::{JsonFormat, JsonRecord};
use crate::authoring::stored_offsets::StoredOffsets;
use crate::authoring::suite::{Desk, Kept, Violation, during, kept, plugin, sink, source};
use crate::config::Props;
use crate::plugin::{Kind, Plugin};

/// One case. `${dir}` in a configuration is a folder of the case's own, which holds its `files` when it begins.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// What it shows.
    pub name: String,
    /// The plugin.
    pub class: String,
    /// The plugin's configuration.
    pub config: Props,
    /// Whether keys and values are `{"schema": …, "payload": …}`.
    #[serde(default)]
    pub schemas: bool,
    /// Files that are there, by name.
    #[serde(default)]
    pub files: BTreeMap<String, String>,
    /// Records given: to a transformation, predicate, converter or sink.
    #[serde(default, rename = "in")]
    pub records: Vec<JsonRecord>,
    /// Records that come out, in order: of a transformation those that pass, of a predicate those it admits, of a source all.
    #[serde(default)]
    pub out: Vec<JsonRecord>,
    /// Records that fail, by their place in `in`, with a part of the message.
    #[serde(default)]
    pub failed: BTreeMap<usize, String>,
    /// What files hold at the end, by name.
    #[serde(default)]
    pub files_after: BTreeMap<String, String>,
    /// A part of the message with which the plugin refuses the configuration; nothing else is looked at then.
    #[serde(default)]
    pub error: Option<String>,
}

/// Reads a file of cases.
///
/// # Errors
/// Names the file, and for a mistake in it the line.
pub fn read(path: &Path) -> anyhow::Result<Vec<Case>> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    serde_json::from_str(&text).with_context(|| path.display().to_string())
}

/// Runs one case.
///
/// # Errors
/// When it cannot be run: no such class, records that are not what their schema says.
pub async fn run(guest: &Guest, case: &Case) -> anyhow::Result<Kept> {
    let found = guest.plugin(Some(&case.class))?;
    let desk = Desk::new(guest, case)?;
    if let Some(part) = &case.error {
        return Ok(refused(&desk, &found, part).await);
    }
    let mut format = JsonFormat::open(guest, case.schemas).await?;
    Ok(match found.kind {
        Kind::Source => source_gives(&desk, &found, &mut format).await,
        Kind::Sink => {
            let batch = format.batch(&case.records).await?;
            sink_takes(&desk, &found, &batch).await
        }
        Kind::Predicate => {
            let batch = format.batch(&case.records).await?;
            predicate_admits(&desk, &found, &batch).await
        }
        Kind::Transformation | Kind::Converter | Kind::HeaderConverter => {
            let batch = format.batch(&case.records).await?;
            stage_makes(&desk, &found, &batch, &mut format).await?
        }
    })
}

async fn refused(desk: &Desk<'_>, found: &Arc<Plugin>, part: &str) -> Kept {
    match plugin::open(desk.guest, found, &desk.config()).await {
        Ok(()) => Err(Violation(format!("the configuration has to be refused with {part:?}, and is taken"))),
        Err(error) => {
            let told = error.to_string();
            kept(told.contains(part), || format!("the configuration has to be refused with {part:?}, and is with: {told}"))
        }
    }
}

async fn source_gives(desk: &Desk<'_>, plugin: &Arc<Plugin>, format: &mut JsonFormat) -> Kept {
    let stored = Arc::new(StoredOffsets::default());
    let all = source::read_all(desk, plugin, format, &desk.config(), &stored).await?;
    let records: Vec<JsonRecord> = all.into_iter().map(|seen| seen.record).collect();
    same(&desk.case.out, &records)
}

async fn sink_takes(desk: &Desk<'_>, plugin: &Arc<Plugin>, batch: &[u8]) -> Kept {
    let records = desk.case.records.len();
    let mut task = sink::start(desk.guest, plugin, &desk.config()).await.map_err(during("start"))?;
    task.put(batch, records).await.map_err(during("put"))?;
    sink::finish(&mut task, records).await.map_err(during("the end of the task"))?;
    sink::files_are(desk, 1)
}

async fn predicate_admits(desk: &Desk<'_>, plugin: &Arc<Plugin>, batch: &[u8]) -> Kept {
    let given = &desk.case.records;
    let admitted = desk.guest.admits(plugin, &desk.config(), batch, given.len()).await.map_err(during("test"))?;
    let records: Vec<JsonRecord> = given.iter().zip(admitted).filter(|(_, is)| *is).map(|(record, _)| record.clone()).collect();
    same(&desk.case.out, &records)
}

async fn stage_makes(desk: &Desk<'_>, plugin: &Arc<Plugin>, batch: &[u8], format: &mut JsonFormat) -> anyhow::Result<Kept> {
    let mut chain = match desk.guest.chain(plugin, &desk.config()).await {
        Ok(chain) => chain,
        Err(error) => return Ok(Err(during("open")(error))),
    };
    let outcome = match chain.apply(batch, desk.case.records.len()).await {
        Ok(outcome) => outcome,
        Err(error) => return Ok(Err(during("apply")(error))),
    };
    let (passed, unprintable) = format.records(&outcome.batch).await?;
    let failed: BTreeMap<usize, String> =
        outcome.failed.iter().chain(&unprintable).map(|failure| (failure.id as usize, failure.failure.message.clone())).collect();
    if let Err(violation) = same_failures(&desk.case.failed, &failed) {
        return Ok(Err(violation));
    }
    Ok(same(&desk.case.out, &passed.into_iter().map(|(_, record)| record).collect::<Vec<_>>()))
}

fn same_failures(expected: &BTreeMap<usize, String>, failed: &BTreeMap<usize, String>) -> Kept {
    for (place, message) in failed {
        let told = expected.get(place).is_some_and(|part| message.contains(part.as_str()));
        kept(told, || format!("record {place} fails: {message}"))?;
    }
    let passes = expected.keys().find(|place| !failed.contains_key(place));
    kept(passes.is_none(), || format!("record {} has to fail, and does not", passes.copied().unwrap_or_default()))
}

fn same(expected: &[JsonRecord], made: &[JsonRecord]) -> Kept {
    let shown = |record: &JsonRecord| serde_json::to_string(record).unwrap_or_default();
    for (place, (expected, made)) in expected.iter().zip(made).enumerate() {
        kept(expected.is_in(made), || format!("record {place} of `out` has to be {} and is {}", shown(expected), shown(made)))?;
    }
    kept(expected.len() == made.len(), || {
        let more = made.get(expected.len()).map(|record| format!("; the first too many is {}", shown(record)));
        format!("{} records have to come out, and {} do{}", expected.len(), made.len(), more.unwrap_or_default())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistake_in_a_case_is_named() {
        let mistaken = serde_json::from_str::<Vec<Case>>(r#"[{"name": "a", "class": "b", "config": {}, "output": []}]"#);
        assert!(mistaken.unwrap_err().to_string().contains("unknown field `output`"));
    }

    #[test]
    fn records_that_differ_are_shown() {
        let record = |value: &str| JsonRecord { value: value.into(), ..JsonRecord::default() };
        let told = |expected: &[JsonRecord], made: &[JsonRecord]| same(expected, made).unwrap_err().to_string();
        assert_eq!(told(&[record("a")], &[record("b")]), r#"record 0 of `out` has to be {"value":"a"} and is {"value":"b"}"#);
        assert!(
            told(&[], &[record("b")]).contains(r#"0 records have to come out, and 1 do; the first too many is {"value":"b"}"#)
        );
        assert!(same(&[record("a")], &[JsonRecord { topic: Some("t".to_owned()), ..record("a") }]).is_ok());
    }

    #[test]
    fn failures_have_to_be_those_expected() {
        let one = |text: &str| BTreeMap::from([(1, text.to_owned())]);
        assert!(same_failures(&one("bad"), &one("a bad field")).is_ok());
        assert!(same_failures(&BTreeMap::new(), &one("bad")).unwrap_err().to_string().contains("record 1 fails: bad"));
        assert!(same_failures(&one("bad"), &BTreeMap::new()).unwrap_err().to_string().contains("has to fail"));
    }
}
