//! The verbs, one file each: an argument struct whose doc comment is the help text, and a function
//! that runs the verb.

pub(super) mod add;
pub(super) mod backup;
pub(super) mod cite;
pub(super) mod completions;
pub(super) mod config;
pub(super) mod doctor;
pub(super) mod document;
pub(super) mod edit;
pub(super) mod export;
pub(super) mod fetch;
pub(super) mod find;
pub(super) mod help;
pub(super) mod history;
pub(super) mod import;
pub(super) mod init;
pub(super) mod kind;
pub(super) mod link;
pub(super) mod list;
pub(super) mod man;
pub(super) mod merge;
pub(super) mod purge;
pub(super) mod remove;
pub(super) mod schema;
pub(super) mod search;
pub(super) mod set;
pub(super) mod show;
pub(super) mod similar;
pub(super) mod sql;
pub(super) mod status;
pub(super) mod sync;
pub(super) mod undo;
pub(super) mod view;
