//! Payloads straight to the form a value has in a batch: what [`super::read::read`] makes, without the tree. What is rare, and every
//! error, is left to that: none is given.

use caisson_sdk::Value;
use caisson_sdk::data::value_writer::ValueWriter;

use super::payload::Payload;
use super::plan::{Branch, Plan, Step};
use super::read::{place, read, symbol};

/// How many keys of one map are compared; longer maps are left to the tree.
const FEW: usize = 64;

/// The value of a whole payload. Null is left to the tree: as a whole it has no schema.
pub fn root(payload: &mut Payload<'_>, plan: &Plan, out: &mut ValueWriter<'_>) -> Option<()> {
    match &plan.step {
        Step::Optional { null, plan } => match payload.branch(2).ok()? == *null {
            true => None,
            false => value(payload, plan, out),
        },
        Step::Union(branches) => match branches.get(payload.branch(branches.len()).ok()?)? {
            Branch::Null => None,
            branch => union(payload, plan, branch, out),
        },
        _ => value(payload, plan, out),
    }
}

fn value(payload: &mut Payload<'_>, plan: &Plan, out: &mut ValueWriter<'_>) -> Option<()> {
    match &plan.step {
        Step::Struct(plans) => {
            let open = out.open_array();
            plans.iter().try_for_each(|plan| value(payload, plan, out))?;
            out.close_array(open, plans.len());
        }
        Step::Optional { null, plan } => match payload.branch(2).ok()? == *null {
            true => out.null(),
            false => value(payload, plan, out)?,
        },
        Step::Union(branches) => match branches.get(payload.branch(branches.len()).ok()?)? {
            Branch::Null => out.null(),
            branch => union(payload, plan, branch, out)?,
        },
        Step::Array(plan) => {
            let open = out.open_array();
            let mut whole = Some(());
            let items = payload.blocks(|payload| {
                whole = whole.and_then(|()| value(payload, plan, out));
                // The tree tells what is wrong.
                whole.ok_or_else(|| super::payload::malformed("an item"))
            });
            out.close_array(open, items.ok()?);
        }
        Step::Map(plan) => map(payload, plan, out)?,
        Step::Enum(symbols) => out.text(symbol(payload, symbols).ok()?),
        Step::String if plan.logical.is_none() => out.text(&payload.text().ok()?),
        Step::Int32 | Step::Int64 if plan.logical.is_none() => out.int64(match plan.step {
            Step::Int32 => payload.int().ok()?.into(),
            _ => payload.long().ok()?,
        }),
        Step::Entries(_) | Step::Anything | Step::Null | Step::Cut(_) => return None,
        _ => out.under_schema(&read(payload, plan).ok()?),
    }
    Some(())
}

fn map(payload: &mut Payload<'_>, plan: &Plan, out: &mut ValueWriter<'_>) -> Option<()> {
    let open = out.open_map();
    let mut keys = Vec::new();
    let entries = payload.blocks(|payload| {
        let key = payload.text()?;
        out.text(&key);
        if keys.len() > FEW || keys.contains(&key) {
            return Err(super::payload::malformed("an entry"));
        }
        keys.push(key);
        value(payload, plan, out).ok_or_else(|| super::payload::malformed("an entry"))
    });
    out.close_map(open, entries.ok()?);
    Some(())
}

/// A struct with all fields null but that of the value.
fn union(payload: &mut Payload<'_>, plan: &Plan, branch: &Branch, out: &mut ValueWriter<'_>) -> Option<()> {
    let Branch::Member { plan: member, field } = branch else { return None };
    let fields = plan.schema.as_ref()?.fields().len();
    // Which field it is the value's length may say, and only bytes have one that matters.
    let bytes = matches!(member.step, Step::Bytes).then(|| payload.bytes().ok().map(Value::bytes));
    let index = match &bytes {
        Some(bytes) if member.logical.is_none() => place(field, bytes.as_ref()?).ok()?,
        Some(_) => return None,
        None => place(field, &Value::Null).ok()?,
    };
    let open = out.open_array();
    for position in 0..fields {
        match &bytes {
            _ if position != index => out.null(),
            Some(bytes) => out.under_schema(bytes.as_ref()?),
            None => value(payload, member, out)?,
        }
    }
    out.close_array(open, fields);
    Some(())
}
