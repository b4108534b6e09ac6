//! Takes batches through all stages of a task, with the outcome that records one at a time would have
//! (Kafka: `TransformationChain`, `RetryWithToleranceOperator`).

use std::time::Instant;

use bytes::Bytes;

use crate::errors::failure::{Failure, Place};
use crate::errors::handler::{ErrorHandler, Intolerable};
use crate::errors::retry;
use crate::record::malformed::Malformed;
use crate::record::merge::merge;
use crate::sandbox::error::CallError;

use super::chain::{Batch, Group, Opening, group};
use super::orders::Orders;
use super::plan::Planned;

/// Where the records of a batch come from, by id.
pub type Places<'a> = dyn Fn(u32) -> Option<Place<'a>> + Sync + 'a;

/// What became of a batch.
pub struct Passed {
    /// The records that passed all stages.
    pub batch: Batch,
    /// Ids of records that were dropped or are skipped after a failure.
    pub gone: Vec<u32>,
    /// Why records are missing that are neither passed nor gone. The batch then has only records before them.
    pub end: Option<End>,
}

/// What ends a batch early.
pub enum End {
    /// A failure that is not tolerated.
    Fatal(Intolerable),
    /// The task is told to stop while a record waits to be tried again. It is not given up: it comes again with the next start.
    Stopped,
}

/// All stages of one task.
pub struct Pipeline {
    groups: Vec<Group>,
    opening: Opening,
}

/// What one group made of a batch, in pieces.
#[derive(Default)]
struct Pieces {
    passed: Vec<Batch>,
    dropped: Vec<u32>,
    failed: Vec<(u32, Failure)>,
}

impl Pipeline {
    /// A pipeline of these stages. `retries`: whether records may be tried again (`errors.retry.timeout`).
    pub fn new(planned: Vec<Planned>, opening: Opening, retries: bool) -> Self {
        Self { groups: group(planned, retries), opening }
    }

    /// Opens all stages, so that a wrong setting shows before any record does.
    ///
    /// # Errors
    /// A trace that names the stage.
    pub async fn open(&mut self) -> Result<(), String> {
        for group in &mut self.groups {
            group.open(&self.opening).await?;
        }
        Ok(())
    }

    /// Fuel used by all stages so far.
    pub fn fuel(&self) -> u64 {
        self.groups.iter().map(Group::fuel).fold(0, u64::saturating_add)
    }

    /// Takes a batch through all stages. `headers`: whether any record has headers.
    ///
    /// # Errors
    /// A trace: the pipeline cannot go on, whatever `errors.tolerance` says.
    pub async fn apply(
        &mut self,
        batch: Batch,
        headers: bool,
        places: &Places<'_>,
        handler: &ErrorHandler,
        orders: &mut Orders,
    ) -> Result<Passed, String> {
        let mut batch = batch;
        let mut course = Course::default();
        for group in &mut self.groups {
            if batch.index.is_empty() {
                break;
            }
            if !headers && group.only_headers() {
                continue;
            }
            let mut attempt = Attempt { group, opening: &self.opening, handler, orders };
            batch = attempt.pass(batch, &mut course).await?;
        }
        Ok(course.report(batch, places, handler).await)
    }
}

/// What has become so far of the records of a batch that did not pass.
#[derive(Default)]
struct Course {
    gone: Vec<u32>,
    failed: Vec<(u32, Failure)>,
    /// Records from this one on are not processed any further.
    cut: Option<u32>,
}

impl Course {
    /// Gives up the failed records in the order they came in, whatever stage each failed at, up to the first that is not tolerated.
    async fn report(self, batch: Batch, places: &Places<'_>, handler: &ErrorHandler) -> Passed {
        let Self { mut gone, mut failed, cut } = self;
        failed.sort_by_key(|(id, _)| *id);
        let mut end = None;
        for (id, failure) in failed.into_iter().filter(|(id, _)| cut.is_none_or(|cut| *id <= cut)) {
            match handler.give_up(&failure, places(id).as_ref()).await {
                Ok(()) => gone.push(id),
                Err(intolerable) => {
                    end = Some(End::Fatal(intolerable));
                    break;
                }
            }
        }
        if let Some(cut) = cut {
            gone.retain(|id| *id < cut);
            end = end.or(Some(End::Stopped));
        }
        Passed { batch, gone, end }
    }
}

/// What became of a record that had failed.
enum Fate {
    /// It went through, or was dropped.
    Through,
    /// It failed for good.
    Failed(Failure),
    /// The task was told to stop before it could be tried again.
    Stopped,
}

/// One group at work on one batch.
struct Attempt<'a> {
    group: &'a mut Group,
    opening: &'a Opening,
    handler: &'a ErrorHandler,
    orders: &'a mut Orders,
}

impl Attempt<'_> {
    async fn pass(&mut self, batch: Batch, course: &mut Course) -> Result<Batch, String> {
        let mut pieces = self.run(&batch).await?;
        let mut failed = std::mem::take(&mut pieces.failed);
        failed.sort_by_key(|(id, _)| *id);
        let mut cut = None;
        for (id, failure) in failed {
            match self.retry(id, failure, &batch, &mut pieces).await? {
                Fate::Through => continue,
                Fate::Stopped => cut = Some(id),
                Fate::Failed(failure) => {
                    course.failed.push((id, failure));
                    cut = Some(id).filter(|_| !self.handler.policy().tolerate_all);
                }
            }
            if cut.is_some() {
                break;
            }
        }
        course.gone.append(&mut pieces.dropped);
        let joined = join(pieces.passed).map_err(|error| format!("{error}"))?;
        let Some(cut) = cut else { return Ok(joined) };
        // Only records before an earlier cut were given, so this one is before it.
        course.cut = Some(cut);
        joined.part(|id| id < cut).map_err(|error| format!("{error}"))
    }

    /// Does a failed record again as long as its failure is retriable and time is left.
    async fn retry(&mut self, id: u32, failure: Failure, batch: &Batch, pieces: &mut Pieces) -> Result<Fate, String> {
        let started = Instant::now();
        let mut failure = failure;
        let mut attempt = 1;
        loop {
            self.handler.counts().failed();
            if !failure.retriable {
                return Ok(Fate::Failed(failure));
            }
            let wait = retry::delay(self.handler.policy(), attempt, started.elapsed(), retry::jitter);
            let Some(wait) = wait else {
                // Kafka counts the attempt once as the last one, and once more as the record's end.
                self.handler.counts().failed();
                return Ok(Fate::Failed(failure));
            };
            if !self.orders.sleep(wait).await {
                return Ok(Fate::Stopped);
            }
            self.handler.counts().retried();
            attempt += 1;
            let alone = batch.part(|other| other == id).map_err(|error| error.to_string())?;
            let mut again = self.run(&alone).await?;
            pieces.passed.append(&mut again.passed);
            pieces.dropped.append(&mut again.dropped);
            match again.failed.pop() {
                Some((_, next)) => failure = next,
                None => return Ok(Fate::Through),
            }
        }
    }

    /// One attempt for a batch: the guarding predicate, then the chain.
    async fn run(&mut self, batch: &Batch) -> Result<Pieces, String> {
        let mut pieces = Pieces::default();
        if !self.group.guarded() {
            self.bisect(batch, &mut pieces).await?;
            return Ok(pieces);
        }
        let admitted = self.admitted(batch, &mut pieces).await?;
        let known = |id: &u32| admitted.binary_search(id).is_ok();
        let failed: Vec<u32> = pieces.failed.iter().map(|(id, _)| *id).collect();
        let rest = batch.part(|id| !known(&id) && !failed.contains(&id)).map_err(|error| error.to_string())?;
        if !rest.index.is_empty() {
            pieces.passed.push(rest);
        }
        if !admitted.is_empty() {
            let part = batch.part(|id| known(&id)).map_err(|error| error.to_string())?;
            self.bisect(&part, &mut pieces).await?;
        }
        Ok(pieces)
    }

    /// Ids that the guarding predicate admits, ascending. When it fails on the batch, every record is asked about alone.
    async fn admitted(&mut self, batch: &Batch, pieces: &mut Pieces) -> Result<Vec<u32>, String> {
        if let Ok(answers) = self.group.admitted(batch, self.opening).await {
            return Ok(batch.index.ids().zip(answers).filter(|(_, admitted)| *admitted).map(|(id, _)| id).collect());
        }
        let mut admitted = Vec::new();
        for id in batch.index.ids() {
            let alone = batch.part(|other| other == id).map_err(|error| error.to_string())?;
            match self.group.admitted(&alone, self.opening).await {
                Ok(answers) if answers.first() == Some(&true) => admitted.push(id),
                Ok(_) => {}
                Err(error) => pieces.failed.push((id, self.group.guard_failure(&error))),
            }
        }
        Ok(admitted)
    }

    /// Applies the chain. A batch that loses the instance is divided until the guilty records are known; the others pass.
    // I4: a batch that traps or hits a limit costs only its guilty records.
    async fn bisect(&mut self, batch: &Batch, pieces: &mut Pieces) -> Result<(), String> {
        let mut left = Vec::new();
        if let Some(error) = self.once(batch, pieces).await? {
            // A plugin that fails at every record shows at the first one, without a dozen costly divisions.
            self.divide(batch, 1, &error, &mut left, pieces).await?;
        }
        while let Some(batch) = left.pop() {
            if let Some(error) = self.once(&batch, pieces).await? {
                self.divide(&batch, (batch.index.len() / 2).max(1), &error, &mut left, pieces).await?;
            }
        }
        Ok(())
    }

    /// Applies the chain once. Some: the call failed as a whole.
    async fn once(&mut self, batch: &Batch, pieces: &mut Pieces) -> Result<Option<CallError>, String> {
        match self.group.apply(batch, self.opening).await {
            Ok(answer) => {
                for failed in answer.failed {
                    let error = CallError::Plugin(failed.failure);
                    pieces.failed.push((failed.id, self.group.failure(failed.stage, &error)));
                }
                pieces.dropped.extend(answer.dropped);
                pieces.passed.push(answer.passed);
                Ok(None)
            }
            // A broken contract is no record's fault: the task fails, whatever it tolerates.
            Err(CallError::Component(message) | CallError::Contract(message)) => {
                Err(format!("org.apache.kafka.connect.errors.ConnectException: {message}"))
            }
            Err(error) => Ok(Some(error)),
        }
    }

    /// After a failed call: the batch's halves are left to do, the first one on top; a single record is to blame itself.
    async fn divide(
        &mut self,
        batch: &Batch,
        at: usize,
        error: &CallError,
        left: &mut Vec<Batch>,
        pieces: &mut Pieces,
    ) -> Result<(), String> {
        let Some(middle) = batch.index.entries().get(at).map(|entry| entry.id) else {
            let failure = self.blame(batch, error).await;
            pieces.failed.extend(batch.index.ids().map(|id| (id, failure.clone())));
            // What comes after a failure that ends the task is not processed.
            if !self.handler.policy().tolerate_all && !failure.retriable {
                left.clear();
            }
            return Ok(());
        };
        for keep_head in [false, true] {
            let part = batch.part(|id| (id < middle) == keep_head).map_err(|error| error.to_string())?;
            left.push(part);
        }
        Ok(())
    }

    async fn blame(&mut self, record: &Batch, error: &CallError) -> Failure {
        let stage = if error.is_fatal_to_instance() { self.group.guilty(record, self.opening).await } else { None };
        self.group.failure(stage.unwrap_or(0), error)
    }
}

fn join(mut pieces: Vec<Batch>) -> Result<Batch, Malformed> {
    match (pieces.pop(), pieces.is_empty()) {
        (Some(only), true) => Ok(only),
        (Some(last), false) => {
            pieces.push(last);
            let bytes: Vec<Bytes> = pieces.into_iter().map(|piece| piece.bytes).collect();
            Batch::read(merge(&bytes)?.into())
        }
        (None, _) => Batch::read(Bytes::new()),
    }
}
