//! Answers of the registry's API.

use serde_json::Value as Json;

use super::error::RegistryError;
use super::schema::{AVRO, Definition, Located, Reference};

/// `{"schema", "schemaType"?, "references"?}`.
pub(super) fn definition(answer: &Json) -> Result<Definition, RegistryError> {
    let type_ = answer.get("schemaType").and_then(Json::as_str).unwrap_or(AVRO).to_owned();
    let references = answer.get("references").and_then(Json::as_array).into_iter().flatten().map(reference);
    Ok(Definition { type_, text: text(answer, "schema")?, references: references.collect::<Result<_, _>>()? })
}

/// `{"id", "subject", "version"}`.
pub(super) fn place(answer: &Json) -> Result<(i32, String, i32), RegistryError> {
    Ok((number(answer, "id")?, text(answer, "subject")?, number(answer, "version")?))
}

/// `{"id", "version"?}`.
pub(super) fn located(answer: &Json) -> Result<Located, RegistryError> {
    Ok(Located { id: number(answer, "id")?, version: number(answer, "version").ok() })
}

/// `{"error_code", "message"}` of an answer with that status.
pub(super) fn refusal(status: u16, answer: Option<&Json>) -> RegistryError {
    let code = answer.and_then(|answer| answer.get("error_code")).and_then(Json::as_i64).unwrap_or(status.into());
    let message = answer.and_then(|answer| answer.get("message")).and_then(Json::as_str);
    let message = message.map_or_else(|| format!("the schema registry answered with status {status}"), str::to_owned);
    RegistryError::Refused { status, code, message }
}

fn reference(of: &Json) -> Result<Reference, RegistryError> {
    Ok(Reference { name: text(of, "name")?, subject: text(of, "subject")?, version: number(of, "version")? })
}

fn text(answer: &Json, member: &str) -> Result<String, RegistryError> {
    let text = answer.get(member).and_then(Json::as_str);
    text.map(str::to_owned).ok_or_else(|| RegistryError::unreadable(format!("there is no text `{member}` in it")))
}

fn number(answer: &Json, member: &str) -> Result<i32, RegistryError> {
    let number = answer.get(member).and_then(Json::as_i64).and_then(|number| i32::try_from(number).ok());
    number.ok_or_else(|| RegistryError::unreadable(format!("there is no number `{member}` in it")))
}
