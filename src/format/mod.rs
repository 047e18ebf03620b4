//! The text formats of entries: pure functions that turn text into drafts and entries into text,
//! one file or folder per format.
//!
//! Must not know the store. Start reading at [`page`], the hand-written Markdown notebook.

pub mod anki;
pub mod attached;
pub mod bibliography;
pub mod front_matter;
pub mod json;
pub mod left_over;
pub mod page;
pub mod page_head;
pub mod reference;
pub mod rows;
pub mod table;
pub mod vault;
