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

pub use action::Action;
pub use history::{Change, Operation};
pub use subject::Subject;
pub use undo::Reversal;
pub use writer::{WriteMode, Writer};
pub(crate) use writer::{hash_change, operation_hash};
