//! A Rust file, read well enough to judge it: its text, and its code with comments and literals blanked out.

use std::path::PathBuf;
use std::process::Command;
use std::{fs, iter};

/// One file of the repository.
pub struct Source {
    /// Path from the repository's root, with `/`.
    pub path: String,
    pub text: String,
    /// `text` with every comment, string and character literal replaced by spaces; line ends stay.
    pub code: String,
}

/// A function found in a file.
pub struct Function {
    pub name: String,
    /// Line of its `fn`, from 1.
    pub line: usize,
    /// Lines from its `fn` to its closing brace.
    pub lines: usize,
}

pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Files that git knows or would add, so that build output and ignored files stay out.
pub fn tracked(suffix: &str) -> Vec<String> {
    let output = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "tidy needs git and a clone");
    let listed = String::from_utf8(output.stdout).unwrap();
    // A file just removed is still in the index.
    listed.lines().filter(|path| path.ends_with(suffix) && root().join(path).is_file()).map(str::to_owned).collect()
}

pub fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

pub fn rust_files() -> Vec<Source> {
    tracked(".rs").into_iter().map(|path| Source::new(&path, read(&path))).collect()
}

impl Source {
    pub fn new(path: &str, text: String) -> Self {
        let code = blank(&text);
        Self { path: path.to_owned(), text, code }
    }

    /// Whether it holds tests only.
    pub fn is_test(&self) -> bool {
        self.path.starts_with("tests/") || self.path.contains("/tests/") || self.path.ends_with("/tests.rs")
    }

    /// Lines, from 1, where `word` stands as a word of the code.
    pub fn lines_with(&self, word: &str) -> Vec<usize> {
        let is_hit = |line: &str| line.match_indices(word).any(|(at, _)| whole_word(line, at, word.len()));
        self.code.lines().enumerate().filter(|(_, line)| is_hit(line)).map(|(index, _)| index + 1).collect()
    }

    /// Modules of the crate that the code names by `crate::name` or `crate::{name, …}`, each with its line.
    pub fn crate_modules(&self) -> Vec<(usize, String)> {
        let mut found = Vec::new();
        for (at, _) in self.code.match_indices("crate::") {
            if !whole_word(&self.code, at, "crate".len()) {
                continue;
            }
            let line = line_of(&self.code, at);
            let rest = &self.code[at + "crate::".len()..];
            match rest.strip_prefix('{') {
                Some(group) => found.extend(group_heads(group).into_iter().map(|head| (line, head))),
                None => found.push((line, leading_word(rest))),
            }
        }
        found.retain(|(_, name)| !name.is_empty());
        found
    }

    /// Every function that has a body.
    pub fn functions(&self) -> Vec<Function> {
        let mut found = Vec::new();
        for (at, _) in self.code.match_indices("fn ") {
            if !whole_word(&self.code, at, 2) {
                continue;
            }
            let rest = &self.code[at..];
            let name = leading_word(rest[3..].trim_start());
            if let (false, Some(end)) = (name.is_empty(), body_end(rest)) {
                let lines = rest[..end].lines().count();
                found.push(Function { name, line: line_of(&self.code, at), lines });
            }
        }
        found
    }
}

/// Offset behind the closing brace of the first body in `text`, which starts at `fn`; none for a declaration.
fn body_end(text: &str) -> Option<usize> {
    let mut round = 0;
    let mut depth = 0;
    for (at, letter) in text.char_indices() {
        match letter {
            '(' | '[' if depth == 0 => round += 1,
            ')' | ']' if depth == 0 => round -= 1,
            ';' if depth == 0 && round == 0 => return None,
            '{' if round == 0 => depth += 1,
            '}' if round == 0 => {
                depth -= 1;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}

/// First words of the members of a `{…}` group whose opening brace is behind us.
fn group_heads(group: &str) -> Vec<String> {
    let mut heads = Vec::new();
    let mut depth = 0;
    let mut start = 0;
    for (at, letter) in group.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 0 => {
                heads.push(leading_word(group[start..at].trim_start()));
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                heads.push(leading_word(group[start..at].trim_start()));
                start = at + 1;
            }
            _ => {}
        }
    }
    heads
}

fn leading_word(text: &str) -> String {
    text.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect()
}

fn whole_word(text: &str, at: usize, length: usize) -> bool {
    let part = |letter: char| letter.is_alphanumeric() || letter == '_';
    !text[..at].chars().next_back().is_some_and(part) && !text[at + length..].chars().next().is_some_and(part)
}

fn line_of(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

/// Replaces comments and literals by spaces.
fn blank(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let mut code = String::with_capacity(text.len());
    let mut at = 0;
    while at < letters.len() {
        let end = literal_end(&letters, at);
        if end == at {
            code.push(letters[at]);
            at += 1;
        } else {
            code.extend(letters[at..end].iter().map(|letter| if *letter == '\n' { '\n' } else { ' ' }));
            at = end;
        }
    }
    code
}

/// Where the comment or literal that starts at `at` ends; `at` itself if none starts there.
fn literal_end(letters: &[char], at: usize) -> usize {
    let next = letters.get(at + 1).copied();
    match letters[at] {
        '/' if next == Some('/') => find(letters, at, |index| letters[index] == '\n'),
        '/' if next == Some('*') => block_comment_end(letters, at),
        '"' => quoted_end(letters, at),
        'r' if starts_word(letters, at) => raw_string_end(letters, at).unwrap_or(at),
        'b' if starts_word(letters, at) && next == Some('r') => raw_string_end(letters, at + 1).unwrap_or(at),
        // A lifetime has no closing quote.
        '\'' if next == Some('\\') => find(letters, at + 3, |index| letters[index] == '\'') + 1,
        '\'' if letters.get(at + 2) == Some(&'\'') => at + 3,
        _ => at,
    }
}

fn starts_word(letters: &[char], at: usize) -> bool {
    at == 0 || !(letters[at - 1].is_alphanumeric() || letters[at - 1] == '_')
}

fn find(letters: &[char], from: usize, is_end: impl Fn(usize) -> bool) -> usize {
    (from..letters.len()).find(|index| is_end(*index)).unwrap_or(letters.len())
}

fn block_comment_end(letters: &[char], at: usize) -> usize {
    let mut depth = 0;
    let mut index = at;
    while index + 1 < letters.len() {
        match (letters[index], letters[index + 1]) {
            ('/', '*') => depth += 1,
            ('*', '/') if depth == 1 => return index + 2,
            ('*', '/') => depth -= 1,
            _ => {
                index += 1;
                continue;
            }
        }
        index += 2;
    }
    letters.len()
}

fn quoted_end(letters: &[char], at: usize) -> usize {
    let mut index = at + 1;
    while index < letters.len() && letters[index] != '"' {
        index += if letters[index] == '\\' { 2 } else { 1 };
    }
    (index + 1).min(letters.len())
}

fn raw_string_end(letters: &[char], at: usize) -> Option<usize> {
    let hashes = letters[at + 1..].iter().take_while(|letter| **letter == '#').count();
    let open = at + 1 + hashes;
    if letters.get(open) != Some(&'"') {
        return None;
    }
    let close: Vec<char> = iter::once('"').chain(iter::repeat_n('#', hashes)).collect();
    let start = find(letters, open + 1, |index| letters[index..].starts_with(&close));
    Some((start + close.len()).min(letters.len()))
}

#[test]
fn comments_and_literals_are_blanked() {
    let text = "let a = \"fn b() {\"; // fn c() {\nlet d = r#\"\"x\"#; /* { /* */ { */ let e = '{'; fn f<'a>() {}";
    let source = Source::new("x.rs", text.to_owned());
    assert_eq!(source.text.lines().count(), source.code.lines().count());
    let found: Vec<_> = source.functions().iter().map(|function| (function.name.clone(), function.line)).collect();
    assert_eq!(found, [("f".to_owned(), 2)]);
}

#[test]
fn a_function_is_measured_to_its_own_brace() {
    let text = "trait T {\n  fn no(&self, x: [u8; 4]);\n  fn yes() -> [u8; 2] {\n    if true { }\n    [0; 2]\n  }\n}\n";
    let found = Source::new("x.rs", text.to_owned()).functions();
    assert_eq!(
        found.iter().map(|function| (function.name.as_str(), function.line, function.lines)).collect::<Vec<_>>(),
        [("yes", 3, 4)]
    );
}

#[test]
fn modules_are_found_alone_and_in_groups() {
    let text = "use crate::broker::Topic;\nuse crate::{config::{self, Props}, record};\nfn f() { crate::plugin::g(); }\n";
    let found = Source::new("x.rs", text.to_owned()).crate_modules();
    let names: Vec<_> = found.iter().map(|(line, name)| (*line, name.as_str())).collect();
    assert_eq!(names, [(1, "broker"), (2, "config"), (2, "record"), (3, "plugin")]);
}
