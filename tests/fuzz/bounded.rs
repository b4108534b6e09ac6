//! Every target on its corpus and on many changes of it. `FUZZ_ITERATIONS` makes the run longer, `FUZZ_SEED` another one.

use caisson_fuzz::{TARGETS, Target};

/// Peak memory of the run, in KiB: a length that is believed before the bytes are there shows at once.
const MOST_MEMORY: u64 = 512 * 1024;
/// An input is at most so long.
const MOST_BYTES: usize = 8192;

/// Marsaglia's xorshift: seeded, so that a failure comes again.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }
}

/// Bytes that readers treat specially.
const TELLING: [u8; 24] = [
    0, 1, 0x7f, 0x80, 0xff, 0x1b, 0x3b, 0x5b, 0x7b, 0x9b, 0xbb, 0xdb, 0xf6, 0xfb, b'"', b'\\', b'[', b'{', b'}', b'\n', b'-',
    b'9', b'E', b'=',
];

fn changed(random: &mut Random, corpus: &[Vec<u8>]) -> Vec<u8> {
    let mut input = corpus[random.below(corpus.len())].clone();
    for _ in 0..=random.below(4) {
        let at = random.below(input.len());
        let byte = if random.below(2) == 0 { TELLING[random.below(TELLING.len())] } else { random.next() as u8 };
        match random.below(6) {
            _ if input.is_empty() => input.push(byte),
            0 => input.truncate(at),
            1 => input.insert(at, byte),
            2 => drop(input.remove(at)),
            3 => {
                // A piece of another input, or of this one again.
                let other = &corpus[random.below(corpus.len())];
                let from = random.below(other.len());
                let piece = other[from..(from + random.below(64)).min(other.len())].to_vec();
                input.splice(at..at, piece);
            }
            4 => input[at] ^= 1 << random.below(8),
            _ => input[at] = byte,
        }
    }
    input.truncate(MOST_BYTES);
    input
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

fn drive(target: &Target) {
    let corpus = (target.corpus)();
    assert!(!corpus.is_empty(), "{} has no corpus", target.name);
    corpus.iter().for_each(|input| (target.run)(input));
    let mut random = Random(number("FUZZ_SEED", 1) | 1);
    for iteration in 0..number("FUZZ_ITERATIONS", 20_000) {
        let input = changed(&mut random, &corpus);
        let outcome = std::panic::catch_unwind(|| (target.run)(&input));
        assert!(outcome.is_ok(), "{} panics at iteration {iteration} on {:?}", target.name, String::from_utf8_lossy(&input));
        let memory = peak_memory_sometimes(iteration);
        assert!(memory <= MOST_MEMORY, "{} takes {memory} KiB by iteration {iteration}", target.name);
    }
}

/// Reading it costs more than an iteration.
fn peak_memory_sometimes(iteration: u64) -> u64 {
    if iteration.is_multiple_of(1000) { peak_memory() } else { 0 }
}

#[test]
fn nothing_panics_or_takes_the_memory() {
    for target in &TARGETS {
        drive(target);
    }
    assert!(peak_memory() <= MOST_MEMORY);
}
