//! Java properties files.

use std::path::Path;

use caisson::config::properties;

/// Parses a file.
pub fn run(data: &[u8]) {
    let _ = properties::parse(data, Path::new("worker.properties"));
}

/// Files with what the syntax has.
pub fn corpus() -> Vec<Vec<u8>> {
    super::super::bytes_of(&[
        "a=b\nc : d\n# comment\n! another\ne f\n",
        "key=one\\\n    two\\\\\nnext\\ key=\\u00e9\\t\n",
        "empty=\n=nothing\nalone\n\\",
        "\\u12",
    ])
}
