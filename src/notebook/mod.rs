//! The façade: one method a verb, plain outcomes, nothing printed.
//!
//! Owns what a command means: it reads refs and filters, admits drafts, calls the store and the
//! formats. Must not know clap or a terminal. Start reading at [`Notebook`] and [`entries`].

pub mod bibliography;
pub mod capture;
pub mod doctor;
pub mod duplicates;
pub mod entries;
mod error;
mod export;
mod filters;
pub mod find;
mod history;
pub mod import;
pub mod kinds;
pub mod page;
mod resolve;
mod session;
mod settings;
mod suggest;
pub mod vault;

pub use error::{Located, NotebookError};
pub use session::{IfMissing, Notebook, Session};
