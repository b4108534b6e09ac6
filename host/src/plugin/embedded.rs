//! The project's own plugins, inside the binary.

use crate::plugin::artifact::Artifact;

include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// The components built into this binary; none when they had not been built before it was.
pub fn artifacts() -> Vec<Artifact> {
    let artifact = |(name, digest, bytes, manifest): &(&str, &str, &'static [u8], Option<&'static str>)| {
        Artifact::embedded(name, digest, bytes).described(*manifest)
    };
    EMBEDDED.iter().map(artifact).collect()
}
