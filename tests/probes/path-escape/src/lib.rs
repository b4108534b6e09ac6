//! A task that was granted a folder and tries to get out of it, by `..` and by a symbolic link.

#![cfg(target_arch = "wasm32")]
// The contract's exports are raw functions, made by wit-bindgen.
#![allow(unsafe_code)]

use probe_kit::{Misbehaviour, Outcome, Polled, Source, failure};

struct PathEscape;

impl Misbehaviour for PathEscape {
    const CLASS: &'static str = "probe.PathEscape";
    const DOCUMENTATION: &'static str = "Opens `../secret.txt` and `link` in the folder that `folder` names.";
    const RESOURCES: &'static [(&'static str, &'static str)] = &[("folder", "directory-read")];

    /// Always an error: what each attempt met.
    fn poll(_: &Vec<(String, String)>) -> Outcome<Polled> {
        Err(failure(format!("`..`: {}; link: {}", attempt("../secret.txt"), attempt("link"))))
    }
}

fn attempt(path: &str) -> String {
    use wasip2::filesystem::preopens::get_directories;
    use wasip2::filesystem::types::{DescriptorFlags, OpenFlags, PathFlags};

    let directories = get_directories();
    let Some((folder, _)) = directories.first() else { return "no folder was granted".to_owned() };
    match folder.open_at(PathFlags::SYMLINK_FOLLOW, path, OpenFlags::empty(), DescriptorFlags::READ) {
        Ok(_) => "ESCAPED".to_owned(),
        Err(code) => format!("refused ({})", code.name()),
    }
}

type Probe = Source<PathEscape>;
probe_kit::bindings::export_source!(Probe with_types_in probe_kit::bindings);
