//! Every case kept beside this file agrees: what the Java classes of Apache Kafka 4.3.1 made of an input, Caisson makes of it.

use std::path::Path;

use caisson_vectors::report::run_folder;

/// How many cases each file has: one that is lost or cut short must not go unseen.
const CASES: [(&str, usize); 8] = [
    ("avro", 485),
    ("configdef", 1011),
    ("converters", 1143),
    ("json", 1004),
    ("projector", 381),
    ("smt", 3925),
    ("validate", 502),
    ("values", 1550),
];

#[test]
fn every_case_agrees() {
    let report = run_folder(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap();
    let differences: Vec<&str> = report.differences.iter().map(|difference| difference.case.id.as_str()).collect();
    assert_eq!(differences, [""; 0]);
    let agreed: Vec<(&str, usize)> = report.agreed.iter().map(|(family, cases)| (family.as_str(), cases.len())).collect();
    assert_eq!(agreed, CASES);
}
