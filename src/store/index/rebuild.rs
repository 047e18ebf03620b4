//! Rebuilds the full-text index from all entries at once.

use crate::store::error::StoreError;
use crate::store::file::Store;

/// Memory that FTS5 fills during a rebuild before it writes a segment, in bytes.
const HASH_SIZE: u32 = 32 << 20;

/// FTS5's default for `hashsize`, in bytes.
const DEFAULT_HASH_SIZE: u32 = 1 << 20;

impl Store {
    /// Rebuilds the full-text index from the entries and merges it into one segment. FTS5's options
    /// return to their defaults.
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
