//! The search index: derives it from the entries, checks and rebuilds it.
//!
//! Must not know queries. Start reading at [`Indexer`] and
//! [`Store::index_state`](super::Store::index_state).

mod derive;
mod rebuild;
mod state;
mod words;

pub(crate) use derive::Indexer;
pub(in crate::store) use state::IndexCheck;
pub use state::IndexState;
pub(crate) use words::quoted;
