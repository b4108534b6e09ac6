//! English names, as Java's locale data has them for the United States.

/// From January.
pub const MONTHS: [&str; 12] =
    ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
/// From Sunday.
pub const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
/// Before noon, and after.
pub const AM_PM: [&str; 2] = ["AM", "PM"];
/// Before our era, and in it.
pub const ERAS: [&str; 2] = ["BC", "AD"];
/// The eras' long names, which are only read.
pub const LONG_ERAS: [&str; 2] = ["Before Christ", "Anno Domini"];

/// The name, or its first three letters.
pub fn short_or_long(name: &'static str, long: bool) -> &'static str {
    if long { name } else { name.get(..3).unwrap_or(name) }
}

/// Which of the names a text starts with, in any case, and the name's length. The longest of several is taken.
pub fn find(text: &str, names: &[&str]) -> Option<(i32, usize)> {
    let starts = |name: &str| text.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name));
    let found = (0..).zip(names).filter(|(_, name)| starts(name)).max_by_key(|(_, name)| name.len());
    found.map(|(index, name)| (index, name.len()))
}

/// The same for names that may be cut to three letters.
pub fn find_long_or_short(text: &str, names: &[&'static str]) -> Option<(i32, usize)> {
    find(text, names).or_else(|| {
        let short: Vec<&str> = names.iter().map(|name| short_or_long(name, false)).collect();
        find(text, &short)
    })
}
