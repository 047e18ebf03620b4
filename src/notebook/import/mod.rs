//! Imports JSON, tables and Anki notes; each import is one operation in the history.
//!
//! Start reading at [`Importer`].

mod cards;
mod importer;
mod json;
mod table;

pub use importer::{Imported, Importer, in_one_line, titled};
