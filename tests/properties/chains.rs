//! A chain run at once on a batch does the same as its stages one after the other on one record after the other.

use caisson_sdk::batches::{encode_batch, with_records};
use caisson_sdk::run::chain::{Chain, PredicateSpec, StageSpec};
use caisson_sdk::run::registry::Registry;
use caisson_sdk::{Error, Record};
use caisson_stages::Plugins;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::arbitrary;
use crate::batches::owned;
use crate::holds;

const KAFKA: &str = "org.apache.kafka.connect.transforms";

/// Transformations with settings that meet some records and fail for others.
const STAGES: [(&str, &[(&str, &str)]); 28] = [
    ("Cast$Value", &[("spec", "string")]),
    ("Cast$Value", &[("spec", "a:int64,b:string")]),
    ("Cast$Key", &[("spec", "float64")]),
    ("DropHeaders", &[("headers", "a")]),
    ("ExtractField$Value", &[("field", "a")]),
    ("ExtractField$Value", &[("field", "a.b"), ("field.syntax.version", "V2")]),
    ("ExtractField$Key", &[("field", "f")]),
    ("Filter", &[]),
    ("Flatten$Value", &[]),
    ("Flatten$Key", &[("delimiter", "_")]),
    ("HeaderFrom$Value", &[("fields", "a"), ("headers", "h"), ("operation", "copy")]),
    ("HeaderFrom$Value", &[("fields", "a,b"), ("headers", "h,i"), ("operation", "move")]),
    ("HoistField$Value", &[("field", "a")]),
    ("HoistField$Key", &[("field", "f")]),
    ("InsertField$Value", &[("topic.field", "topic"), ("timestamp.field", "ts")]),
    ("InsertField$Value", &[("static.field", "a"), ("static.value", "s"), ("offset.field", "o!")]),
    ("InsertHeader", &[("header", "a"), ("value.literal", "[1, 2]")]),
    ("MaskField$Value", &[("fields", "a,b")]),
    ("MaskField$Value", &[("fields", "a"), ("replacement", "5")]),
    ("RegexRouter", &[("regex", "(\\w)\\.(.*)"), ("replacement", "$2-$1")]),
    ("RegexRouter", &[("regex", "(.*)"), ("replacement", "$2")]),
    ("ReplaceField$Value", &[("exclude", "c"), ("renames", "a:b2,b:c")]),
    ("SetSchemaMetadata$Value", &[("schema.name", "n"), ("schema.version", "3")]),
    ("TimestampConverter$Value", &[("field", "ts"), ("target.type", "string"), ("format", "yyyy-MM-dd HH:mm:ss.SSS")]),
    ("TimestampConverter$Value", &[("target.type", "unix"), ("format", "yyyy-MM-dd")]),
    ("TimestampConverter$Key", &[("target.type", "Date")]),
    ("TimestampRouter", &[]),
    ("ValueToKey", &[("fields", "a,b")]),
];

const PREDICATES: [(&str, &[(&str, &str)]); 3] =
    [("RecordIsTombstone", &[]), ("TopicNameMatches", &[("pattern", "a.*")]), ("HasHeaderKey", &[("name", "h")])];

fn owned_config(config: &[(&str, &str)]) -> Vec<(String, String)> {
    config.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn stage() -> impl Strategy<Value = StageSpec> {
    let predicate = prop::sample::select(PREDICATES.to_vec());
    let predicate = proptest::option::weighted(0.3, (predicate, any::<bool>()));
    (prop::sample::select(STAGES.to_vec()), predicate).prop_map(|((class, config), predicate)| StageSpec {
        kind: "transform".to_owned(),
        class: format!("{KAFKA}.{class}"),
        config: owned_config(config),
        predicate: predicate.map(|((class, config), negate)| PredicateSpec {
            class: format!("{KAFKA}.predicates.{class}"),
            config: owned_config(config),
            negate,
        }),
        ..StageSpec::default()
    })
}

/// What became of a record.
#[derive(Debug, PartialEq)]
enum Fate {
    Passed(Box<Record<'static>>),
    Dropped,
    Failed(u32, Error),
}

fn fates(specs: &[StageSpec], records: &[Record<'static>]) -> Vec<(u32, Fate)> {
    let outcome = Chain::open(Plugins::ENTRIES, specs).unwrap().apply(&encode_batch(records).unwrap()).unwrap();
    let original = |id: u32| records.iter().find(|record| record.id == id).unwrap();
    let passed = with_records(&outcome.batch, |record| {
        let id = record.id;
        (id, Fate::Passed(Box::new(owned(record, original(id)))))
    });
    let mut fates = passed.unwrap();
    fates.extend(outcome.dropped.into_iter().map(|id| (id, Fate::Dropped)));
    fates.extend(outcome.failed.into_iter().map(|failure| (failure.id, Fate::Failed(failure.stage, failure.error))));
    fates.sort_by_key(|(id, _)| *id);
    fates
}

/// Each stage in a chain of its own, each record in a batch of its own.
fn one_at_a_time(specs: &[StageSpec], record: &Record<'static>) -> Fate {
    let mut record = Box::new(record.clone());
    for (index, spec) in (0..).zip(specs) {
        let (_, fate) = fates(std::slice::from_ref(spec), std::slice::from_ref(&record)).pop().unwrap();
        match fate {
            Fate::Passed(next) => record = next,
            Fate::Dropped => return Fate::Dropped,
            Fate::Failed(_, error) => return Fate::Failed(index, error),
        }
    }
    Fate::Passed(record)
}

/// I3
#[test]
fn a_chain_does_what_its_stages_do_one_by_one() {
    holds(&(arbitrary::records(), vec(stage(), 1..5)), |(records, specs)| {
        let together = fates(&specs, &records);
        let apart: Vec<_> = records.iter().map(|record| (record.id, one_at_a_time(&specs, record))).collect();
        prop_assert_eq!(together, apart);
        Ok(())
    });
}
