//! Every case kept beside this file agrees: what the Java classes of Apache Kafka 4.3.1 made of an input, Caisson makes of it.

use std::path::Path;

use caisson_vectors::report::run_folder;

/// How many cases there are: a file that is lost or cut short must not go unseen.
const CASES: usize = 6072;

#[test]
fn every_case_agrees() {
    let report = run_folder(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap();
    let differences: Vec<&str> = report.differences.iter().map(|difference| difference.case.id.as_str()).collect();
    assert_eq!(differences, [""; 0]);
    assert_eq!(report.agreed(), CASES);
}
