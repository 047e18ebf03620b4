//! From words to ranked hits, the passages that show why, and what may have been meant.
//!
//! Owns how the words of a question are read ([`reading`]), how the hits of the full-text index and the vectors of
//! entries make one ranked list ([`rank`]), the suggestions for words that no entry has ([`spelling`]), and snippets
//! ([`snippet`]). Must not know clap or a terminal. docs/design/004-search.md says why it is as it is. Start
//! reading at [`rank::search`].

pub mod marks;
pub mod rank;
pub mod reading;
pub mod snippet;
pub mod spelling;
