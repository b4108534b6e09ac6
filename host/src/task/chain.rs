//! The stages of a task, grouped by component and opened in the sandbox.

use bytes::Bytes;

use crate::config::sandbox::Limits;
use crate::errors::failure::{Failure, Stage};
use crate::plugin::Plugin;
use crate::record::index::Index;
use crate::record::malformed::Malformed;
use crate::record::outcome;
use crate::record::split::split;
use crate::sandbox::Sandbox;
use crate::sandbox::error::CallError;
use crate::sandbox::grant::wish::Wish;
use crate::sandbox::stages::{self, Outcome, PredicateSpec, Role, StageSpec, Work};
use crate::sandbox::stages::{Chain, Test};
use crate::sandbox::state::Owner;

use super::plan::Planned;

/// How stages are opened: alike for all of one task.
#[derive(Clone)]
pub struct Opening {
    /// Where.
    pub sandbox: Sandbox,
    /// For whom.
    pub owner: Owner,
    /// Within which limits.
    pub limits: Limits,
    /// The connector's `sandbox.grants`.
    pub wishes: Vec<Wish>,
}

/// Consecutive stages of one component, in one instance; or one stage guarded by a predicate of another component.
pub struct Group {
    specs: Vec<StageSpec>,
    stages: Vec<Stage>,
    guard: Option<PredicateSpec>,
    chain: Option<Chain>,
    test: Option<Test>,
    /// Fuel of instances that were lost.
    fuel: u64,
}

/// A batch and where its records are.
pub struct Batch {
    /// CBOR `batch`.
    pub bytes: Bytes,
    /// Its boundaries.
    pub index: Index,
}

impl Batch {
    /// Reads the boundaries of a batch.
    pub fn read(bytes: Bytes) -> Result<Self, Malformed> {
        let index = Index::of(&bytes)?;
        Ok(Self { bytes, index })
    }

    /// The records that `keep` admits.
    pub fn part(&self, keep: impl FnMut(u32) -> bool) -> Result<Self, Malformed> {
        Self::read(split(&self.bytes, &self.index, keep).into())
    }
}

/// What a chain made of a batch, checked.
pub struct Answer {
    /// The records that passed.
    pub passed: Batch,
    /// Ids of those that were dropped.
    pub dropped: Vec<u32>,
    /// Those that failed.
    pub failed: Vec<stages::Failure>,
}

/// Groups stages: consecutive ones of one component go together, a guarded one stands alone. `retries`: a stage whose failures may
/// pass begins a group, so that it can be tried again without those before it.
pub fn group(planned: Vec<Planned>, retries: bool) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for Planned { spec, guard, stage } in planned {
        let begins = retries && may_pass(spec.plugin.class());
        let last = groups.last_mut().filter(|last| !begins && last.guard.is_none() && guard.is_none());
        match last.filter(|last| last.digest() == Some(spec.plugin.artifact.digest.as_str())) {
            Some(last) => {
                last.specs.push(spec);
                last.stages.push(stage);
            }
            None => groups.push(Group { specs: vec![spec], stages: vec![stage], guard, chain: None, test: None, fuel: 0 }),
        }
    }
    groups
}

/// Whether a failure of a stage of this class may pass. Kafka's own transformations and converters work on the record alone and throw
/// no `RetriableException`; of any other nothing is known.
fn may_pass(class: &str) -> bool {
    !class.starts_with("org.apache.kafka.connect.")
}

impl Group {
    fn digest(&self) -> Option<&str> {
        self.specs.first().map(|spec| spec.plugin.artifact.digest.as_str())
    }

    /// The predicate of another component, if there is one.
    pub fn guarded(&self) -> bool {
        self.guard.is_some()
    }

    /// Whether it does nothing for records without headers.
    pub fn only_headers(&self) -> bool {
        self.specs.iter().all(|spec| matches!(spec.work, Work::ToConnect(Role::Header) | Work::FromConnect(Role::Header)))
    }

    /// Fuel used by all its instances so far.
    pub fn fuel(&self) -> u64 {
        self.fuel.saturating_add(self.chain.as_ref().map_or(0, Chain::fuel_used))
    }

    /// Opens its instances, unless they are.
    ///
    /// # Errors
    /// What the sandbox says, with the class of the stage that would not open.
    pub async fn open(&mut self, opening: &Opening) -> Result<(), String> {
        let Opening { sandbox, owner, limits, wishes } = opening;
        if self.chain.is_none() {
            let chain = sandbox.chain(&self.specs, owner.clone(), limits.clone(), wishes).await;
            self.chain = Some(chain.map_err(|error| self.refusal(&error))?);
        }
        if let (Some(guard), None) = (&self.guard, &self.test) {
            let test = sandbox.test(guard, owner.clone(), limits.clone(), wishes).await;
            self.test = Some(test.map_err(|error| format!("{}: {error} (predicate {})", error.class(), guard.plugin.class()))?);
        }
        Ok(())
    }

    /// Takes a batch through its stages. After a failure that loses the instance, the next call makes a new one.
    ///
    /// # Errors
    /// A failure of the call as a whole; a single record's own is in the outcome.
    pub async fn apply(&mut self, batch: &Batch, opening: &Opening) -> Result<Answer, CallError> {
        self.open(opening).await.map_err(CallError::Component)?;
        let Some(chain) = self.chain.as_mut() else { return Err(CallError::Lost) };
        let answer = chain.apply(&batch.bytes, batch.index.len()).await;
        let checked = answer.and_then(|outcome| self.check(batch, outcome));
        if checked.as_ref().is_err_and(CallError::is_fatal_to_instance) {
            self.fuel = self.fuel();
            self.chain = None;
        }
        checked
    }

    // I3: what a chain answers is used only after every record given is known to be in it exactly once.
    fn check(&self, given: &Batch, outcome: Outcome) -> Result<Answer, CallError> {
        let wrong = |error: Malformed| CallError::Contract(format!("{} answered a malformed result: {error}", self.classes()));
        let passed = Batch::read(outcome.batch).map_err(wrong)?;
        let failed: Vec<u32> = outcome.failed.iter().map(|failure| failure.id).collect();
        let ids = given.index.entries().iter().map(|entry| entry.id);
        outcome::check(ids, &passed.index, &outcome.dropped, &failed).map_err(wrong)?;
        Ok(Answer { passed, dropped: outcome.dropped, failed: outcome.failed })
    }

    /// For each record, whether the guarding predicate admits it.
    ///
    /// # Errors
    /// A failure of the call.
    pub async fn admitted(&mut self, batch: &Batch, opening: &Opening) -> Result<Vec<bool>, CallError> {
        self.open(opening).await.map_err(CallError::Component)?;
        let Some(test) = self.test.as_mut() else { return Err(CallError::Lost) };
        let answer = test.apply(&batch.bytes, batch.index.len()).await.and_then(|admitted| {
            if admitted.len() == batch.index.len() {
                return Ok(admitted);
            }
            let (answers, records) = (admitted.len(), batch.index.len());
            Err(CallError::Contract(format!("the predicate gave {answers} answers for {records} records")))
        });
        if answer.as_ref().is_err_and(CallError::is_fatal_to_instance) {
            self.test = None;
        }
        answer
    }

    /// A record's own failure at the stage of that number.
    pub fn failure(&self, stage: u32, error: &CallError) -> Failure {
        let place = stage as usize;
        let class = self.specs.get(place).map_or_else(|| self.classes(), |spec| spec.plugin.class().to_owned());
        self.failed(self.stages.get(place).copied(), class, error)
    }

    /// The failure of the guarding predicate: Kafka Connect tells it as one of the transformation, so the predicate is in the frames.
    pub fn guard_failure(&self, error: &CallError) -> Failure {
        let mut failure = self.failure(0, error);
        if let Some(guard) = &self.guard {
            let frames: Vec<&str> = failure.frames.lines().collect();
            failure.frames =
                [frames.as_slice(), &[format!("\tat {} (predicate)", guard.plugin.class()).as_str()]].concat().join("\n");
        }
        failure
    }

    fn failed(&self, stage: Option<Stage>, class: String, error: &CallError) -> Failure {
        Failure {
            stage: stage.or(self.stages.first().copied()).unwrap_or(Stage::Transformation),
            class,
            exception: error.class().to_owned(),
            message: error.message(),
            frames: error.frames().to_owned(),
            retriable: error.is_retriable(),
        }
    }

    /// The stage that is to blame when one record loses the instance: each is tried by itself. None: no single one.
    pub async fn guilty(&mut self, record: &Batch, opening: &Opening) -> Option<u32> {
        if self.specs.len() == 1 {
            return Some(0);
        }
        let mut bytes = record.bytes.clone();
        for (place, spec) in self.specs.iter().enumerate() {
            let Opening { sandbox, owner, limits, wishes } = opening;
            let alone = std::slice::from_ref(spec);
            let place = u32::try_from(place).ok();
            let Ok(mut chain) = sandbox.chain(alone, owner.clone(), limits.clone(), wishes).await else { return place };
            match chain.apply(&bytes, record.index.len()).await {
                Ok(outcome) => bytes = outcome.batch,
                Err(_) => return place,
            }
        }
        None
    }

    fn classes(&self) -> String {
        let classes: Vec<&str> = self.specs.iter().map(|spec| spec.plugin.class()).collect();
        classes.join(", ")
    }

    fn refusal(&self, error: &CallError) -> String {
        let stage = match error {
            CallError::Plugin(failure) => failure.options.iter().find(|(key, _)| key == "stage"),
            _ => None,
        };
        let place = stage.and_then(|(_, text)| text.parse::<usize>().ok());
        let class = place.and_then(|place| self.specs.get(place)).map(|spec| spec.plugin.as_ref()).map(Plugin::class);
        format!("{}: {error} (stage {})", error.class(), class.map_or_else(|| self.classes(), str::to_owned))
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn kafkas_own_stages_are_not_tried_again() {
        assert!(!super::may_pass("org.apache.kafka.connect.transforms.InsertField$Value"));
        assert!(!super::may_pass("org.apache.kafka.connect.json.JsonConverter"));
        assert!(super::may_pass("io.confluent.connect.avro.AvroConverter"));
    }
}
