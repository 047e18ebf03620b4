//! The part of the database schema that code generates: the tables and views of kinds, and the
//! triggers.
//!
//! Must not know rows. Start reading at [`insert_kind`].

mod columns;
mod foreign;
mod kind_tables;
mod stamp;
mod triggers;
mod views;

pub(crate) use columns::{columns, quote, width};
pub(crate) use foreign::{others, shadowed};
pub(crate) use kind_tables::{
    Origin, change_table, insert_kind, insert_row, kinds_digest, load_kinds,
};
pub(crate) use stamp::{FORM, stamp};
pub(crate) use triggers::{
    TRIGGERS, drop_triggers, foreign_triggers, forget_changes, make_triggers, record_changes,
    remake_search,
};
pub(crate) use views::{drop_views, rebuild_views};
