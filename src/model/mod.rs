//! The domain model of a notebook, without I/O.
//!
//! Owns kinds, fields and values, periods, persons, identifiers, drafts and entries, links and
//! refs, queries, and the layout of a page. [`Kind::admit`] is the only way to make a new [`Entry`]
//! from a [`Draft`]; it reports all problems together. This module must not use SQL, the terminal,
//! the system clock or the environment: functions that need the time take it as an argument. Start
//! reading at [`kind`] and [`entry`].

pub mod admit;
pub mod audience;
pub mod draft;
pub mod edit;
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
pub mod merge;
pub mod moment;
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
pub use edit::Edit;
pub use entry::{Entry, NOTE};
pub use field::{Field, FieldType};
pub use field_ref::FieldRef;
pub use kind::Kind;
pub use kinds::Kinds;
pub use period::Period;
pub use query::Query;
pub use reason::{Problem, Reason};
pub use value::Value;
