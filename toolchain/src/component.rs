//! A core module as a component.

use std::fs;
use std::path::Path;

use anyhow::Context;
use wasi_preview1_component_adapter_provider::{
    WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME as ADAPTER_NAME, WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER as ADAPTER,
};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use crate::embedded;

/// What a core module for WASI's first preview may have: which plugins there are, the manifest says.
const WORLD: &str = "wasip1";
/// That world, and what it has beside the contract of `wit/`. A component imports what its module calls.
const BESIDE_THE_CONTRACT: [(&str, &str); 5] = [
    ("wasip1.wit", include_str!("wasip1/wasip1.wit")),
    ("deps/clocks.wit", include_str!("wasip1/deps/clocks.wit")),
    ("deps/http.wit", include_str!("wasip1/deps/http.wit")),
    ("deps/io.wit", include_str!("wasip1/deps/io.wit")),
    ("deps/sockets.wit", include_str!("wasip1/deps/sockets.wit")),
];

/// Wraps a core module into a component, unless the component is newer. The size of a component made, in bytes.
///
/// # Errors
/// Names the file that cannot be read, written, or made a component of.
pub fn componentise(core: &Path, component: &Path) -> anyhow::Result<Option<usize>> {
    let built = fs::metadata(core)
        .and_then(|about| about.modified())
        .with_context(|| format!("the compiler made no {}", core.display()))?;
    if fs::metadata(component).and_then(|about| about.modified()).is_ok_and(|made| made > built) {
        return Ok(None);
    }
    let module = fs::read(core).with_context(|| format!("cannot read {}", core.display()))?;
    let bytes = ComponentEncoder::default()
        .validate(true)
        .module(&module)
        .and_then(|encoder| encoder.encode())
        .with_context(|| format!("{} does not make a component", core.display()))?;
    write(&bytes, component)?;
    Ok(Some(bytes.len()))
}

/// Wraps a core module for WASI's first preview, which does not say its world, into a component of [`WORLD`]. What it asks of the
/// first preview it is given by that of 0.2.
///
/// # Errors
/// Names the file that cannot be read, written, or made a component of.
pub(crate) fn componentise_wasip1(core: &Path, contract: &Path, component: &Path) -> anyhow::Result<()> {
    embedded::write_contract(contract)
        .and_then(|()| embedded::write(contract, &BESIDE_THE_CONTRACT))
        .with_context(|| format!("cannot write {}", contract.display()))?;
    let mut module = fs::read(core).with_context(|| format!("the compiler made no {}", core.display()))?;
    let encode = |module: &mut Vec<u8>| {
        let mut resolve = Resolve::default();
        let (package, _) = resolve.push_dir(contract)?;
        let world = resolve.select_world(&[package], Some(WORLD))?;
        embed_component_metadata(module, &resolve, world, StringEncoding::UTF8, false)?;
        ComponentEncoder::default().validate(true).module(module)?.adapter(ADAPTER_NAME, ADAPTER)?.encode()
    };
    let bytes = encode(&mut module).with_context(|| format!("{} does not make a component", core.display()))?;
    write(&bytes, component)
}

/// A new file and a rename: a worker that has the old one mapped keeps it.
fn write(bytes: &[u8], component: &Path) -> anyhow::Result<()> {
    let fresh = component.with_extension("new");
    fs::write(&fresh, bytes).with_context(|| format!("cannot write {}", fresh.display()))?;
    fs::rename(&fresh, component).with_context(|| format!("cannot write {}", component.display()))
}
