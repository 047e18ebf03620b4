//! What a notebook is made of, as pure values.
//!
//! Owns kinds, fields and values, periods, persons, identifiers, drafts and entries, links and refs,
//! queries, and the layout of a page. [`Kind::admit`] is the only way from a [`Draft`] to an [`Entry`]
//! and returns all problems at once. Must not know SQL, a terminal, the clock or the environment: the
//! day and the time come in as arguments. Start reading at [`kind`] and [`entry`].

pub mod admit;
pub mod audience;
pub mod draft;
pub mod entry;
pub mod field;
mod field_ref;
pub mod identifier;
pub mod json;
pub mod kind;
pub mod kinds;
pub mod layout;
pub mod link;
mod logged;
pub mod period;
mod period_words;
pub mod person;
pub mod query;
pub mod query_text;
pub mod query_words;
mod reason;
pub mod reference;
pub mod schema;
pub mod value;

pub use admit::{Clock, LONGEST_TITLE, Unknown};
pub use audience::Audience;
pub use draft::Draft;
pub use entry::Entry;
pub use field::{Field, FieldType};
pub use kind::Kind;
pub use kinds::Kinds;
pub use period::Period;
pub use query::Query;
pub use reason::{Problem, Reason};
pub use value::Value;
