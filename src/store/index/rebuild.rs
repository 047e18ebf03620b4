//! Writes the full-text index once for many entries: for all, or for those that an operation changed.

use crate::store::error::StoreError;
use crate::store::file::Store;

/// Memory that FTS5 fills before it writes a segment, in bytes.
const HASH_SIZE: u32 = 32 << 20;

/// FTS5's default for `hashsize`, in bytes.
const DEFAULT_HASH_SIZE: u32 = 1 << 20;

impl Store {
    /// Rebuilds the full-text index from all entries.
    pub(in crate::store) fn rebuild_index(&self) -> Result<(), StoreError> {
        self.index_at_once("INSERT INTO search (search) VALUES ('rebuild')")
    }

    /// Updates the full-text index for the entries whose former text is in `temp._before`. Returns whether
    /// there are any.
    pub(in crate::store) fn index_changes(&self) -> Result<bool, StoreError> {
        let any = "SELECT EXISTS (SELECT 1 FROM temp._before)";
        if !self.db.query_row(any, [], |row| row.get(0))? {
            return Ok(false);
        }
        self.index_at_once(
            "INSERT INTO search (search, rank) VALUES ('secure-delete', 0);
             INSERT INTO search (search, rowid, title, aliases, body, words)
               SELECT 'delete', id, title, aliases, body, words FROM temp._before WHERE title IS NOT NULL ORDER BY id;
             INSERT INTO search (rowid, title, aliases, body, words)
               SELECT id, title, aliases, body, words FROM entry WHERE id IN (SELECT id FROM temp._before) ORDER BY id;
             INSERT INTO search (search, rank) VALUES ('secure-delete', 1)",
        )?;
        Ok(true)
    }

    /// Runs SQL that changes the index, then merges the index into one segment, in which no removed word
    /// is left. FTS5's options return to their defaults.
    fn index_at_once(&self, sql: &str) -> Result<(), StoreError> {
        let set = |option: &str, value: u32| {
            self.db.execute(
                "INSERT INTO search (search, rank) VALUES (?1, ?2)",
                (option, value),
            )
        };
        set("hashsize", HASH_SIZE)?;
        set("automerge", 0)?;
        set("crisismerge", 1000)?;
        self.db.execute_batch(sql)?;
        set("hashsize", DEFAULT_HASH_SIZE)?;
        set("automerge", 4)?;
        set("crisismerge", 16)?;
        self.db
            .execute("INSERT INTO search (search) VALUES ('optimize')", [])?;
        Ok(())
    }
}
