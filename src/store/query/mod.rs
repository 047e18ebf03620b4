//! Reading by question: filters and orders as SQL, refs and names, ranked words, the user's SQL.
//!
//! Must not know the log. Start reading at [`Selection`].

mod filter;
mod lookup;
mod ranked;
mod user_sql;

pub use filter::{Order, Selection};
pub use lookup::{Labels, Name};
pub use ranked::{Near, Phrase, Ranking, TextHit, TextQuery};
