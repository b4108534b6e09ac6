//! The bytes of a message straight to the form a value has in a batch: what [`super::reader::read`] makes, without the tree. What is
//! rare, such as fields that have to be merged, and every error are left to that: none is given.

use caisson_sdk::Value;
use caisson_sdk::data::value_writer::ValueWriter;
use prost::encoding::{DecodeContext, WireType, decode_key, skip_field};

use crate::logical;
use crate::reader::{MAX_DEPTH, wrapped};
use crate::reading::{Entry, Kind, Message, Plan, Root, Slot};
use crate::scalar::{Scalar, delimited};

/// How many keys of one map are compared; longer maps are left to the tree.
const FEW: usize = 64;

/// A field that the bytes have.
struct Found<'b> {
    /// Where it stands among the message's.
    field: usize,
    /// Where its value goes in the struct.
    position: usize,
    wire_type: WireType,
    /// From its value on.
    rest: &'b [u8],
}

/// A whole value.
pub fn root(plan: &Plan, bytes: &[u8], out: &mut ValueWriter<'_>) -> Option<()> {
    match &plan.root {
        Root::Wrapper(primitive) => out.under_schema(&wrapped(*primitive, bytes).ok()?),
        Root::Message(made) => message(made, bytes, out, 0)?,
    }
    Some(())
}

fn message(made: &Message, bytes: &[u8], out: &mut ValueWriter<'_>, depth: usize) -> Option<()> {
    let found = found(made, bytes).filter(|_| depth <= MAX_DEPTH)?;
    let mut left = found.as_slice();
    let open = out.open_array();
    for (position, absent) in made.absent.iter().enumerate() {
        let count = left.iter().take_while(|one| one.position == position).count();
        let (here, others) = left.split_at_checked(count)?;
        left = others;
        match here.first() {
            Some(first) => fields(made, first, here, out, depth)?,
            None => default(absent, out)?,
        }
    }
    out.close_array(open, made.absent.len());
    Some(())
}

/// The fields of a message in the order of the struct's; others mostly write them so.
fn found<'b>(made: &Message, bytes: &'b [u8]) -> Option<Vec<Found<'b>>> {
    let mut found: Vec<Found<'b>> = Vec::with_capacity(made.fields.len());
    let mut in_order = true;
    let mut input = bytes;
    while !input.is_empty() {
        let (number, wire_type) = decode_key(&mut input).ok()?;
        let rest = input;
        skip_field(wire_type, number, &mut input, DecodeContext::default()).ok()?;
        let Ok(index) = made.fields.binary_search_by_key(&number, |field| field.number) else { continue };
        let field = made.fields.get(index).filter(|field| field.takes(wire_type));
        let Some(field) = field else { continue };
        let position = match (&field.kind, &field.slot) {
            (Kind::Cut, _) | (_, Slot::OneOf(..)) => return None,
            (_, Slot::Field(position) | Slot::Member(position, ..)) => *position,
        };
        in_order &= found.last().is_none_or(|last| last.position <= position);
        found.push(Found { field: index, position, wire_type, rest });
    }
    if !in_order {
        // Those of one position stay in their order.
        found.sort_by_key(|one| one.position);
    }
    Some(found)
}

/// All that goes to one position.
fn fields(made: &Message, first: &Found<'_>, here: &[Found<'_>], out: &mut ValueWriter<'_>, depth: usize) -> Option<()> {
    let field = made.fields.get(first.field)?;
    match (&field.kind, &field.slot) {
        (Kind::Map(entry), _) => map(entry, here, out, depth),
        (kind, _) if field.repeated => list(kind, here, out, made.lossy, depth),
        // The last counts, or is merged with those before it.
        _ if here.len() > 1 => None,
        (kind, Slot::Member(_, union, member)) => {
            let members = union.fields().len();
            let open = out.open_array();
            for index in 0..members {
                match index == *member {
                    true => value(kind, &mut { first.rest }, out, made.lossy, depth)?,
                    false => out.null(),
                }
            }
            out.close_array(open, members);
            Some(())
        }
        (kind, _) => value(kind, &mut { first.rest }, out, made.lossy, depth),
    }
}

fn list(kind: &Kind, here: &[Found<'_>], out: &mut ValueWriter<'_>, lossy: bool, depth: usize) -> Option<()> {
    let open = out.open_array();
    let mut items = 0;
    for one in here {
        let mut input = one.rest;
        if kind.is_packed(one.wire_type) {
            let mut packed = delimited(&mut input).ok()?;
            while !packed.is_empty() {
                value(kind, &mut packed, out, lossy, depth)?;
                items += 1;
            }
        } else {
            value(kind, &mut input, out, lossy, depth)?;
            items += 1;
        }
    }
    out.close_array(open, items);
    Some(())
}

fn map(entry: &Entry, here: &[Found<'_>], out: &mut ValueWriter<'_>, depth: usize) -> Option<()> {
    let Kind::Scalar(primitive) = &entry.key.kind else { return None };
    let mut keys = Vec::with_capacity(here.len().min(FEW));
    let open = out.open_map();
    for one in here {
        let [name, held] = parts(entry, delimited(&mut { one.rest }).ok()?)?;
        let key = match name {
            Some(mut input) => primitive.scalar.read(&mut input, primitive.type_, entry.lossy).ok()?,
            None => entry.absent[0].clone(),
        };
        // Of entries with one key the last one counts.
        if keys.len() == FEW || keys.contains(&key) {
            return None;
        }
        default(&key, out)?;
        keys.push(key);
        match held {
            Some(mut input) => value(&entry.value.kind, &mut input, out, entry.lossy, depth)?,
            None => default(&entry.absent[1], out)?,
        }
    }
    out.close_map(open, here.len());
    Some(())
}

/// From where on key and value of an entry are, if it has them.
fn parts<'b>(entry: &Entry, bytes: &'b [u8]) -> Option<[Option<&'b [u8]>; 2]> {
    let mut parts = [None, None];
    let mut input = bytes;
    while !input.is_empty() {
        let (number, wire_type) = decode_key(&mut input).ok()?;
        let rest = input;
        skip_field(wire_type, number, &mut input, DecodeContext::default()).ok()?;
        let part = match number {
            1 if entry.key.takes(wire_type) => &mut parts[0],
            2 if entry.value.takes(wire_type) => &mut parts[1],
            _ => continue,
        };
        if part.replace(rest).is_some() {
            return None;
        }
    }
    Some(parts)
}

/// What a field is that is not there.
fn default(value: &Value<'_>, out: &mut ValueWriter<'_>) -> Option<()> {
    match value {
        Value::Array(items) if items.is_empty() => {
            let open = out.open_array();
            out.close_array(open, 0);
        }
        Value::Map(entries) if entries.is_empty() => {
            let open = out.open_map();
            out.close_map(open, 0);
        }
        Value::Array(_) | Value::Map(_) | Value::Struct(_) | Value::Encoded(_) => return None,
        scalar => out.under_schema(scalar),
    }
    Some(())
}

fn value(kind: &Kind, input: &mut &[u8], out: &mut ValueWriter<'_>, lossy: bool, depth: usize) -> Option<()> {
    match kind {
        Kind::Scalar(primitive) => out.under_schema(&primitive.scalar.read(input, primitive.type_, lossy).ok()?),
        Kind::Wrapper(primitive) => out.under_schema(&wrapped(*primitive, delimited(input).ok()?).ok()?),
        Kind::Enum(symbols) => {
            let number = Scalar::Int32.read(input, caisson_sdk::Type::Int32, false).ok()?;
            match (&number, symbols) {
                (Value::Int32(number), Some(symbols)) => {
                    let (_, symbol) = symbols.symbols.iter().find(|(other, _)| other == number)?;
                    out.text(symbol);
                }
                (number, _) => out.under_schema(number),
            }
        }
        Kind::Logical(logical) => out.under_schema(&logical::read(*logical, delimited(input).ok()?).ok()?),
        Kind::Message(made) => message(made, delimited(input).ok()?, out, depth + 1)?,
        Kind::Map(_) | Kind::Cut => return None,
    }
    Some(())
}
