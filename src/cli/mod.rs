//! The command line: arguments, one file per verb, rendering, messages, editor and pager.
//!
//! The only module that uses clap and comfy-table. Only this module and `main` print. Must not know
//! SQL. Start reading at [`run()`] and [`commands`].

mod changes;
mod commands;
mod complete;
mod completion;
mod config;
mod consent;
mod context;
mod dry_run;
mod dry_run_copy;
mod editor;
mod environment;
mod failure;
mod file_format;
mod folder;
mod global;
mod hits;
mod hyphens;
mod imported;
mod known;
mod locate;
mod messages;
mod misuse;
mod named;
mod notes;
mod outfile;
mod output;
mod patch;
mod pick;
mod progress;
mod reach;
pub mod reference;
mod rendered;
mod run;
mod site_server;
mod sniff;
mod table;
mod terminal;
mod topics;
mod tracked;
mod typed;
mod upkeep;
mod verbs;
mod written;

pub use run::run;
