//! The FTS5 side of the search index: the ranking function that SQLite calls for each row, the
//! packed tables it reads, and the only unsafe code of `kb`.
//!
//! Must not know entries or queries. Start reading at [`Database`].

mod extension;
mod packed;
mod scoring;

pub(crate) use extension::{Database, RANK, without_statistics};
pub(crate) use packed::{PackedRows, PackedTable, PackedWriter, each_vector};
pub use scoring::Pair;
pub(crate) use scoring::{Scoring, ScoringPlan};
