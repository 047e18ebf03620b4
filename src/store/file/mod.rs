//! The notebook file as a whole: opened, created, migrated, copied.
//!
//! Must not know what a row means. Start reading at [`Store::open`].

mod backup;
mod connection;
mod header;
mod migrate;
mod new_file;
mod open;

pub(crate) use connection::connect;
pub use open::{Purpose, Store};
