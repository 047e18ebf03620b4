//! Makes a folder of static pages of public entries.
//!
//! Owns the templates, the addresses, the feeds and the search of the site. Gets only what is public,
//! so that it cannot show anything else. Must not know the store. Start reading at [`build()`].
//!
//! The templates are in `data/site`. They get plain values, which are escaped where they are shown, and
//! bodies that `text::web` has made HTML of. A user's theme replaces them one by one.

mod address;
mod build;
mod charts;
mod content;
mod crawlers;
mod error;
mod excerpts;
mod feeds;
mod glossary;
mod templates;

pub use build::{UNLISTED, build};
pub use content::{SchemaType, SiteContent, SiteEntry, SiteField, SiteKind};
pub use error::SiteError;
pub use templates::{TEMPLATES, Theme};
