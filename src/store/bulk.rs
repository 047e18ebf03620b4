//! Bulk writing: the search index is left aside and rebuilt once at the end.
//!
//! search.md measured the settings: a third less CPU than keeping the index in step row by row.

use super::{Store, StoreError, Writer, tables};

const HASH_SIZE: u32 = 32 << 20;
/// Kibibytes of pages kept in memory during a bulk import, so that look-ups of slugs stay there.
const CACHE: i64 = 24 << 10;
/// The default of SQLite.
const DEFAULT_CACHE: i64 = 2_000;
/// The defaults of FTS5.
const DEFAULT_HASH_SIZE: u32 = 1 << 20;

impl Store {
    /// How many entries there are.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn count(&self) -> Result<usize, StoreError> {
        Ok(self.db.query_row("SELECT count(*) FROM entry", [], |row| row.get(0))?)
    }

    /// The greatest row id, which is about how many entries there are.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn last_row(&self) -> Result<i64, StoreError> {
        Ok(self.db.query_row("SELECT coalesce(max(id), 0) FROM entry", [], |row| row.get(0))?)
    }

    /// Rebuilds the search index from the entries.
    pub(super) fn rebuild_index(&self) -> Result<(), StoreError> {
        let set = |option: &str, value: u32| self.db.execute("INSERT INTO search (search, rank) VALUES (?1, ?2)", (option, value));
        set("hashsize", HASH_SIZE)?;
        set("automerge", 0)?;
        set("crisismerge", 1000)?;
        self.db.execute("INSERT INTO search (search) VALUES ('rebuild')", [])?;
        set("hashsize", DEFAULT_HASH_SIZE)?;
        set("automerge", 4)?;
        set("crisismerge", 16)?;
        self.db.execute("INSERT INTO search (search) VALUES ('optimize')", [])?;
        Ok(())
    }
}

impl Writer<'_> {
    /// From here on the search index is not kept in step; it is rebuilt when the operation ends.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn begin_bulk(&mut self) -> Result<(), StoreError> {
        self.bulk = true;
        self.store().db.pragma_update(None, "cache_size", -CACHE)?;
        tables::drop_triggers(&self.store().db)
    }

    pub(super) fn finish_bulk(&mut self) -> Result<(), StoreError> {
        if !std::mem::take(&mut self.bulk) {
            return Ok(());
        }
        let db = &self.store.db;
        db.pragma_update(None, "cache_size", -DEFAULT_CACHE)?;
        if self.changes() == 0 {
            // All is rolled back, the triggers too.
            return Ok(());
        }
        self.store.rebuild_index()?;
        self.indexer.put_lengths(self.store)?;
        tables::make_triggers(db)
    }
}
