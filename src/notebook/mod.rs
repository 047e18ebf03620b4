//! The operations of kb: each command is a method of [`Notebook`] that returns plain values.
//!
//! Owns the meaning of a command: it resolves refs and filters, validates drafts, and calls the
//! store and the formats. It prints nothing and does not depend on clap or a terminal. Start
//! reading at [`Notebook`] and [`entries`].

pub mod attached;
pub mod bibliography;
mod bibtex_file;
pub mod capture;
pub mod citation_keys;
pub mod doctor;
mod documents;
pub mod duplicates;
mod edited_works;
pub mod entries;
mod error;
mod export;
mod filters;
pub mod find;
pub mod history;
pub mod import;
mod inbox;
pub mod jots;
pub mod kinds;
mod labels;
pub mod note_names;
pub mod page;
mod publish;
mod published;
pub mod purge;
mod removed_works;
mod resolve;
mod same_work;
mod session;
mod settings;
mod stats;
mod suggest;
mod undone;
mod unplaced;
pub mod vault;
mod versions;

pub use documents::{Conflicted, Conflicts};
pub use error::{Located, NotebookError};
pub use session::{IfMissing, Notebook, Session, folder_of};
pub use unplaced::{Addition, Unplaced};
pub use versions::Version;
