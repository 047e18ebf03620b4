//! The tests of kb: one binary, named as sentences, on what a user sees.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::disallowed_methods,
    missing_docs
)]

mod support;

mod bibliography;
mod capture;
mod command_line;
mod concurrency;
mod costs;
mod crashes;
mod damage;
mod docs;
mod duplicates;
mod formats;
mod fuzzed;
mod hostile;
mod index;
mod kinds;
mod layers;
mod page;
mod page_properties;
mod picker;
mod privacy;
mod ranking;
mod real_input;
mod references;
mod search;
mod tables;
mod transcripts;
mod undo;
mod vault;
