//! Pages in and out: a hand-written page becomes entries, and comes back byte for byte.
//!
//! Start reading at [`PageImport`] and [`Notebook::import_page`](super::Notebook::import_page).

mod export;
mod import;
mod matching;
mod ordering;
mod prose;
mod report;

pub use import::PageOptions;
pub use report::PageImport;
