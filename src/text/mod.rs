//! String functions that do not depend on what a notebook is.
//!
//! Owns case and accent folding, slugs, acronyms, ages in words, nearest words, English lists and plurals, text
//! encodings, HTML entities, relative paths, escaping of control characters, column widths, charts, Markdown blocks with
//! byte ranges, Markdown as HTML, and text vectors. Must not know any other module. Start reading at [`fold`] and
//! [`markdown`].

pub mod acronym;
pub mod ago;
pub mod chart;
pub mod checksum;
pub mod difference;
pub mod encoding;
pub mod english;
pub mod fold;
pub mod html;
pub mod markdown;
pub mod meaning;
pub mod nearest;
pub mod paths;
pub mod place;
pub mod rendered;
pub mod script;
pub mod shell;
pub mod slug;
pub mod three_way;
pub mod unmerged;
pub mod visible;
pub mod web;
pub mod wrap;
