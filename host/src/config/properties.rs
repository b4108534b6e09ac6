//! Java's `.properties` files, in full: comments, continued lines, escapes, all three separators; ISO 8859-1.

use std::path::{Path, PathBuf};

use java_properties::PropertiesIter;

use super::Props;

/// A properties file could not be used.
#[derive(Debug, thiserror::Error)]
pub enum PropertiesError {
    /// It could not be read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A line is malformed.
    #[error("{path}, line {line}: {why}: {text}")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Counting from 1.
        line: usize,
        /// What is wrong with it.
        why: String,
        /// The line.
        text: String,
    },
}

/// Reads a file. Of two lines with one key the last counts.
pub fn load(path: &Path) -> Result<Props, PropertiesError> {
    let bytes = std::fs::read(path).map_err(|source| PropertiesError::Read { path: path.to_owned(), source })?;
    parse(&bytes, path)
}

/// Parses the bytes of a file; `path` is for errors.
pub fn parse(bytes: &[u8], path: &Path) -> Result<Props, PropertiesError> {
    let mut props = Props::new();
    // Each byte of ISO 8859-1 is the character of that number. The reader itself would look for a byte order mark, and take
    // Windows-1252 for ISO 8859-1.
    let text: String = bytes.iter().map(|byte| char::from(*byte)).collect();
    let read = PropertiesIter::new_with_encoding(text.as_bytes(), encoding_rs::UTF_8).read_into(|key, value| {
        props.insert(key, value);
    });
    read.map_err(|error| {
        let line = error.line_number().unwrap_or(1);
        let text = bytes.split(|byte| *byte == b'\n').nth(line.saturating_sub(1)).unwrap_or_default();
        PropertiesError::Malformed {
            path: path.to_owned(),
            line,
            why: "Malformed \\uxxxx encoding".to_owned(),
            text: String::from_utf8_lossy(text).trim_end().to_owned(),
        }
    })?;
    Ok(props)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Props {
        parse(text.as_bytes(), Path::new("w.properties")).unwrap()
    }

    #[test]
    fn java_syntax_in_full() {
        let props = of("# c\n! c\na=1\nb : 2\nc 3\n  d\t=\te\\\n   f\ng\\ h=\\u0041\\n\nempty=\nbare\na=last\n");
        let expected = [("a", "last"), ("b", "2"), ("bare", ""), ("c", "3"), ("d", "ef"), ("empty", ""), ("g h", "A\n")];
        assert_eq!(props, expected.map(|(key, value)| (key.to_owned(), value.to_owned())).into());
    }

    #[test]
    fn every_byte_is_a_character() {
        let parsed = parse(b"\xef\xbb=\x80\nb=\xe9", Path::new("w.properties")).unwrap();
        let expected = [("b", "\u{e9}"), ("\u{ef}\u{bb}", "\u{80}")];
        assert!(parsed.iter().map(|(key, value)| (key.as_str(), value.as_str())).eq(expected));
        assert!(parse(b"\xef", Path::new("w.properties")).is_ok());
    }

    #[test]
    fn a_malformed_line_is_named() {
        let error = parse(b"a=1\nb=\\u00zz\n", Path::new("w.properties")).unwrap_err().to_string();
        assert_eq!(error, "w.properties, line 2: Malformed \\uxxxx encoding: b=\\u00zz");
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = load(Path::new("/nowhere/w.properties")).unwrap_err().to_string();
        assert!(error.starts_with("cannot read /nowhere/w.properties:"), "{error}");
    }
}
