//! Bulk requests and what is answered to each of their operations.

use std::collections::BTreeMap;

use caisson_sdk::Error;
use serde::Deserialize;

use crate::operation::Operation;

/// Path and query. Of the answer only what is looked at is asked for.
pub(crate) const PATH: &str = "/_bulk?filter_path=errors,items.*.status,items.*.error";
/// The body is one of lines.
pub(crate) const CONTENT_TYPE: &str = "application/x-ndjson";

/// Errors that lie in the document: they would come again.
const MALFORMED: [&str; 5] = [
    "strict_dynamic_mapping_exception",
    "mapper_parsing_exception",
    "illegal_argument_exception",
    "action_request_validation_exception",
    "document_parsing_exception",
];
const CONFLICT: &str = "version_conflict_engine_exception";

/// What became of an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is done, or a newer one was done before.
    Done,
    /// The server may take it later.
    Retry(String),
    /// The server refuses the document for what is in it.
    Malformed(String),
    /// The server refuses it for another reason.
    Failed(String),
}

/// The body of a request.
pub(crate) fn body(operations: &[Operation]) -> Vec<u8> {
    let mut body = Vec::with_capacity(operations.iter().map(|operation| operation.lines.len()).sum());
    for operation in operations {
        body.extend_from_slice(&operation.lines);
    }
    body
}

#[derive(Deserialize)]
struct Answer {
    items: Vec<BTreeMap<String, Item>>,
}

#[derive(Deserialize)]
struct Item {
    #[serde(default)]
    status: u16,
    error: Option<Cause>,
}

/// Elasticsearch's account of an error.
#[derive(Debug, Deserialize)]
pub(crate) struct Cause {
    #[serde(default, rename = "type")]
    pub(crate) type_: String,
    #[serde(default)]
    reason: Option<String>,
    #[serde(default)]
    caused_by: Option<Box<Cause>>,
}

impl Cause {
    /// Type and reason, and those of what caused it.
    pub(crate) fn told(&self) -> String {
        let reason = self.reason.as_deref().unwrap_or("no reason given");
        match &self.caused_by {
            Some(cause) => format!("{}: {reason} ({})", self.type_, cause.told()),
            None => format!("{}: {reason}", self.type_),
        }
    }

    /// Types alone: reasons may quote documents.
    fn types(&self) -> String {
        match &self.caused_by {
            Some(cause) => format!("{} ({})", self.type_, cause.types()),
            None => self.type_.clone(),
        }
    }
}

/// What became of each of so many operations, in their order. `tell_reasons`: reasons may quote documents.
///
/// # Errors
/// Of kind retriable for what is no answer to them.
pub(crate) fn verdicts(answer: &[u8], operations: &[Operation], tell_reasons: bool) -> Result<Vec<Verdict>, Error> {
    let unreadable =
        |why: &dyn std::fmt::Display| Error::retriable(format!("the answer to a bulk request cannot be read: {why}"));
    let answer: Answer = serde_json::from_slice(answer).map_err(|error| unreadable(&error))?;
    let (given, answered) = (operations.len(), answer.items.len());
    if given != answered {
        return Err(unreadable(&format!("it is about {answered} operations of {given}")));
    }
    let items = answer.items.into_iter().zip(operations);
    let verdict = |(item, operation): (BTreeMap<String, Item>, &Operation)| match item.into_values().next() {
        Some(item) => Ok(verdict(&item, operation, tell_reasons)),
        None => Err(unreadable(&"an operation has no outcome")),
    };
    items.map(verdict).collect()
}

fn verdict(item: &Item, operation: &Operation, tell_reasons: bool) -> Verdict {
    // What is to be deleted and is not there is as it should be, and has no error.
    let Some(error) = &item.error else { return Verdict::Done };
    let told = if tell_reasons { error.told() } else { error.types() };
    match error.type_.as_str() {
        // The document is there in this version or a newer one. Without versions it is the same record, written before an answer
        // was lost.
        CONFLICT if operation.versioned || is_create(operation) => Verdict::Done,
        CONFLICT => Verdict::Retry(told),
        type_ if MALFORMED.contains(&type_) => Verdict::Malformed(told),
        _ if item.status == 429 || item.status >= 500 => Verdict::Retry(told),
        _ => Verdict::Failed(told),
    }
}

fn is_create(operation: &Operation) -> bool {
    operation.lines.starts_with(b"{\"create\"")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(crate) mod tests {
    use super::*;
    use std::rc::Rc;

    use caisson_sdk::TopicPartition;

    pub(crate) fn operation(offset: i64, id: &str, versioned: bool, lines: &str) -> Operation {
        let source = Rc::new(TopicPartition { topic: "t".to_owned(), partition: 0 });
        Operation { record: 0, source, offset, id: Some(id.to_owned()), versioned, lines: lines.as_bytes().to_vec() }
    }

    #[test]
    fn every_operation_has_its_verdict() {
        let operations: Vec<Operation> =
            (0..7).map(|number| operation(number, "k", number % 2 == 0, "{\"index\":{}}\n{}\n")).collect();
        let answer = br#"{"errors":true,"items":[
            {"index":{"status":201}},
            {"delete":{"status":404}},
            {"index":{"status":409,"error":{"type":"version_conflict_engine_exception","reason":"newer"}}},
            {"update":{"status":409,"error":{"type":"version_conflict_engine_exception","reason":"newer"}}},
            {"index":{"status":400,"error":{"type":"document_parsing_exception","reason":"value [x]",
                "caused_by":{"type":"number_format_exception","reason":"x"}}}},
            {"index":{"status":429,"error":{"type":"es_rejected_execution_exception","reason":"full"}}},
            {"index":{"status":404,"error":{"type":"index_not_found_exception","reason":"no such index"}}}
        ]}"#;
        let expected = |malformed: &str, retry: &str, failed: &str, conflict: &str| {
            vec![
                Verdict::Done,
                Verdict::Done,
                Verdict::Done,
                Verdict::Retry(conflict.to_owned()),
                Verdict::Malformed(malformed.to_owned()),
                Verdict::Retry(retry.to_owned()),
                Verdict::Failed(failed.to_owned()),
            ]
        };
        assert_eq!(
            verdicts(answer, &operations, true).unwrap(),
            expected(
                "document_parsing_exception: value [x] (number_format_exception: x)",
                "es_rejected_execution_exception: full",
                "index_not_found_exception: no such index",
                "version_conflict_engine_exception: newer",
            )
        );
        assert_eq!(
            verdicts(answer, &operations, false).unwrap(),
            expected(
                "document_parsing_exception (number_format_exception)",
                "es_rejected_execution_exception",
                "index_not_found_exception",
                "version_conflict_engine_exception",
            )
        );
    }

    #[test]
    fn an_answer_to_something_else_is_none() {
        assert!(verdicts(br#"{"items":[]}"#, &[operation(0, "k", true, "")], true).is_err());
        assert!(verdicts(b"<html>", &[], true).is_err());
    }

    #[test]
    fn bodies_are_lines() {
        let operations = [operation(0, "a", true, "{\"delete\":{}}\n"), operation(1, "b", true, "{\"index\":{}}\n{}\n")];
        assert_eq!(body(&operations), b"{\"delete\":{}}\n{\"index\":{}}\n{}\n");
    }
}
