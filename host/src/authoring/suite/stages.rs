//! Transformations, predicates and converters.

use std::sync::Arc;

use super::{Checks, Desk, Kept, broken, during, kept};
use crate::authoring::cases::Case;
use crate::authoring::guest::Guest;
use crate::authoring::samples::{self, Samples};
use crate::plugin::Plugin;
use crate::record::index::Index;
use crate::record::outcome;
use crate::sandbox::stages::{Chain, Outcome};

pub(super) async fn run(guest: &Guest, plugin: &Arc<Plugin>, case: &Case, checks: &mut Checks) -> anyhow::Result<()> {
    let desk = Desk::new(guest, case)?;
    for samples in Samples::ALL {
        checks.add(samples.name(), every_record_is_answered(&desk, plugin, samples).await);
    }
    checks.add("a batch without records", without_records(&desk, plugin).await);
    checks.add("the same for the same", same_again(&desk, plugin).await);
    checks.add("two instances at once", beside_itself(&desk, plugin).await);
    checks.add("unknown keys", unknown_keys(&desk, plugin).await);
    checks.add("malformed batches are refused, and change nothing", malformed(&desk, plugin).await);
    Ok(())
}

async fn apply(chain: &mut Chain, batch: &[u8], records: usize) -> Result<Outcome, super::Violation> {
    let outcome = chain.apply(batch, records).await.map_err(during("apply"))?;
    let index = Index::of(&outcome.batch).map_err(|error| broken("the batch that passed", error))?;
    let failed: Vec<u32> = outcome.failed.iter().map(|failure| failure.id).collect();
    let ids = 0..u32::try_from(records).unwrap_or(u32::MAX);
    outcome::check(ids, &index, &outcome.dropped, &failed).map_err(|error| broken("the outcome", error))?;
    let place = |batch: &[u8], index: &Index, id: u32| {
        let entry = index.entries().iter().find(|entry| entry.id == id)?;
        // A sample ends with its coordinates: the offset, in two bytes, and the type of its timestamp.
        batch.get(entry.span.clone()).and_then(|record| record.last_chunk::<3>().copied())
    };
    let given = Index::of(batch).map_err(|error| broken("the batch given", error))?;
    for id in index.ids() {
        let moved = place(batch, &given, id) != place(&outcome.batch, &index, id);
        kept(!moved, || format!("record {id} has other coordinates than it was given with"))?;
    }
    Ok(outcome)
}

async fn every_record_is_answered(desk: &Desk<'_>, plugin: &Arc<Plugin>, samples: Samples) -> Kept {
    let mut chain = desk.guest.chain(plugin, &desk.config()).await.map_err(during("open"))?;
    let (batch, records) = samples.batch();
    apply(&mut chain, &batch, records).await.map(|_| ())
}

async fn without_records(desk: &Desk<'_>, plugin: &Arc<Plugin>) -> Kept {
    let mut chain = desk.guest.chain(plugin, &desk.config()).await.map_err(during("open"))?;
    apply(&mut chain, &samples::empty(), 0).await.map(|_| ())
}

async fn same_again(desk: &Desk<'_>, plugin: &Arc<Plugin>) -> Kept {
    let mut chain = desk.guest.chain(plugin, &desk.config()).await.map_err(during("open"))?;
    for samples in Samples::ALL {
        let (batch, records) = samples.batch();
        let first = apply(&mut chain, &batch, records).await?;
        let second = apply(&mut chain, &batch, records).await?;
        kept(first == second, || format!("{} have another outcome the second time", samples.name()))?;
    }
    Ok(())
}

async fn beside_itself(desk: &Desk<'_>, plugin: &Arc<Plugin>) -> Kept {
    let mut first = desk.guest.chain(plugin, &desk.config()).await.map_err(during("open"))?;
    let mut second = desk.guest.chain(plugin, &desk.config()).await.map_err(during("open beside it"))?;
    for samples in Samples::ALL {
        let (batch, records) = samples.batch();
        let one = apply(&mut first, &batch, records).await?;
        let other = apply(&mut second, &batch, records).await?;
        kept(one == other, || "two instances of one configuration differ".to_owned())?;
    }
    Ok(())
}

async fn unknown_keys(desk: &Desk<'_>, plugin: &Arc<Plugin>) -> Kept {
    let mut plain = desk.guest.chain(plugin, &desk.config()).await.map_err(during("open"))?;
    let strange = desk.config_with_strange_key();
    let mut strange = desk.guest.chain(plugin, &strange).await.map_err(during("open with an unknown key"))?;
    let (batch, records) = Samples::Schemaless.batch();
    let same = apply(&mut plain, &batch, records).await? == apply(&mut strange, &batch, records).await?;
    kept(same, || "an unknown key changes the outcome".to_owned())
}

async fn malformed(desk: &Desk<'_>, plugin: &Arc<Plugin>) -> Kept {
    let mut chain = desk.guest.chain(plugin, &desk.config()).await.map_err(during("open"))?;
    let (batch, records) = Samples::Headers.batch();
    let before = apply(&mut chain, &batch, records).await?;
    for length in 1..batch.len() {
        let part = batch.get(..length).unwrap_or_default();
        match chain.apply(part, records).await {
            Ok(_) => return kept(false, || format!("a batch cut off after {length} bytes of {} is taken", batch.len())),
            Err(error) => kept(!error.is_fatal_to_instance(), || {
                format!("a batch cut off after {length} bytes has to be refused with an error, and crashes the plugin: {error}")
            })?,
        }
    }
    let after = apply(&mut chain, &batch, records).await?;
    kept(before == after, || "a malformed batch changes what comes after it".to_owned())
}

/// A predicate answers once for each record, the same each time.
pub(super) async fn run_predicate(guest: &Guest, plugin: &Arc<Plugin>, case: &Case, checks: &mut Checks) -> anyhow::Result<()> {
    let desk = Desk::new(guest, case)?;
    for samples in Samples::ALL {
        checks.add(samples.name(), predicate(&desk, plugin, samples).await);
    }
    Ok(())
}

async fn predicate(desk: &Desk<'_>, plugin: &Arc<Plugin>, samples: Samples) -> Kept {
    let (batch, records) = samples.batch();
    let first = desk.guest.admits(plugin, &desk.config(), &batch, records).await.map_err(during("test"))?;
    kept(first.len() == records, || format!("{} answers for {records} records", first.len()))?;
    let strange = desk.config_with_strange_key();
    let second = desk.guest.admits(plugin, &strange, &batch, records).await.map_err(during("test with an unknown key"))?;
    kept(first == second, || "another instance, with an unknown key, answers otherwise".to_owned())
}
