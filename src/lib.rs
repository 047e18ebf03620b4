//! `kb`: a structured knowledge base for the command line.
//!
//! A notebook is one SQLite file that holds entries of declared kinds. A module may import only
//! modules to its right: `cli → {notebook, web} → {search, site} → {store, format} → model → text`;
//! `web` imports none.

pub mod cli;
pub mod format;
pub mod model;
pub mod notebook;
pub mod search;
pub mod site;
pub mod store;
pub mod text;
pub mod web;
