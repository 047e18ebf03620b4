//! The page format: a hand-written Markdown notebook, parsed into a layout and written back.
//!
//! [`mod@read`] splits a page into pieces whose concatenation is the page, byte for byte.
//! [`mod@write`] updates a layout to match the entries and changes only the lines that differ.
//! Start reading at [`read::read`].

mod body;
pub mod fresh;
mod guarded;
mod heading_entry;
pub mod headings;
mod list_item;
mod marks;
mod page_item;
mod placement;
pub mod read;
mod regroup;
mod section;
pub use section::has_section;
mod splice;
mod table_row;
mod tail;
mod title;
pub mod write;

pub use tail::is_work_address;
pub use title::{holds_links, holds_works, lists_links};
