//! Properties of records, chains and converters, tried on arbitrary ones. The seed is fixed, so that a run says the same each time;
//! `PROPTEST_CASES` makes it longer and `PROPTEST_SEED` another one.

mod arbitrary;
mod avro;
mod batches;
mod chains;
mod converters;
mod registry_converters;

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};

/// Tries a property on many inputs, and fails with a small one that it does not hold for.
fn holds<S: Strategy>(inputs: &S, property: impl Fn(S::Value) -> Result<(), TestCaseError>) {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    let cases = number("PROPTEST_CASES").map_or(400, |cases| u32::try_from(cases).unwrap());
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let mut seed = [7_u8; 32];
    seed[..8].copy_from_slice(&number("PROPTEST_SEED").unwrap_or(0).to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
    if let Err(error) = TestRunner::new_with_rng(config, rng).run(inputs, property) {
        panic!("{error}");
    }
}
