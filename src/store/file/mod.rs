//! The notebook file as a whole: opens, creates, migrates and backs it up.
//!
//! Must not know what the rows mean. Start reading at [`Store::open`].

mod backup;
mod connection;
mod foreign;
mod header;
mod migrate;
mod new_file;
mod open;

pub use backup::restore;
pub use foreign::{drop_shadows, shadows};
pub(crate) use migrate::schema_version;
pub use new_file::{left_behind, remove_left_behind, sync_folder, temporary, temporary_folder};
pub use open::{Effects, Purpose, Store};
