//! JAAS: lines such as `sasl.jaas.config`, and files with named entries of such lines (Java: `javax.security.auth.login.Configuration`).

/// The value of one option of a line: `org…PlainLoginModule required username="u" password="p";`, quoted or not, with `\"`.
pub fn option(line: &str, option: &str) -> Option<String> {
    let mut rest = line;
    loop {
        let at = rest.find(option)?;
        let before = rest.get(..at).and_then(|text| text.chars().next_back());
        rest = rest.get(at + option.len()..)?;
        let Some(value) = rest.trim_start().strip_prefix('=') else { continue };
        if before.is_none_or(|char| char.is_whitespace()) {
            return Some(value_of(value.trim_start()));
        }
    }
}

fn value_of(text: &str) -> String {
    let Some(quoted) = text.strip_prefix('"') else {
        return text.split(|char: char| char.is_whitespace() || char == ';').next().unwrap_or_default().to_owned();
    };
    let mut value = String::new();
    let mut chars = quoted.chars();
    while let Some(char) = chars.next() {
        match char {
            '"' => break,
            '\\' => value.extend(chars.next()),
            _ => value.push(char),
        }
    }
    value
}

/// The lines of the entry `name { … };` of a file, without comments; none if there is no such entry.
pub fn entry(file: &str, name: &str) -> Option<String> {
    let text = without_comments(file);
    let mut rest = text.as_str();
    loop {
        let open = rest.find('{')?;
        let close = open + rest.get(open..)?.find('}')?;
        let title = rest.get(..open)?.trim_start_matches(|char: char| char == ';' || char.is_whitespace()).trim_end();
        if title.trim_matches('"') == name {
            return rest.get(open + 1..close).map(|lines| lines.trim().to_owned());
        }
        rest = rest.get(close + 1..)?;
    }
}

/// Without `/* … */` and, outside of quotes, `// …` and `# …`.
fn without_comments(file: &str) -> String {
    let mut kept = String::new();
    let mut rest = file;
    let mut quoted = false;
    while let Some(char) = rest.chars().next() {
        let comment = match (quoted, rest) {
            (true, _) => None,
            (false, text) if text.starts_with("/*") => Some(text.find("*/").map_or(text.len(), |end| end + 2)),
            (false, text) if text.starts_with("//") || text.starts_with('#') => Some(text.find('\n').unwrap_or(text.len())),
            _ => None,
        };
        if comment.is_none() {
            quoted ^= char == '"';
            kept.push(char);
        }
        rest = rest.get(comment.unwrap_or(char.len_utf8())..).unwrap_or_default();
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_gives_its_options() {
        let line = r#"org.apache.kafka.common.security.plain.PlainLoginModule required
            username="alice" password = "a\"b;c" user_alice="x";"#;
        assert_eq!(option(line, "username").unwrap(), "alice");
        assert_eq!(option(line, "password").unwrap(), "a\"b;c");
        assert_eq!(option("M required password=p;", "password").unwrap(), "p");
        assert_eq!(option("M required;", "password"), None);
    }

    #[test]
    fn a_file_has_entries() {
        let file = "// who\nOther { a.B required x=\"//1\"; };\n/* the worker's */ KafkaConnect {\n  a.C required # why\n  file=\"/f\";\n};\n";
        assert_eq!(entry(file, "KafkaConnect").unwrap(), "a.C required \n  file=\"/f\";");
        assert_eq!(option(&entry(file, "Other").unwrap(), "x").unwrap(), "//1");
        assert_eq!(entry(file, "Nobody"), None);
    }
}
