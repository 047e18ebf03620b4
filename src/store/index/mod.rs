//! The search index: derived from the entries, checked, rebuilt.
//!
//! Must not know what a query asks. Start reading at [`Indexer`] and [`Store::index_state`](super::Store::index_state).

mod derive;
mod rebuild;
mod state;
mod words;

pub(crate) use derive::Indexer;
pub use state::IndexState;
pub(crate) use words::quoted;
