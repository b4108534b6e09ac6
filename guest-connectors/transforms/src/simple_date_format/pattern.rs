//! Patterns: letters that stand for fields, and text.

/// A piece of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Text as it is.
    Text(String),
    /// A field, and how often its letter is repeated.
    Field(Letter, usize),
}

/// What a letter stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Letter {
    /// `G`
    Era,
    /// `y`
    Year,
    /// `Y`
    WeekYear,
    /// `M` and `L`
    Month,
    /// `w`
    WeekOfYear,
    /// `W`
    WeekOfMonth,
    /// `d`
    DayOfMonth,
    /// `D`
    DayOfYear,
    /// `F`
    DayOfWeekInMonth,
    /// `E`
    DayName,
    /// `u`, from 1 for Monday
    DayNumber,
    /// `a`
    AmPm,
    /// `k`, from 1 to 24
    HourOfDay1,
    /// `H`, from 0 to 23
    HourOfDay0,
    /// `h`, from 1 to 12
    Hour1,
    /// `K`, from 0 to 11
    Hour0,
    /// `m`
    Minute,
    /// `s`
    Second,
    /// `S`
    Millisecond,
    /// `z`
    ZoneName,
    /// `Z`
    ZoneOffset,
    /// `X`
    IsoZone,
}

impl Letter {
    fn of(letter: char) -> Option<Self> {
        Some(match letter {
            'G' => Self::Era,
            'y' => Self::Year,
            'Y' => Self::WeekYear,
            'M' | 'L' => Self::Month,
            'w' => Self::WeekOfYear,
            'W' => Self::WeekOfMonth,
            'd' => Self::DayOfMonth,
            'D' => Self::DayOfYear,
            'F' => Self::DayOfWeekInMonth,
            'E' => Self::DayName,
            'u' => Self::DayNumber,
            'a' => Self::AmPm,
            'k' => Self::HourOfDay1,
            'H' => Self::HourOfDay0,
            'h' => Self::Hour1,
            'K' => Self::Hour0,
            'm' => Self::Minute,
            's' => Self::Second,
            'S' => Self::Millisecond,
            'z' => Self::ZoneName,
            'Z' => Self::ZoneOffset,
            'X' => Self::IsoZone,
            _ => return None,
        })
    }
}

/// The parts of a pattern. The error is Java's message.
pub fn compile(pattern: &str) -> Result<Vec<Part>, String> {
    let mut parts = Vec::new();
    let mut rest = pattern;
    let mut quoted = false;
    while let Some(c) = rest.chars().next() {
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
        if c == '\'' {
            match rest.strip_prefix('\'') {
                // Two of them are one, inside quotes and outside.
                Some(after) => {
                    push_text(&mut parts, '\'');
                    rest = after;
                }
                None => quoted = !quoted,
            }
        } else if quoted || !c.is_ascii_alphabetic() {
            push_text(&mut parts, c);
        } else {
            let after = rest.trim_start_matches(c);
            let count = rest.len() - after.len() + 1;
            let letter = Letter::of(c).ok_or_else(|| format!("Illegal pattern character '{c}'"))?;
            if letter == Letter::IsoZone && count > 3 {
                return Err(format!("invalid ISO 8601 format: length={count}"));
            }
            parts.push(Part::Field(letter, count));
            rest = after;
        }
    }
    if quoted { Err("Unterminated quote".to_owned()) } else { Ok(parts) }
}

fn push_text(parts: &mut Vec<Part>, c: char) {
    match parts.last_mut() {
        Some(Part::Text(text)) => text.push(c),
        _ => parts.push(Part::Text(c.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_fields_and_quotes_keep_text() {
        let text = |text: &str| Part::Text(text.to_owned());
        let parts = vec![Part::Field(Letter::Year, 4), text("-'T"), Part::Field(Letter::Month, 2), text("é")];
        assert_eq!(compile("yyyy-'''T'MMé"), Ok(parts));
        assert_eq!(compile("b").unwrap_err(), "Illegal pattern character 'b'");
        assert_eq!(compile("'a").unwrap_err(), "Unterminated quote");
        assert_eq!(compile(&"X".repeat(4)).unwrap_err(), "invalid ISO 8601 format: length=4");
    }
}
