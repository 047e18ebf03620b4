//! Owns the log: each write is recorded as one operation, which undo, redo and history read.
//!
//! Start reading at [`Writer`].

mod action;
mod apply;
mod history;
mod slugs;
mod subject;
mod undo;
mod writer;
mod yielding;

pub use action::{Action, Reversal};
pub use history::{Change, Operation};
pub use subject::Subject;
pub use writer::{WriteMode, Writer};
pub(crate) use writer::{hash_change, operation_hash};
