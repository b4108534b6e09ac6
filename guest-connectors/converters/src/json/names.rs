//! Finding a name that an object has twice, at next to no cost for the usual one that has none.

/// How many names are compared each with each; a longer object is sorted instead.
const FEW: usize = 16;

/// Marks of the names of one object.
#[derive(Debug, Default)]
pub struct Names {
    marks: [u64; 4],
}

impl Names {
    /// Adds a name. False: it was not there before. True: perhaps it was.
    #[inline]
    pub fn add(&mut self, name: &[u8]) -> bool {
        let byte = |place: usize| u32::from(name.get(place).copied().unwrap_or_default());
        let length = name.len();
        let last = length.saturating_sub(1);
        let mixed = length as u32 ^ byte(0) << 5 ^ byte(length / 2) << 10 ^ byte(last.saturating_sub(1)) << 15 ^ byte(last) << 20;
        // One of 256 marks, by the golden ratio's bits.
        let hash = mixed.wrapping_mul(0x9e37_79b1) >> 24;
        let Some(word) = self.marks.get_mut((hash >> 6) as usize) else { return true };
        let mark = 1 << (hash & 63);
        let marked = *word & mark != 0;
        *word |= mark;
        marked
    }
}

/// Whether two of them have the same name.
pub fn has_duplicates<T>(members: &[T], name_of: impl Fn(&T) -> &str) -> bool {
    if members.len() <= FEW {
        let mut rest = members;
        while let [member, later @ ..] = rest {
            let name = name_of(member);
            if later.iter().any(|other| name_of(other) == name) {
                return true;
            }
            rest = later;
        }
        return false;
    }
    let mut names: Vec<&str> = members.iter().map(name_of).collect();
    names.sort_unstable();
    names.windows(2).any(|pair| pair.first() == pair.last())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_was_there_is_never_missed() {
        let mut names = Names::default();
        let all: Vec<String> =
            (0..40).map(|number| format!("{}name{number}", "é".repeat(number % 5))).chain([String::new()]).collect();
        let doubtful = all.iter().filter(|name| names.add(name.as_bytes())).count();
        assert!(doubtful < 20, "{doubtful} of {}", all.len());
        assert!(all.iter().all(|name| names.add(name.as_bytes())));
    }
}
