//! Imports JSON, tables and Anki notes; each import is one operation in the history.
//!
//! Start reading at [`Importer`].

mod cards;
mod importer;
mod json;
mod table;
mod three_way;

pub use importer::{Imported, Importer, RowOptions, in_one_line, titled};
pub use three_way::KnownFile;
