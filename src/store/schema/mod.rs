//! What the kinds make of the file: tables, views and triggers.
//!
//! Must not know rows. Start reading at [`insert_kind`].

mod columns;
mod kind_tables;
mod stamp;
mod triggers;
mod views;

pub(crate) use columns::{columns, quote, width};
pub(crate) use kind_tables::{Origin, change_table, insert_kind, insert_row, load_kinds};
pub(crate) use stamp::{FORM, stamp};
pub(crate) use triggers::{TRIGGERS, drop_triggers, make_triggers};
pub(crate) use views::{drop_views, rebuild_views};
