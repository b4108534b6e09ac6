//! Cases of `SchemaProjector`.

use anyhow::{Context, Result};
use caisson_sdk::data::schema_projector::project;
use serde_json::{Value as Json, json};

use super::case::Case;
use super::run::shown_error;
use super::{read, show};

/// The Java class.
pub const CLASS: &str = "org.apache.kafka.connect.data.SchemaProjector";

/// What the SDK makes of a case; none for a method that it does not have.
pub fn run(case: &Case) -> Result<Option<Json>> {
    if case.op.as_deref() != Some("project") {
        return Ok(None);
    }
    let datum = read::datum(&case.input, "schema", "value")?;
    let source = datum.schema.context("no schema")?;
    let target = read::schema(case.input.get("target"))?.context("no target")?;
    Ok(Some(match project(&source, datum.value, &target) {
        Ok(value) => json!({ "value": show::value(Some(&target), &value)? }),
        Err(error) => shown_error("apply", &error),
    }))
}
