//! Full-text search: turns query words into ranked hits, snippets and spelling suggestions.
//!
//! Owns how a query is parsed ([`reading`]), how full-text hits and vector similarity form one
//! ranked list ([`rank`]), the suggestions for unknown words ([`spelling`]), the highlighting of
//! words ([`marks`]), and snippets ([`snippet`]). Must not know clap or a terminal.
//! docs/design/004-search.md explains the design. Start reading at [`rank::search`].

pub mod marks;
pub mod rank;
pub mod reading;
pub mod snippet;
pub mod spelling;
