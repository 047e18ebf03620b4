//! Owns the log: each write is recorded as one operation, which undo, redo and history read.
//!
//! Start reading at [`Writer`].

mod action;
mod apply;
mod definitions;
mod history;
mod purge;
mod record;
mod replay;
mod replica;
mod slugs;
mod subject;
mod targets;
mod undo;
mod union;
mod writer;
mod yielding;

pub use action::{Action, Reversal};
pub use history::{Change, Operation, OperationFilter};
pub use purge::{Purge, Purged};
pub use record::{CommandId, command_id};
pub(crate) use record::{edit_of, put};
pub use replay::MergeConflict;
pub use subject::Subject;
pub use union::United;
pub use writer::{WriteMode, Writer};
