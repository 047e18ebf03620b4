//! The page: a hand-written Markdown notebook, read into a layout and written back.
//!
//! [`read`] splits a page into pieces that joined again are the page, byte for byte. [`mod@write`] brings a
//! layout up to date with the entries, touching only the lines of what changed. Start reading at
//! [`read::read`].

pub mod fresh;
pub mod headings;
pub mod item;
mod place;
pub mod read;
mod row;
mod seams;
pub mod write;
