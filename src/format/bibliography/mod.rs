//! Bibliographies in BibTeX, BibLaTeX, RIS and CSL-JSON, read and written, and in PubMed's .nbib,
//! EndNote's .enw and Zotero's CSV, read only; no field is lost.
//!
//! An entry that came from a bibliography keeps its type, key and fields as they were written, under the
//! name of the dialect among its left-over values. On export, a field whose value is still what was read
//! is written as it was, and a changed one is written anew. So a bibliography that was imported and
//! exported says the same, and a second time nothing changes. Must not know the store.
//! Start reading at [`read()`] and [`write()`].

mod bibtex;
mod crosswalk;
mod csl;
mod dates;
mod dialect;
mod kept;
mod mapping;
mod read;
mod ris;
mod stand_in;
mod tagged;
#[cfg(test)]
mod tests;
mod tex;
mod values;
mod write;
mod written;
mod zotero;

pub use csl::looks_like_csl;
pub use dialect::Dialect;
pub use kept::{unsaid, widened};
pub use read::{Bibliography, ReadWork, kind, of_csl, read, read_each};
pub use write::{key, pandoc_key, write};
pub use written::Fault;
pub use zotero::looks_like_zotero;
