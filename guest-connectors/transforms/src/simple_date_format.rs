//! `java.text.SimpleDateFormat` in UTC and English: its patterns, its calendar and its lenient way of reading.
//!
//! No crate has it: patterns of other libraries share the letters but neither the Julian dates before 1582, nor weeks that start on
//! Sunday, nor what a lenient calendar makes of a thirteenth month.

mod calendar;
mod fields;
mod names;
mod number;
mod pattern;
mod print;
mod read;
mod zones;

use pattern::Part;

/// A compiled pattern.
#[derive(Debug, Clone)]
pub struct SimpleDateFormat {
    pattern: String,
    parts: Vec<Part>,
    /// Years of two digits fall into the hundred years from then on; milliseconds since the epoch.
    century_start: i64,
}

impl SimpleDateFormat {
    /// Compiles a pattern. `now`, in milliseconds since the epoch, places years of two digits. The error is the message of Java's
    /// `IllegalArgumentException`.
    pub fn new(pattern: &str, now: i64) -> Result<Self, String> {
        let parts = pattern::compile(pattern)?;
        Ok(Self { pattern: pattern.to_owned(), parts, century_start: calendar::years_before(now, 80) })
    }

    /// The pattern as it was given.
    pub fn pattern(&self) -> &str {
        &self.pattern
    }

    /// The text of an instant, in milliseconds since the epoch.
    pub fn format(&self, millis: i64) -> String {
        let mut text = String::with_capacity(self.pattern.len() + 8);
        print::push(&mut text, &self.parts, millis);
        text
    }

    /// The instant that a text starts with, in milliseconds since the epoch; what follows it is not looked at, as in Java.
    pub fn parse(&self, text: &str) -> Option<i64> {
        read::parse(text, &self.parts, self.century_start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What Java 17 makes of patterns, in UTC with the default century from 1946-11-21 on: pattern, `format` or `parse`, input and
    /// output (`-` for a refusal), between tabs.
    const SAID: &str = include_str!("simple_date_format/java17.tsv");
    /// 2026-11-21.
    const NOW: i64 = 1_795_219_200_000;

    fn told(pattern: &str, method: &str, input: &str) -> String {
        let format = SimpleDateFormat::new(pattern, NOW).unwrap();
        match method {
            "format" => format.format(input.parse().unwrap()),
            _ => format.parse(input).map_or("-".to_owned(), |millis| millis.to_string()),
        }
    }

    #[test]
    fn times_are_written_and_read_as_in_java() {
        let mut differences = Vec::new();
        for line in SAID.lines() {
            let [pattern, method, input, said] = *line.split('\t').collect::<Vec<_>>() else { panic!("{line}") };
            let told = told(pattern, method, input);
            if told != said {
                differences.push(format!("{pattern:?} {method} {input:?}: told {told:?}, Java said {said:?}"));
            }
        }
        assert!(differences.is_empty(), "{} of {}: {differences:#?}", differences.len(), SAID.lines().count());
    }
}
