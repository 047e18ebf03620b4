//! The full-text index rebuilt from the entries in one go; search.md measured the settings.

use crate::store::error::StoreError;
use crate::store::file::Store;

const HASH_SIZE: u32 = 32 << 20;

/// The defaults of FTS5.
const DEFAULT_HASH_SIZE: u32 = 1 << 20;

impl Store {
    /// Rebuilds the search index from the entries.
    pub(in crate::store) fn rebuild_index(&self) -> Result<(), StoreError> {
        let set = |option: &str, value: u32| {
            self.db.execute(
                "INSERT INTO search (search, rank) VALUES (?1, ?2)",
                (option, value),
            )
        };
        set("hashsize", HASH_SIZE)?;
        set("automerge", 0)?;
        set("crisismerge", 1000)?;
        self.db
            .execute("INSERT INTO search (search) VALUES ('rebuild')", [])?;
        set("hashsize", DEFAULT_HASH_SIZE)?;
        set("automerge", 4)?;
        set("crisismerge", 16)?;
        self.db
            .execute("INSERT INTO search (search) VALUES ('optimize')", [])?;
        Ok(())
    }
}
