//! Source and sink tasks on the local log, with real guests.

mod dead_letters;
mod failures;
mod rig;
mod sink;
mod source;
