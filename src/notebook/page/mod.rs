//! Imports hand-written pages as entries and exports them again; unchanged text is exported byte
//! for byte.
//!
//! Start reading at [`PageImport`] and [`Notebook::import_page`](super::Notebook::import_page).

mod before;
mod export;
mod import;
mod matching;
mod moved;
mod ordering;
mod proposal;
mod prose;
mod report;
mod settle;

pub use export::PageExport;
pub(super) use export::layout_of;
pub use import::{PageOptions, PageOrigin, Removals};
pub use proposal::Proposal;
pub use report::PageImport;
