//! Reads and writes bibliographies in BibTeX, BibLaTeX, RIS and CSL-JSON, and reads PubMed's .nbib,
//! EndNote's .enw and Zotero's CSV; no field is lost.
//!
//! An imported entry keeps its type, key and fields as they were written, among its left-over
//! values under the name of the dialect. On export, a field whose value has not changed is written
//! as it was; a changed field is written from its new value. An exported bibliography therefore
//! says the same as the imported one, and a second round changes nothing. Must not know the store.
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
mod splice;
mod stand_in;
mod strings;
mod tagged;
#[cfg(test)]
mod tests;
mod tex;
mod values;
mod write;
mod written;
mod zotero;

pub use bibtex::{flavour, has_more_than_entries};
pub use csl::looks_like_csl;
pub use dialect::{Dialect, Flavour};
pub use kept::{
    Settle, files, is_in_ids, unsaid, widened, with_edits, with_field, with_key, with_link,
};
pub use read::{Bibliography, ReadWork, inherits, keys, kind, of_csl, read, read_each};
pub use splice::{
    ComposedWork, IfNew, PlacedRecord, for_each_record, put_back, splice, with_records,
};
pub use tex::spelled;
pub use write::{compose, has_key, key, pandoc_key, write};
pub use written::Fault;
pub use zotero::looks_like_zotero;
