//! Chooses the slug of a new entry: made from its title, with a number if it is taken. A private
//! entry takes no slug from a public one.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension};

use crate::model::Entry;
use crate::model::entry::{base_slug, numbered_slug};
use crate::store::error::StoreError;

/// Whether a slug is taken for an entry: another entry of the kind has it, or had it before. A
/// private entry takes no slug from a public one.
pub(super) fn is_taken(db: &Connection, entry: &Entry, slug: &str) -> Result<bool, StoreError> {
    let counts = |private: bool| entry.private || !private;
    let holder: Option<(String, bool)> = db
        .prepare_cached("SELECT uid, private FROM entry WHERE kind = ?1 AND slug = ?2")?
        .query_row((&entry.kind, slug), |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    if holder.is_some_and(|(uid, private)| uid != entry.uid && counts(private)) {
        return Ok(true);
    }
    let mut named = db.prepare_cached("SELECT entry FROM alias WHERE fold = ?1")?;
    let mut rows = named.query([slug])?;
    while let Some(row) = rows.next()? {
        let mut other = db.prepare_cached(
            "SELECT former, private FROM entry WHERE id = ?1 AND kind = ?2 AND uid <> ?3",
        )?;
        let former: Option<(String, bool)> = other
            .query_row((row.get::<_, i64>(0)?, &entry.kind, &entry.uid), |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()?;
        let had = |former: String| former.split('\n').any(|known| known == slug);
        if former.is_some_and(|(former, private)| counts(private) && had(former)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Finds free slugs within one operation.
#[derive(Debug, Default)]
pub(super) struct Slugs {
    /// The next number to try, by kind, slug without a number, and whether the entry is private.
    next_suffix: HashMap<(String, String, bool), u64>,
}

impl Slugs {
    /// A free slug for an entry other than `except`: made from the title, with a number if it is
    /// taken. Doubling and then bisection find the number, so the look-ups grow with the logarithm
    /// of the number of entries with that title.
    pub(super) fn free(
        &mut self,
        db: &Connection,
        entry: &Entry,
        except: &str,
    ) -> Result<String, StoreError> {
        let base = base_slug(&entry.kind, &entry.title);
        let taken_at = |number| {
            let slug = numbered_slug(&base, number);
            Ok::<_, StoreError>(slug == except || is_taken(db, entry, &slug)?)
        };
        let key = (entry.kind.clone(), base.clone(), entry.private);
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
