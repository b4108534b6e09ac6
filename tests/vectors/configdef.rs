//! Cases of `ConfigDef`, and of the definitions of plugins.

use anyhow::Result;
use serde_json::Value as Json;

use super::case::Case;

/// What the SDK makes of a case; none for a method that it does not have.
pub fn run(_: &Case) -> Result<Option<Json>> {
    Ok(None)
}
