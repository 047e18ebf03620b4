//! Chooses the slug of a new entry: made from its title, with a number if it is taken. A private
//! entry takes no slug from a public one.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension};

use crate::model::Entry;
use crate::model::entry::{base_slug, numbered_slug};
use crate::store::error::StoreError;

/// Whether an entry can have a slug.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Availability {
    Free,
    /// A private entry has it and yields it to this public one.
    Yielded,
    /// Another entry of the kind had it before, so that old links to that one still work.
    Former,
    /// Another entry of the kind has it.
    Taken,
}

impl Availability {
    /// Whether a new entry can take the slug.
    fn is_open(self) -> bool {
        matches!(self, Availability::Free | Availability::Yielded)
    }
}

/// Whether an entry can have a slug. A private entry takes no slug from a public one.
pub(super) fn availability(
    db: &Connection,
    entry: &Entry,
    slug: &str,
) -> Result<Availability, StoreError> {
    let counts = |private: bool| entry.private || !private;
    let holder: Option<(String, bool)> = db
        .prepare_cached("SELECT uid, private FROM entry WHERE kind = ?1 AND slug = ?2")?
        .query_row((&entry.kind, slug), |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let holder = holder.filter(|(uid, _)| *uid != entry.uid);
    if holder.as_ref().is_some_and(|(_, private)| counts(*private)) {
        return Ok(Availability::Taken);
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
            return Ok(Availability::Former);
        }
    }
    Ok(if holder.is_some() {
        Availability::Yielded
    } else {
        Availability::Free
    })
}

/// Finds free slugs within one operation.
#[derive(Debug, Default)]
pub(super) struct Slugs {
    /// The next number to try, by kind, slug without a number, and whether the entry is private.
    next_suffix: HashMap<(String, String, bool), u64>,
}

impl Slugs {
    /// A slug other than `except` that the entry can have, and its availability: made from the
    /// title, with a number if it is taken. Doubling and then bisection find the number, so the look-ups grow with the logarithm
    /// of the number of entries with that title.
    pub(super) fn free(
        &mut self,
        db: &Connection,
        entry: &Entry,
        except: &str,
    ) -> Result<(String, Availability), StoreError> {
        let base = base_slug(&entry.kind, &entry.title);
        let at = |number| {
            let slug = numbered_slug(&base, number);
            if slug == except {
                return Ok(Availability::Taken);
            }
            availability(db, entry, &slug)
        };
        let key = (entry.kind.clone(), base.clone(), entry.private);
        let mut free = self.next_suffix.get(&key).copied().unwrap_or(1);
        let mut taken = free - 1;
        let mut available = at(free)?;
        while !available.is_open() {
            (taken, free) = (free, free * 2);
            available = at(free)?;
        }
        while free - taken > 1 {
            let middle = u64::midpoint(taken, free);
            match at(middle)? {
                other if other.is_open() => (free, available) = (middle, other),
                _ => taken = middle,
            }
        }
        if free > 1 {
            self.next_suffix.insert(key, free + 1);
        }
        Ok((numbered_slug(&base, free), available))
    }
}
