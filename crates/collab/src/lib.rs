//! The document, the wire, presence and permission: everything about writing together that is
//! neither Markdown nor input and output.
//!
//! Two state machines without IO join it: [`room::Room`] on the server, [`replica::Replica`] in
//! a client. Time and randomness are arguments. The rules are in `SPEC.md`, each with an id that
//! its tests name.
#![forbid(unsafe_code)]

pub mod access;
pub mod client_id;
pub mod doc;
pub mod lint;
pub mod mend;
pub mod merge;
pub mod nodes;
pub mod presence;
pub mod presentation;
pub mod replica;
pub mod room;
#[cfg(feature = "testing")]
pub mod testing;
pub mod wire;

/// A point in time or a span, in milliseconds of a monotonic clock that the caller owns.
pub type Millis = u64;
