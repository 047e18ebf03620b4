//! Whether the search index is current, and how it is brought up to date.
//!
//! Every write by kb updates the whole index. When another program writes, triggers update the
//! full-text index and record the entry in `_stale`. An index that another version of kb built, or
//! that has lost its triggers, is rebuilt. Start reading at [`Store::index_state`].

use rusqlite::OptionalExtension;

use super::derive::{Indexer, tokens};
use crate::store::error::StoreError;
use crate::store::file::Store;
use crate::store::fts5::{PackedRows, PackedTable};
use crate::store::rows::{KeptTargets, Stored, field_words, rewrite_derived};
use crate::store::schema::{self, FORM, stamp};
use crate::text::fold::found_as;
use crate::text::meaning::{self, DIMENSIONS};

/// Whether the search index matches the entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IndexState {
    /// It matches.
    Current,
    /// It matches except for this many entries, which another program wrote.
    Stale(usize),
    /// Another version of kb built it, or its triggers are missing: it must be rebuilt.
    Invalid,
}

impl Store {
    /// Whether the search index matches the entries, judged by its version stamp, its triggers and
    /// `_stale`. The indexed content itself is not compared.
    pub fn index_state(&self) -> Result<IndexState, StoreError> {
        let mut query = self.db.prepare(
            "SELECT (SELECT value FROM _state WHERE key = 'form'), (SELECT value FROM _state WHERE key = 'vectors'),
                    (SELECT count(*) FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = 'entry'),
                    (SELECT count(*) FROM _stale)",
        )?;
        let (form, vectors, triggers, stale): (Option<String>, Option<String>, usize, usize) =
            query.query_row([], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
            })?;
        let made_here = form.as_deref() == Some(FORM)
            && vectors == Some(meaning::table_name())
            && triggers >= schema::TRIGGERS;
        Ok(match (made_here, stale) {
            (false, _) => IndexState::Invalid,
            (true, 0) => IndexState::Current,
            (true, stale) => IndexState::Stale(stale),
        })
    }

    /// Whether another program changed entries that kb has not looked at since.
    pub fn is_stale(&self) -> Result<bool, StoreError> {
        let mut query = self
            .db
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM _stale)")?;
        Ok(query.query_row([], |row| row.get(0))?)
    }

    /// Whether another version of kb made the search index, which is then rebuilt by the next
    /// search.
    pub(in crate::store) fn index_is_old(&self) -> Result<bool, StoreError> {
        let mut query = self.db.prepare(
            "SELECT coalesce((SELECT value FROM _state WHERE key = 'form') <> ?1, 1) OR coalesce((SELECT value FROM _state WHERE key = 'vectors') <> ?2, 1)",
        )?;
        Ok(query.query_row((FORM, meaning::table_name()), |row| row.get(0))?)
    }

    /// Brings the search index up to date in one transaction. If it must be rebuilt, `progress` is
    /// called with the number of entries done and the total.
    ///
    /// # Errors
    /// The file cannot be read or written; the index is then unchanged.
    pub fn catch_up(&mut self, progress: &mut dyn FnMut(usize, usize)) -> Result<(), StoreError> {
        self.derive(|store| match store.index_state()? {
            IndexState::Current => Ok(()),
            IndexState::Stale(_) => store.index_stale(),
            IndexState::Invalid => store.index_all(progress),
        })
    }

    /// Runs `work`, which writes derived data, in a transaction that the history does not record. A
    /// notebook opened for reading becomes writable.
    pub(in crate::store) fn derive(
        &mut self,
        work: impl FnOnce(&Store) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.allow_writes()?;
        self.db.execute_batch("BEGIN IMMEDIATE")?;
        let done = work(self);
        self.db
            .execute_batch(if done.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
        done
    }

    /// Indexes the entries listed in `_stale`, then empties the list.
    fn index_stale(&self) -> Result<(), StoreError> {
        let ids: Vec<i64> = self
            .db
            .prepare("SELECT entry FROM _stale")?
            .query_map([], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        let mut indexer = Indexer::new();
        for id in ids {
            if let Some(stored) = self.by_id(id)? {
                let words = field_words(&stored.entry);
                indexer.put(self, id, &stored.entry, &words)?;
                indexer.put_length(self, id)?;
                rewrite_derived(self, id, &stored.entry, KeptTargets::All)?;
            }
        }
        indexer.finish(self)?;
        self.db.execute("DELETE FROM _stale", [])?;
        Ok(())
    }

    /// Rebuilds everything that search and filters need: triggers, full-text index, lengths, vectors,
    /// words, names, labels and links. The caller opens the transaction.
    pub(in crate::store) fn index_all(
        &self,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<(), StoreError> {
        let total = self.count()?;
        progress(0, total);
        let kept = match self.index_is_old()? {
            true => KeptTargets::Unresolved,
            false => KeptTargets::All,
        };
        self.db.execute_batch("DELETE FROM _length; DELETE FROM _vector; DELETE FROM _word; DELETE FROM _name; DELETE FROM _stale")?;
        schema::drop_triggers(&self.db)?;
        let mut indexer = Indexer::new();
        let mut ids = self.db.prepare("SELECT id FROM entry ORDER BY id")?;
        let mut put_words = self
            .db
            .prepare("UPDATE entry SET words = ?2 WHERE id = ?1 AND words <> ?2")?;
        let mut rows = ids.query([])?;
        let mut done = 0;
        while let Some(row) = rows.next()? {
            let id = row.get(0)?;
            if let Some(stored) = self.by_id(id)? {
                let words = field_words(&stored.entry);
                put_words.execute((id, &words))?;
                indexer.put(self, id, &stored.entry, &words)?;
                rewrite_derived(self, id, &stored.entry, kept)?;
            }
            done += 1;
            progress(done, total);
        }
        schema::make_triggers(&self.db)?;
        self.rebuild_index()?;
        indexer.put_lengths(self)?;
        indexer.finish(self)?;
        stamp(&self.db)
    }
}

/// Compares what search keeps of the entries with the entries, one after the other.
pub(in crate::store) struct IndexCheck {
    lengths: PackedRows,
    vectors: PackedRows,
    indexer: Indexer,
}

impl IndexCheck {
    /// Loads what search keeps of all entries. `None` if that is not current.
    pub(in crate::store) fn of(store: &Store) -> Result<Option<IndexCheck>, StoreError> {
        if store.index_state()? != IndexState::Current {
            return Ok(None);
        }
        Ok(Some(IndexCheck {
            lengths: PackedRows::load(&store.db, PackedTable::Length, None)?,
            vectors: PackedRows::load(&store.db, PackedTable::Vector, None)?,
            indexer: Indexer::new(),
        }))
    }

    /// Whether the length, the vector and the words of an entry are stored. `words` is [`field_words`]
    /// of it.
    pub(in crate::store) fn fits(
        &mut self,
        store: &Store,
        stored: &Stored,
        words: &str,
    ) -> Result<bool, StoreError> {
        let (vector, fresh) = self.indexer.read(&stored.entry, words);
        let vector = vector.unwrap_or([0; DIMENSIONS]).map(i8::cast_unsigned);
        let size: Option<Vec<u8>> = store
            .db
            .prepare_cached("SELECT sz FROM search_docsize WHERE id = ?1")?
            .query_row([stored.id], |row| row.get(0))
            .optional()?;
        let length = size.map(|size| tokens(&size).min(u64::from(u16::MAX)));
        if self.lengths.length(stored.id).map(u64::from) != length
            || self.vectors.of(stored.id).unwrap_or(&[0; DIMENSIONS]) != vector
        {
            return Ok(false);
        }
        for (word, form) in fresh {
            // A word may have a character that SQLite's Unicode tables lack; the full-text index does
            // not find it then.
            if !store.has_form(&word, &form)? && store.has_phrase(found_as(&word, &form))? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
