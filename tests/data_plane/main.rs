//! Source and sink tasks on the local log, with real guests.

mod failures;
mod rig;
mod sink;
mod source;
