//! Provides a substitute for a title that is missing or too long.

use super::dialect::Dialect;
use super::mapping::Mapping;
use super::values::{self, Shape};
use super::written::WrittenWork;
use crate::model::LONGEST_TITLE;

/// A substitute for a title that is missing or too long: a shortened title, else the citation key,
/// the entry type or `untitled`.
pub(super) fn stand_in(dialect: Dialect, written: &WrittenWork) -> String {
    let names = Mapping::of(dialect).titles();
    // A CSV file that only resembles Zotero's may lack title columns; its first cell is used.
    let first = written
        .fields
        .first()
        .map(|(name, _)| name.clone())
        .filter(|_| dialect == Dialect::Zotero);
    let long = names.iter().chain(&first).find_map(|name| {
        values::read(dialect, Shape::Line, name, &written.raws(name))
            .into_iter()
            .next()
    });
    match long {
        Some(short) if !short.is_empty() && short.chars().count() <= LONGEST_TITLE => short,
        Some(long) if !long.is_empty() => {
            long.chars().take(LONGEST_TITLE - 1).chain(['…']).collect()
        }
        _ if !written.key.is_empty() => written.key.clone(),
        _ if !written.kind.is_empty() => written.kind.clone(),
        _ => "untitled".to_owned(),
    }
}

/// Whether a title is such a substitute: also one that was made of a key that was replaced since.
pub(super) fn is_stand_in(dialect: Dialect, written: &WrittenWork, title: &str) -> bool {
    let own = stand_in(dialect, written);
    let mut replaced = written.former.iter().chain(&written.earlier);
    own == title || own == written.key && replaced.any(|key| key == title)
}
