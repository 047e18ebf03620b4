//! The page: a hand-written Markdown notebook, read into a layout and written back.
//!
//! [`mod@read`] splits a page into pieces that joined again are the page, byte for byte.
//! [`mod@write`] brings a layout up to date with the entries, touching only the lines that changed.
//! Start reading at [`read::read`].

mod body;
pub mod fresh;
mod guarded;
mod heading_entry;
pub mod headings;
mod list_item;
mod page_item;
mod placement;
pub mod read;
mod section;
mod splice;
mod table_row;
mod title;
pub mod write;
