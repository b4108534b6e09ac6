//! Source and sink tasks on the local log, with real guests.

mod dead_letters;
mod exactly_once;
mod failures;
mod rig;
mod sink;
mod source;
