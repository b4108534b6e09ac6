//! Whether a file is a component of this contract, and what to tell its author when it is not.

use wasmtime::Engine;
use wasmtime::component::Component;
use wasmtime::component::types::ComponentItem;

use crate::sandbox::error::CallError;

/// The version of package `caisson:connect` that this worker speaks.
pub(super) const VERSION: &str = "0.1.0";
const PACKAGE: &str = "caisson:connect/";

/// Looks at the first bytes: everything that is no component has an own message.
///
/// # Errors
/// [`CallError::Component`].
pub(super) fn check_bytes(bytes: &[u8], location: &str) -> Result<(), CallError> {
    let found = match bytes {
        [0, b'a', b's', b'm', 0x0d, 0, 1, 0, ..] => return Ok(()),
        [0, b'a', b's', b'm', 1, 0, 0, 0, ..] => {
            "a core WebAssembly module, not a component; make a component of it (`cargo xtask guests` does, or `wasm-tools component new`)"
        }
        [0, b'a', b's', b'm', ..] => "WebAssembly of a version that this worker does not know; build it with a current tool",
        [] => "an empty file; build it anew",
        _ if Engine::detect_precompiled(bytes).is_some() => {
            "a precompiled artifact, which is never taken since it is machine code; give the `.wasm` it was made from"
        }
        [b'(', ..] => "WebAssembly text; turn it into a binary component with `wasm-tools parse`",
        [b'P', b'K', 3, 4, ..] => "a Java archive; plugins are WebAssembly components",
        _ => "no WebAssembly component; check what was built",
    };
    Err(CallError::Component(format!("{location} is {found}")))
}

/// Looks at the exports: a plugin exports the manifest of this contract.
///
/// # Errors
/// [`CallError::Component`] tells a component of another contract version from one that is no plugin.
pub(super) fn check_type(component: &Component, location: &str) -> Result<(), CallError> {
    let mut other = None;
    for (name, _) in component.component_type().exports(component.engine()) {
        let Some((interface, version)) = name.strip_prefix(PACKAGE).and_then(|name| name.split_once('@')) else {
            continue;
        };
        if interface == "manifest" {
            if compatible(version) {
                return Ok(());
            }
            other = Some(version.to_owned());
        }
    }
    Err(CallError::Component(match other {
        Some(version) => format!(
            "{location} speaks version {version} of the contract caisson:connect, this worker version {VERSION}; build the plugin with an SDK for {VERSION} or use a worker for {version}"
        ),
        None => format!(
            "{location} is a component but no plugin: it does not export caisson:connect/manifest@{VERSION}; build it with a Caisson SDK"
        ),
    }))
}

/// Below 1.0 a new minor version breaks, a new patch version does not.
fn compatible(version: &str) -> bool {
    let minor = |version: &str| version.rsplit_once('.').map(|(minor, _)| minor.to_owned());
    minor(version) == minor(VERSION)
}

/// Why a component cannot be linked: it wants an import that nobody gives.
pub(super) fn unlinked(error: &wasmtime::Error, location: &str) -> CallError {
    CallError::Component(format!(
        "{location} wants an import that this worker does not grant: {}; a plugin may import caisson:connect@{VERSION} and WASI 0.2",
        // wasmtime's chain of causes names the import first, then the function that is missing in it.
        error.chain().map(ToString::to_string).collect::<Vec<_>>().join(": ")
    ))
}

/// The interfaces a component imports.
pub(super) fn imports(component: &Component) -> Vec<String> {
    named(component.component_type().imports(component.engine()).map(|(name, item)| (name, item.ty)))
}

/// The interfaces a component exports.
pub(super) fn exports(component: &Component) -> Vec<String> {
    named(component.component_type().exports(component.engine()).map(|(name, item)| (name, item.ty)))
}

fn named<'a>(items: impl Iterator<Item = (&'a str, ComponentItem)>) -> Vec<String> {
    items.map(|(name, _)| name.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_what_a_file_is() {
        let told = |bytes: &[u8]| check_bytes(bytes, "x.wasm").unwrap_err().to_string();
        assert!(told(b"\0asm\x01\0\0\0").contains("core WebAssembly module"));
        assert!(told(b"").contains("empty file"));
        assert!(told(b"(component)").contains("WebAssembly text"));
        assert!(told(b"PK\x03\x04").contains("Java archive"));
        assert!(told(b"hello").contains("no WebAssembly component"));
        let precompiled = Engine::default().precompile_component(b"\0asm\x0d\0\x01\0").unwrap();
        assert!(told(&precompiled).contains("precompiled"));
        assert!(check_bytes(b"\0asm\x0d\0\x01\0", "x.wasm").is_ok());
    }

    #[test]
    fn a_patch_version_is_compatible() {
        assert!(compatible("0.1.0") && compatible("0.1.7"));
        assert!(!compatible("0.2.0") && !compatible("1.1.0"));
    }
}
