//! What the program carries: the contract, and the templates of all languages.

use std::path::Path;
use std::{fs, io};

include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// Path and text of each file of a language's template.
pub(crate) fn template<'a>(language: &'a str, kind: &'a str) -> impl Iterator<Item = (&'static str, &'static str)> + 'a {
    TEMPLATES.iter().filter_map(move |(of, path, text)| {
        let path = path.strip_prefix(kind)?.strip_prefix('/')?;
        (*of == language).then_some((path, *text))
    })
}

/// Writes the contract's files into a folder, for tools that read them there.
pub(crate) fn write_contract(folder: &Path) -> io::Result<()> {
    write(folder, WIT)
}

/// Writes files, path and text of each, into a folder.
pub(crate) fn write(folder: &Path, files: &[(&str, &str)]) -> io::Result<()> {
    for (name, text) in files {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap_or(folder))?;
        // A file that is the same is left alone: tools look at its age.
        if fs::read_to_string(&path).is_ok_and(|there| there == *text) {
            continue;
        }
        fs::write(path, text)?;
    }
    Ok(())
}
