//! Bulk requests under way, oldest first. One that fails, or what of it the server could not take, is sent again after a wait.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use backon::ExponentialBackoff;
use caisson_sdk::http::Exchange;
use caisson_sdk::{Error, ErrorKind, clock, log};

use crate::bulk::{self, Verdict};
use crate::cluster::{Answer, Cluster, is_passing};
use crate::keys;
use crate::operation::Operation;

/// The requests under way.
#[derive(Debug, Default)]
pub(crate) struct Flights {
    flying: VecDeque<(Load, State)>,
}

/// What a request carries.
#[derive(Debug)]
struct Load {
    operations: Vec<Operation>,
    waits: ExponentialBackoff,
    retries: usize,
}

#[derive(Debug)]
enum State {
    Sent(Exchange),
    /// To be sent again at that time, in milliseconds.
    Waiting(i64),
}

/// How far the oldest request has got.
#[derive(Debug)]
pub(crate) enum Progress {
    /// It is not answered yet.
    Pending,
    /// These operations of it are settled; what is left is sent again.
    Settled(Vec<(Operation, Verdict)>),
}

impl Flights {
    pub(crate) fn count(&self) -> usize {
        self.flying.len()
    }

    /// Every operation that is not settled.
    pub(crate) fn operations(&self) -> impl Iterator<Item = &Operation> {
        self.flying.iter().flat_map(|(load, _)| &load.operations)
    }

    /// Sends operations off.
    ///
    /// # Errors
    /// As [`Flights::advance`].
    pub(crate) fn launch(&mut self, cluster: &Cluster, operations: Vec<Operation>) -> Result<(), Error> {
        let load = Load { operations, waits: cluster.connection().retries.waits(), retries: 0 };
        let sent = load.send(cluster)?;
        self.flying.push_back((load, sent));
        Ok(())
    }

    /// Waits for the oldest request, at most until that time.
    ///
    /// # Errors
    /// `ConnectException` when the cluster refuses it for good, or has failed it too often.
    pub(crate) fn advance(&mut self, cluster: &mut Cluster, until: i64, tell_reasons: bool) -> Result<Progress, Error> {
        let Some((load, state)) = self.flying.pop_front() else { return Ok(Progress::Settled(Vec::new())) };
        let (progress, rest) = match state {
            State::Waiting(due) if !sleep_until(due, until) => (Progress::Pending, Some((load, state))),
            State::Waiting(_) => {
                let sent = load.send(cluster)?;
                (Progress::Settled(Vec::new()), Some((load, sent)))
            }
            State::Sent(mut exchange) => match exchange.wait(millis(until - clock::now_millis())) {
                false => (Progress::Pending, Some((load, State::Sent(exchange)))),
                true => {
                    let (settled, rest) = load.land(exchange, cluster, tell_reasons)?;
                    (Progress::Settled(settled), rest)
                }
            },
        };
        if let Some(rest) = rest {
            self.flying.push_front(rest);
        }
        Ok(progress)
    }
}

/// Waits until it is due, at most until that time. True: it is.
fn sleep_until(due: i64, until: i64) -> bool {
    clock::sleep(millis(due.min(until) - clock::now_millis()));
    clock::now_millis() >= due
}

fn millis(left: i64) -> Duration {
    Duration::from_millis(u64::try_from(left).unwrap_or(0))
}

impl Load {
    fn send(&self, cluster: &Cluster) -> Result<State, Error> {
        cluster.post(bulk::PATH, bulk::CONTENT_TYPE, bulk::body(&self.operations)).map(State::Sent)
    }

    /// What the answer says of its operations, and what has to be sent again.
    fn land(self, exchange: Exchange, cluster: &mut Cluster, tell_reasons: bool) -> Result<Landed, Error> {
        let Self { operations, waits, retries } = self;
        let (settled, again, why) = match verdicts(exchange, &operations, tell_reasons) {
            Ok(verdicts) => parted(operations, verdicts),
            Err(error) if error.kind() == ErrorKind::Retriable => {
                cluster.turn(error.message());
                (Vec::new(), operations, error.message().to_owned())
            }
            Err(error) => return Err(error),
        };
        if again.is_empty() {
            return Ok((settled, None));
        }
        let rest = Self { operations: again, waits, retries };
        Ok((settled, Some(rest.postponed(&why)?)))
    }

    fn postponed(mut self, why: &str) -> Result<(Self, State), Error> {
        let records = self.operations.len();
        let Some(wait) = self.waits.next() else {
            let (retries, key) = (self.retries, keys::MAX_RETRIES);
            return Err(Error::connect(format!("{records} records are not written after {retries} retries ({key}): {why}")));
        };
        self.retries += 1;
        let wait = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
        log::warn("elasticsearch", &format!("{records} records are sent again in {wait} ms: {why}"));
        Ok((self, State::Waiting(clock::now_millis().saturating_add(wait))))
    }
}

/// Settled operations, and what is to be sent again.
type Landed = (Vec<(Operation, Verdict)>, Option<(Load, State)>);

fn verdicts(exchange: Exchange, operations: &[Operation], tell_reasons: bool) -> Result<Vec<Verdict>, Error> {
    let answer = Answer::of(exchange.response()?)?;
    if is_passing(answer.status) {
        return Err(Error::retriable(format!("a bulk request was answered {}", answer.told())));
    }
    match answer.status.is_success() {
        true => bulk::verdicts(&answer.body, operations, tell_reasons),
        false => Err(answer.refused("a bulk request was refused")),
    }
}

/// Settled operations, those to be sent again, and why.
type Parted = (Vec<(Operation, Verdict)>, Vec<Operation>, String);

/// Operations that are settled, those to be sent again, and why. Behind one that is sent again go later ones of the same
/// document, done or not, unless versions say which is the newest.
fn parted(operations: Vec<Operation>, verdicts: Vec<Verdict>) -> Parted {
    let (mut settled, mut again, mut why) = (Vec::new(), Vec::new(), String::new());
    let mut documents = BTreeSet::new();
    for (operation, verdict) in operations.into_iter().zip(verdicts) {
        let follows = !operation.versioned && operation.id.as_ref().is_some_and(|id| documents.contains(id));
        match verdict {
            Verdict::Retry(reason) => {
                why = reason;
                documents.extend(operation.id.clone());
                again.push(operation);
            }
            Verdict::Done if follows => again.push(operation),
            verdict => settled.push((operation, verdict)),
        }
    }
    (settled, again, why)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::bulk::tests::operation;

    fn offsets(versioned: bool) -> (Vec<i64>, Vec<i64>) {
        let operations = ["a", "b", "a", "c", "b"].into_iter().zip(0..);
        let operations = operations.map(|(id, offset)| operation(offset, id, versioned, "")).collect();
        let retry = || Verdict::Retry("full".to_owned());
        let malformed = Verdict::Malformed("x".to_owned());
        let verdicts = vec![retry(), Verdict::Done, Verdict::Done, malformed, retry()];
        let (settled, again, why) = parted(operations, verdicts);
        assert_eq!(why, "full");
        (settled.iter().map(|(operation, _)| operation.offset).collect(), again.iter().map(|one| one.offset).collect())
    }

    #[test]
    fn what_the_server_could_not_take_is_sent_again() {
        assert_eq!(offsets(true), (vec![1, 2, 3], vec![0, 4]));
    }

    #[test]
    fn without_versions_what_came_later_to_the_same_document_is_too() {
        assert_eq!(offsets(false), (vec![1, 3], vec![0, 2, 4]));
    }
}
