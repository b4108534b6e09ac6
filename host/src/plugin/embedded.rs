//! The project's own plugins, inside the binary.

use crate::plugin::artifact::Artifact;

include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// The components built into this binary; none when they had not been built before it was.
pub fn artifacts() -> Vec<Artifact> {
    EMBEDDED.iter().map(|(name, digest, bytes)| Artifact::embedded(name, digest, bytes)).collect()
}
