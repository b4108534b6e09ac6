//! Opens the path of its key `path`, by way of the folder that its key `from` names (`/` unless set), and tells what it read. The
//! key `file` is the one its config is granted.
#![cfg_attr(not(target_arch = "wasm32"), allow(dead_code, unused_imports))]

use probe_behaviour::{Behaviour, Component, Config, Error, Polled, failure, value};

struct Misbehaviour;

#[cfg(target_arch = "wasm32")]
impl Behaviour for Misbehaviour {
    const CLASS: &'static str = "probe.FileAccess";

    fn poll(config: &Config) -> Result<Polled, Error> {
        use wasip2::filesystem::preopens::get_directories;
        use wasip2::filesystem::types::{DescriptorFlags, OpenFlags, PathFlags};

        let from = match value(config, "from") {
            "" => "/",
            named => named,
        };
        let path = value(config, "path");
        let folders = get_directories();
        let Some((folder, _)) = folders.iter().find(|(_, name)| name == from) else {
            return Err(failure(format!("there is no folder {from}")));
        };
        let flags = match value(config, "write") {
            "" => DescriptorFlags::READ,
            _ => DescriptorFlags::READ | DescriptorFlags::WRITE,
        };
        let file = folder
            .open_at(PathFlags::SYMLINK_FOLLOW, path, OpenFlags::empty(), flags)
            .map_err(|code| failure(format!("{path}: {code}")))?;
        let (bytes, _) = file.read(4096, 0).map_err(|code| failure(format!("{path}: {code}")))?;
        Ok(Polled { batch: bytes, origins: Vec::new(), wait_ms: 0 })
    }
}

#[cfg(target_arch = "wasm32")]
type Probe = Component<Misbehaviour>;
#[cfg(target_arch = "wasm32")]
probe_behaviour::bindings::export!(Probe);
