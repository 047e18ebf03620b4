//! The verbs, one file each: a struct whose doc comment is the help, and one function.

pub mod add;
pub mod backup;
pub mod completions;
pub mod config;
pub mod doctor;
pub mod edit;
pub mod export;
pub mod find;
pub mod help;
pub mod history;
pub mod import;
pub mod init;
pub mod kind;
pub mod link;
pub mod list;
pub mod man;
pub mod remove;
pub mod schema;
pub mod search;
pub mod set;
pub mod show;
pub mod similar;
pub mod sql;
pub mod undo;
pub mod view;
