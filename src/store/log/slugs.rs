//! Chooses the slug of a new entry: made from its title, with a number if it is taken.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension};

use crate::model::Entry;
use crate::model::entry::{base_slug, numbered_slug};
use crate::store::error::StoreError;

/// Whether another entry of the kind has the slug, or had it before.
pub(super) fn is_taken(
    db: &Connection,
    kind: &str,
    slug: &str,
    uid: &str,
) -> Result<bool, StoreError> {
    let own: Option<String> = db
        .prepare_cached("SELECT uid FROM entry WHERE kind = ?1 AND slug = ?2")?
        .query_row((kind, slug), |row| row.get(0))
        .optional()?;
    if own.is_some_and(|own| own != uid) {
        return Ok(true);
    }
    let mut named = db.prepare_cached("SELECT entry FROM alias WHERE fold = ?1")?;
    let mut rows = named.query([slug])?;
    while let Some(row) = rows.next()? {
        let mut other = db
            .prepare_cached("SELECT former FROM entry WHERE id = ?1 AND kind = ?2 AND uid <> ?3")?;
        let former: Option<String> = other
            .query_row((row.get::<_, i64>(0)?, kind, uid), |row| row.get(0))
            .optional()?;
        if former.is_some_and(|former| former.split('\n').any(|known| known == slug)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Finds free slugs within one operation.
#[derive(Debug, Default)]
pub(super) struct Slugs {
    /// The next number to try, by kind and slug without a number.
    next_suffix: HashMap<(String, String), u64>,
}

impl Slugs {
    /// A free slug for an entry: made from the title, with a number if it is taken. Doubling and
    /// then bisection find the number, so the look-ups grow with the logarithm of the number of
    /// entries with that title.
    pub(super) fn free(&mut self, db: &Connection, entry: &Entry) -> Result<String, StoreError> {
        let base = base_slug(&entry.kind, &entry.title);
        let taken_at =
            |number| is_taken(db, &entry.kind, &numbered_slug(&base, number), &entry.uid);
        let key = (entry.kind.clone(), base.clone());
        let mut free = self.next_suffix.get(&key).copied().unwrap_or(1);
        let mut taken = free - 1;
        while taken_at(free)? {
            (taken, free) = (free, free * 2);
        }
        while free - taken > 1 {
            let middle = u64::midpoint(taken, free);
            if taken_at(middle)? {
                taken = middle;
            } else {
                free = middle;
            }
        }
        if free > 1 {
            self.next_suffix.insert(key, free + 1);
        }
        Ok(numbered_slug(&base, free))
    }
}
