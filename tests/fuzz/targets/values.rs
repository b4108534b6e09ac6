//! Texts as header values (`Values.parseString`).

use caisson_sdk::values::{parse, print};

/// Reads a value, and writes what was read.
pub fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Ok(datum) = parse::parse_string(&text) {
        let _ = print::convert_to_string(&datum.value);
    }
}

/// Values of every kind.
pub fn corpus() -> Vec<Vec<u8>> {
    super::super::bytes_of(&[
        "[1, 2.5, \"a\\\"b\", null, true]",
        "{\"a\": [1], b: {c: -1e9}}",
        "2020-02-29T12:34:56.789Z",
        "12:34:56.789Z",
        "12345678901234567890.5E-3",
        "[[[[[[[[[[[[[[[[",
        "\\[a\\]",
    ])
}
