//! Text forms of entries: pure functions between text and drafts or entries, one file or folder a format.
//!
//! Must not know the store. Start reading at [`page`], the hand-written Markdown notebook.

pub mod anki;
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
