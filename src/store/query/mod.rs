//! Reads entries: filters and sort orders as SQL, refs and names, ranked full-text search, and the
//! user's own SQL.
//!
//! Must not know the log. Start reading at [`Selection`].

mod counts;
mod filter;
mod lookup;
mod ranked;
mod selection;
mod user_sql;

pub use lookup::{Labels, Name};
pub use ranked::{Near, Phrase, Ranking, TextHit, TextQuery};
pub use selection::{Order, Reads, Selection};
