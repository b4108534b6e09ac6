//! `/connectors/{name}/offsets` (KIP-875).

use axum::extract::{Path, State};

use super::App;
use super::answer::{Answer, ok};

pub(super) async fn get(State(herder): State<App>, Path(name): Path<String>) -> Answer {
    ok(&herder.offsets(&name)?)
}
