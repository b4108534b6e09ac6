//! What every plugin has to keep, whatever it does.

use std::collections::BTreeSet;
use std::fmt;

use crate::batches::{encode_batch, with_records};
use crate::codec::values::Reader;
use crate::data::record::{Datum, Record};
use crate::data::value::Value;
use crate::error::Error;
use crate::plugin::Access;
use crate::run::chain::{Outcome, StageSpec};
use crate::run::registry::Entry;
use crate::testing::driver::{Polled, Props, SinkDriver, SourceDriver, StagesDriver};
use crate::testing::samples;
use crate::topic_partition::{TopicPartition, TopicPartitionOffset};

/// How the plugin broke the contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation(String);

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Violation {}

type Kept = Result<(), Violation>;

fn kept(holds: bool, what: impl FnOnce() -> String) -> Kept {
    if holds { Ok(()) } else { Err(Violation(what())) }
}

fn during(what: &str) -> impl Fn(Error) -> Violation + '_ {
    move |error| Violation(format!("{what}: {error}"))
}

/// The manifest: every plugin has a class and documentation, keys are defined once, defaults are values of their keys, dependents
/// and resources are keys, or of TLS the beginning of keys.
pub fn manifest(entries: &[Entry]) -> Kept {
    for entry in entries {
        let info = entry.info();
        let class = info.class.clone();
        kept(!class.is_empty() && !info.documentation.is_empty(), || format!("{class} lacks its class or documentation"))?;
        let names: BTreeSet<&str> = info.config.names().collect();
        kept(names.len() == info.config.keys.len(), || format!("{class} defines a key twice"))?;
        for key in &info.config.keys {
            let strange = key.dependents.iter().find(|name| !names.contains(name.as_str()));
            kept(strange.is_none(), || format!("{class}: a dependent of {} is not defined: {strange:?}", key.name))?;
            key.check_default().map_err(during(&format!("{class}: the default of {}", key.name)))?;
        }
        let is_named = |(key, access): &(String, Access)| match access {
            Access::Tls => names.iter().any(|name| name.starts_with(key.as_str())),
            _ => names.contains(key.as_str()),
        };
        let strange = info.resources.iter().find(|resource| !is_named(resource));
        kept(strange.is_none(), || format!("{class}: a resource is no key: {strange:?}"))?;
    }
    Ok(())
}

/// A source with something to read.
#[derive(Debug, Clone)]
pub struct SourceCase {
    /// Its connector's configuration.
    pub config: Props,
    /// How many records it gives.
    pub records: usize,
}

/// A record as the suite compares it: topic, key and value, with the encoded source partition and offset.
type Seen = (String, Value<'static>, Value<'static>, Vec<u8>, Vec<u8>);

/// How many polls without a record are enough to say that no more come.
const IDLE_POLLS: usize = 3;

/// A source gives its records once and in order, goes on after a restart with the record behind each stored offset, tells how
/// long to wait when there is nothing, does not mind unknown keys, and runs beside itself.
pub fn source<D: SourceDriver>(driver: &mut D, case: &SourceCase) -> Kept {
    driver.forget_offsets();
    let configs = driver.task_configs(&case.config, 1).map_err(during("task configurations for one task"))?;
    kept(configs.len() <= 1, || format!("asked for one task, the connector configures {}", configs.len()))?;
    let config = configs.first().cloned().ok_or_else(|| Violation("the connector configures no task".to_owned()))?;
    let all = read_all(driver, &config)?;
    kept(all.len() == case.records, || format!("{} records were expected, {} came", case.records, all.len()))?;
    for stored in 0..all.len() {
        driver.forget_offsets();
        let Some((_, _, _, partition, offset)) = all.get(stored) else { continue };
        driver.store_offset(partition, offset);
        let rest = read_all(driver, &config)?;
        kept(Some(rest.as_slice()) == all.get(stored + 1..), || {
            format!("with the offset of record {stored} stored, {} records came and not the rest", rest.len())
        })?;
    }
    driver.forget_offsets();
    let mut strange = config.clone();
    strange.insert("no.such.key".to_owned(), "x".to_owned());
    kept(read_all(driver, &strange)? == all, || "an unknown key changes what is read".to_owned())?;
    beside_itself(driver, &config, &all)
}

fn read_all<D: SourceDriver>(driver: &mut D, config: &Props) -> Result<Vec<Seen>, Violation> {
    let mut task = driver.start(config).map_err(during("start"))?;
    let mut all = Vec::new();
    let mut idle = 0;
    while idle < IDLE_POLLS {
        let polled = driver.poll(&mut task).map_err(during("poll"))?;
        let seen = see(&polled)?;
        // One empty poll may have been spent on going over to another file.
        idle = if seen.is_empty() { idle + 1 } else { 0 };
        kept(!seen.is_empty() || idle < 2 || !polled.wait.is_zero(), || "a poll without records tells no wait".to_owned())?;
        all.extend(seen);
    }
    driver.stop(task).map_err(during("stop"))?;
    Ok(all)
}

fn beside_itself<D: SourceDriver>(driver: &mut D, config: &Props, all: &[Seen]) -> Kept {
    let mut tasks = [driver.start(config).map_err(during("start"))?, driver.start(config).map_err(during("second start"))?];
    let mut seen = [Vec::new(), Vec::new()];
    for _ in 0..all.len() + IDLE_POLLS {
        for (task, seen) in tasks.iter_mut().zip(&mut seen) {
            seen.extend(see(&driver.poll(task).map_err(during("poll"))?)?);
        }
    }
    for task in tasks {
        driver.stop(task).map_err(during("stop"))?;
    }
    kept(seen.iter().all(|seen| seen == all), || "two tasks at once disturb each other".to_owned())
}

/// Decodes a poll, and checks that ids count up and that every record has an origin.
fn see(polled: &Polled) -> Result<Vec<Seen>, Violation> {
    if polled.batch.is_empty() {
        return kept(polled.origins.is_empty(), || "origins without records".to_owned()).map(|()| Vec::new());
    }
    let told = during("the batch polled");
    let records = with_records(&polled.batch, |record| {
        let (topic, id) = (record.topic.into_owned(), record.id);
        Ok((id, topic, record.key.value.into_owned()?, record.value.value.into_owned()?))
    });
    let records: Vec<_> = records.map_err(&told)?.into_iter().collect::<Result<_, Error>>().map_err(&told)?;
    let origins = origins(&polled.origins).map_err(during("the origins polled"))?;
    kept(origins.len() == records.len(), || format!("{} origins of {} records", origins.len(), records.len()))?;
    let mut seen = Vec::new();
    for (index, ((id, topic, key, value), (partition, offset))) in records.into_iter().zip(origins).enumerate() {
        kept(usize::try_from(id) == Ok(index), || format!("record {index} of a poll has id {id}"))?;
        seen.push((topic, key, value, partition, offset));
    }
    Ok(seen)
}

/// An encoded source partition and offset.
type Origin = (Vec<u8>, Vec<u8>);

/// The origin of each record.
fn origins(bytes: &[u8]) -> Result<Vec<Origin>, Error> {
    let mut reader = Reader::new(bytes);
    reader.array()?;
    let mut partitions = Vec::new();
    for _ in 0..reader.array()? {
        partitions.push(reader.span()?.to_vec());
    }
    let mut origins = Vec::new();
    for _ in 0..reader.array()? {
        reader.array()?;
        let index = reader.u32()?;
        let partition = partitions.get(index as usize).cloned();
        let partition = partition.ok_or_else(|| Error::data(format!("an origin refers to partition {index}")))?;
        origins.push((partition, reader.span()?.to_vec()));
    }
    Ok(origins)
}

/// A sink whose destination can be looked at.
pub struct SinkCase<'a> {
    /// Its connector's configuration.
    pub config: Props,
    /// How many records are in its destination now.
    pub stored: &'a mut dyn FnMut() -> usize,
}

/// A sink has everything in its place when it declares offsets safe, declares none safe that it was not given, takes an empty put
/// and a tombstone, takes records again after a restart, does not mind unknown keys, and runs beside itself.
pub fn sink<D: SinkDriver>(driver: &mut D, case: SinkCase<'_>) -> Kept {
    let configs = driver.task_configs(&case.config, 1).map_err(during("task configurations for one task"))?;
    kept(configs.len() <= 1, || format!("asked for one task, the connector configures {}", configs.len()))?;
    let mut config = configs.first().cloned().ok_or_else(|| Violation("the connector configures no task".to_owned()))?;
    config.insert("no.such.key".to_owned(), "x".to_owned());
    let records = samples::records().map_err(during("the samples"))?;
    let batch = encode_batch(&records).map_err(during("the samples"))?;
    let empty = encode_batch(&[]).map_err(during("an empty batch"))?;
    let partition = TopicPartition { topic: samples::TOPIC.to_owned(), partition: 0 };
    let partitions = [partition.clone()];
    let consumed = vec![TopicPartitionOffset { partition, offset: 100 + i64::try_from(records.len()).unwrap_or(0) }];
    let before = (case.stored)();
    for times in 1..=2 {
        let mut tasks = [driver.start(&config).map_err(during("start"))?, driver.start(&config).map_err(during("second start"))?];
        for task in &mut tasks {
            driver.open(task, &partitions).map_err(during("open"))?;
            driver.put(task, &empty).map_err(during("a put without records"))?;
            driver.put(task, &batch).map_err(during("put"))?;
        }
        for task in &mut tasks {
            let safe = driver.pre_commit(task, consumed.clone()).map_err(during("pre-commit"))?;
            let strange = safe
                .iter()
                .find(|safe| !consumed.iter().any(|given| given.partition == safe.partition && safe.offset <= given.offset));
            kept(strange.is_none(), || format!("{strange:?} is declared safe, and was not given"))?;
        }
        let (stored, expected) = ((case.stored)() - before, 2 * times * records.len());
        kept(stored >= expected, || format!("{stored} records are stored of {expected} whose offsets are declared safe"))?;
        for mut task in tasks {
            driver.close(&mut task, &partitions).map_err(during("close"))?;
            driver.stop(task).map_err(during("stop"))?;
        }
    }
    Ok(())
}

/// Stages answer for every record once, keep ids and coordinates, give the same for the same, work beside themselves, do not
/// mind unknown keys, and refuse malformed batches.
pub fn stages<D: StagesDriver>(driver: &mut D, stages: &[StageSpec]) -> Kept {
    let records = samples::records().map_err(during("the samples"))?;
    let batch = encode_batch(&records).map_err(during("the samples"))?;
    let mut first = driver.open(stages).map_err(during("open"))?;
    let mut strange = stages.to_vec();
    for stage in &mut strange {
        stage.config.push(("no.such.key".to_owned(), "x".to_owned()));
    }
    let mut second = driver.open(&strange).map_err(during("open with an unknown key"))?;
    let empty = encode_batch(&[]).map_err(during("an empty batch"))?;
    let nothing = driver.apply(&mut first, &empty).map_err(during("an empty batch"))?;
    kept(nothing.dropped.is_empty() && nothing.failed.is_empty(), || "an empty batch has verdicts".to_owned())?;
    let outcome = driver.apply(&mut first, &batch).map_err(during("apply"))?;
    answers_once(&records, &outcome)?;
    for chain in [&mut second, &mut first] {
        let again = driver.apply(chain, &batch).map_err(during("apply again"))?;
        kept(same(&again, &outcome)?, || "the same batch has another outcome the second time".to_owned())?;
    }
    for length in 0..batch.len() {
        let part = batch.get(..length).unwrap_or_default();
        kept(driver.apply(&mut first, part).is_err(), || format!("a batch cut off after {length} bytes is not refused"))?;
    }
    let after = driver.apply(&mut first, &batch).map_err(during("apply after a malformed batch"))?;
    kept(same(&after, &outcome)?, || "a malformed batch changes what comes after".to_owned())
}

fn answers_once(records: &[Record<'_>], outcome: &Outcome) -> Kept {
    let passed = with_records(&outcome.batch, |record| {
        let place = record.coordinates.map(|place| (place.topic.to_owned(), place.partition, place.offset));
        (record.id, place)
    });
    let passed = passed.map_err(during("the batch passed"))?;
    for record in records {
        let id = record.id;
        let answers = passed.iter().filter(|(other, _)| *other == id).count()
            + outcome.dropped.iter().filter(|other| **other == id).count()
            + outcome.failed.iter().filter(|failure| failure.id == id).count();
        kept(answers == 1, || format!("record {id} is answered for {answers} times"))?;
        let place = record.coordinates.map(|place| (place.topic.to_owned(), place.partition, place.offset));
        let moved = passed.iter().any(|(other, other_place)| *other == id && *other_place != place);
        kept(!moved, || format!("record {id} has other coordinates"))?;
    }
    let answers = passed.len() + outcome.dropped.len() + outcome.failed.len();
    kept(answers == records.len(), || format!("{answers} answers for {} records", records.len()))
}

/// The same verdicts, and equal records.
fn same(one: &Outcome, other: &Outcome) -> Result<bool, Violation> {
    let read = |outcome: &Outcome| {
        let owned = |datum: Datum<'_>| Ok((datum.schema, datum.value.into_owned()?));
        let records = with_records(&outcome.batch, |record| Ok((record.id, owned(record.key)?, owned(record.value)?)));
        let records: Result<Vec<_>, Error> = records.and_then(|records| records.into_iter().collect());
        records.map_err(during("the batch passed"))
    };
    Ok(one.dropped == other.dropped && one.failed == other.failed && read(one)? == read(other)?)
}
