//! Keeps what search needs in step with the entries: lengths, vectors, words, names, and the full-text index itself.
//!
//! Every write of kb updates all of it. A write by another program updates the full-text index by triggers and
//! marks the entry in `_stale`. What was made by another version of kb, or has lost its triggers, is made anew as a
//! whole. Must not know what is asked of the index. Start reading at [`Indexer`] and [`Store::step`].

use std::collections::HashSet;

use rusqlite::{Connection, OptionalExtension};

use super::chunks::{Chunked, Filling, Loaded};
use super::entries::{field_words, names};
use super::open::prepare_to_write;
use super::{Store, StoreError, tables};
use crate::model::Entry;
use crate::text::fold::{each_token, each_word, found_as};
use crate::text::meaning::{self, DIMENSIONS, Reader};

/// Grows when what is kept beside the full-text index changes its form.
const FORM: &str = "2";
/// Bytes of the words that are worth suggesting.
const WORD: std::ops::RangeInclusive<usize> = 2..=40;

/// Whether the search index says what the entries say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// It does.
    In,
    /// All but so many entries that another program wrote.
    Behind(usize),
    /// It was made by another version, or its triggers are gone.
    Out,
}

/// Writes what search needs of one entry after the other.
#[derive(Debug)]
pub struct Indexer {
    reader: Reader,
    vectors: Filling,
    lengths: Filling,
}

impl Indexer {
    /// Nothing is written yet.
    pub fn new() -> Indexer {
        Indexer { reader: Reader::default(), vectors: Filling::new(Chunked::Vector), lengths: Filling::new(Chunked::Length) }
    }

    /// Takes in the words and the vector of an entry.
    pub fn put(&mut self, store: &Store, id: i64, entry: &Entry) -> Result<(), StoreError> {
        let mut fresh = Vec::new();
        let mut note = |reader: &mut Reader, word: &str, form: &str, counts: bool| {
            let mut new = if counts { reader.add(word) } else { reader.see(word) };
            if !form.is_empty() {
                if new {
                    // It has not been seen in its plain form yet.
                    reader.forget(word);
                }
                new = reader.see(form);
            }
            if new && is_word(word) {
                fresh.push((word.to_owned(), form.to_owned()));
            }
        };
        for text in [&entry.title, &entry.body] {
            each_word(text, |word, form| note(&mut self.reader, word, form, true));
        }
        let words = field_words(entry);
        for text in entry.aliases.iter().map(String::as_str).chain([words.as_str()]) {
            each_word(text, |word, form| note(&mut self.reader, word, form, false));
        }
        self.vectors.put_vector(&store.db, id, self.reader.take())?;
        let mut insert = store.db.prepare_cached("INSERT OR IGNORE INTO _word (word, form) VALUES (?1, ?2)")?;
        for word in fresh {
            insert.execute(word)?;
        }
        Ok(())
    }

    /// Takes in the length of an entry from the full-text index, which has counted its tokens.
    pub fn put_length(&mut self, store: &Store, id: i64) -> Result<(), StoreError> {
        let size = store.db.prepare_cached("SELECT sz FROM search_docsize WHERE id = ?1")?.query_row([id], |row| row.get::<_, Vec<u8>>(0)).optional()?;
        self.lengths.put_length(&store.db, id, size.map_or(0, |size| tokens(&size)))
    }

    /// Takes in the lengths of all entries.
    pub fn put_lengths(&mut self, store: &Store) -> Result<(), StoreError> {
        let mut query = store.db.prepare("SELECT id, sz FROM search_docsize ORDER BY id")?;
        let mut rows = query.query([])?;
        while let Some(row) = rows.next()? {
            let size = row.get_ref(1)?.as_blob().map_or(0, tokens);
            self.lengths.put_length(&store.db, row.get(0)?, size)?;
        }
        Ok(())
    }

    /// Forgets words that an entry had before, unless an entry still has them.
    pub fn forget_words(&mut self, store: &Store, before: &Entry, after: Option<&Entry>) -> Result<(), StoreError> {
        let kept = after.map(words_of).unwrap_or_default();
        for (word, form) in words_of(before).difference(&kept) {
            let found_as = found_as(word, form);
            if !store.has_phrase(found_as)? {
                store.db.prepare_cached("DELETE FROM _word WHERE word = ?1 AND form = ?2")?.execute((word, form))?;
                self.reader.forget(found_as);
            }
        }
        Ok(())
    }

    /// Writes what waits.
    pub fn finish(&mut self, store: &Store) -> Result<(), StoreError> {
        self.vectors.finish(&store.db)?;
        self.lengths.finish(&store.db)
    }
}

/// Whether a token is worth suggesting: neither a number nor a single letter.
fn is_word(token: &str) -> bool {
    WORD.contains(&token.len()) && token.chars().any(char::is_alphabetic)
}

/// The sum of the variable-length integers in which FTS5 keeps the tokens of each column
/// (<https://sqlite.org/fts5.html>, 9.3.2; the integers are those of the SQLite file format, 1.6).
fn tokens(size: &[u8]) -> u64 {
    let (mut sum, mut number) = (0u64, 0u64);
    for byte in size {
        number = number << 7 | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            sum = sum.saturating_add(number);
            number = 0;
        }
    }
    sum
}

/// The words of an entry that are worth suggesting, each with the form in which the full-text index finds it if that is another.
fn words_of(entry: &Entry) -> HashSet<(String, String)> {
    let mut found = HashSet::new();
    let fields = field_words(entry);
    for text in [entry.title.as_str(), &entry.body, &fields].into_iter().chain(entry.aliases.iter().map(String::as_str)) {
        each_word(text, |word, form| {
            if is_word(word) {
                found.insert((word.to_owned(), form.to_owned()));
            }
        });
    }
    found
}

/// Says with what the search index was made.
pub fn stamp(db: &Connection) -> Result<(), StoreError> {
    let mut put = db.prepare("INSERT OR REPLACE INTO _state (key, value) VALUES (?1, ?2)")?;
    put.execute(("form", FORM))?;
    put.execute(("vectors", meaning::table_name()))?;
    Ok(())
}

impl Store {
    /// Whether the search index is in step with the entries.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn step(&self) -> Result<Step, StoreError> {
        let mut query = self.db.prepare(
            "SELECT (SELECT value FROM _state WHERE key = 'form'), (SELECT value FROM _state WHERE key = 'vectors'),
                    (SELECT count(*) FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = 'entry'),
                    (SELECT count(*) FROM _stale)",
        )?;
        let (form, vectors, triggers, stale): (Option<String>, Option<String>, usize, usize) =
            query.query_row([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
        let made_here = form.as_deref() == Some(FORM) && vectors == Some(meaning::table_name()) && triggers >= tables::TRIGGERS;
        Ok(match (made_here, stale) {
            (false, _) => Step::Out,
            (true, 0) => Step::In,
            (true, stale) => Step::Behind(stale),
        })
    }

    /// Brings the search index in step; `progress` hears how many entries of how many are done.
    ///
    /// # Errors
    /// The file cannot be read or written; then nothing was changed.
    pub fn catch_up(&mut self, progress: &mut dyn FnMut(usize, usize)) -> Result<(), StoreError> {
        self.derive(|store| match store.step()? {
            Step::In => Ok(()),
            Step::Behind(_) => store.index_stale(),
            Step::Out => store.index_all(progress),
        })
    }

    /// Writes what follows from the entries, in a transaction that is no operation; also where the notebook was opened to be read.
    pub(super) fn derive(&mut self, work: impl FnOnce(&Store) -> Result<(), StoreError>) -> Result<(), StoreError> {
        self.rest();
        prepare_to_write(&self.db)?;
        self.db.execute_batch("BEGIN IMMEDIATE")?;
        let done = work(self);
        self.db.execute_batch(if done.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
        done
    }

    fn index_stale(&self) -> Result<(), StoreError> {
        let ids: Vec<i64> = self.db.prepare("SELECT entry FROM _stale")?.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        let mut indexer = Indexer::new();
        for id in ids {
            if let Some(stored) = self.by_id(id)? {
                indexer.put(self, id, &stored.entry)?;
                indexer.put_length(self, id)?;
                self.put_names(id, &stored.entry)?;
            }
        }
        indexer.finish(self)?;
        self.db.execute("DELETE FROM _stale", [])?;
        Ok(())
    }

    /// Makes everything anew that search needs, inside a transaction.
    pub(super) fn index_all(&self, progress: &mut dyn FnMut(usize, usize)) -> Result<(), StoreError> {
        let total = self.count()?;
        progress(0, total);
        self.db.execute_batch("DELETE FROM _length; DELETE FROM _vector; DELETE FROM _word; DELETE FROM _name; DELETE FROM _stale")?;
        tables::drop_triggers(&self.db)?;
        tables::make_triggers(&self.db)?;
        let mut indexer = Indexer::new();
        let mut ids = self.db.prepare("SELECT id FROM entry ORDER BY id")?;
        let mut rows = ids.query([])?;
        let mut done = 0;
        while let Some(row) = rows.next()? {
            let id = row.get(0)?;
            if let Some(stored) = self.by_id(id)? {
                indexer.put(self, id, &stored.entry)?;
                self.put_names(id, &stored.entry)?;
            }
            done += 1;
            progress(done, total);
        }
        self.rebuild_index()?;
        indexer.put_lengths(self)?;
        indexer.finish(self)?;
        stamp(&self.db)
    }

    /// Whether lengths, vectors and words say what the entries say.
    pub(super) fn index_fits(&self) -> Result<bool, StoreError> {
        if self.step()? != Step::In {
            return Ok(false);
        }
        let (mut lengths, mut vectors) = (Loaded::load(&self.db, Chunked::Length, None)?, Loaded::load(&self.db, Chunked::Vector, None)?);
        let mut reader = Reader::default();
        let mut rows = self.db.prepare("SELECT id, sz FROM search_docsize ORDER BY id")?;
        let mut rows = rows.query([])?;
        while let Some(row) = rows.next()? {
            let id = row.get(0)?;
            let Some(stored) = self.by_id(id)? else { return Ok(false) };
            for text in [&stored.entry.title, &stored.entry.body] {
                each_token(text, |word| {
                    reader.add(word);
                });
            }
            let vector = reader.take().unwrap_or([0; DIMENSIONS]).map(i8::cast_unsigned);
            let length = row.get_ref(1)?.as_blob().map_or(0, tokens);
            let fits = lengths.length(id).map(u64::from) == Some(length.min(u64::from(u16::MAX))) && vectors.of(id).unwrap_or(&[0; DIMENSIONS]) == vector;
            if !fits {
                return Ok(false);
            }
            for (word, form) in words_of(&stored.entry) {
                // A word may have a sign that SQLite does not know yet.
                if !self.has_form(&word, &form)? && self.has_phrase(found_as(&word, &form))? {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    fn put_names(&self, id: i64, entry: &Entry) -> Result<(), StoreError> {
        self.db.prepare_cached("DELETE FROM _name WHERE entry = ?1")?.execute([id])?;
        for key in names(entry) {
            self.db.prepare_cached("INSERT INTO _name (entry, key) VALUES (?1, ?2)")?.execute((id, key))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::tokens;
    use crate::store::{Purpose, Store};
    use crate::text::fold::{each_word, found_as};

    #[test]
    fn the_full_text_index_finds_every_word_by_its_form() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notebook.db");
        Store::create(&path).unwrap();
        let store = Store::open(&path, Purpose::Read).unwrap();
        let mut of_its_own = 0;
        // SQLite does not know the capitals of scripts that got them after Unicode 6.1.
        let known = |c: &char| c.is_alphanumeric() && !(c.is_uppercase() && *c > '\u{370}');
        for c in ('\u{80}'..=char::MAX).filter(known) {
            let word = format!("x{c}y");
            each_word(&word, |token, form| {
                of_its_own += usize::from(!form.is_empty());
                let found_as = found_as(token, form);
                assert_eq!(store.stems(found_as).unwrap(), store.stems(&word).unwrap(), "{word} {:x} is found as {found_as}", u32::from(c));
            });
        }
        assert!(of_its_own > 10_000, "{of_its_own}");
    }

    #[test]
    fn the_sizes_of_the_full_text_index_are_read() {
        assert_eq!(tokens(&[3, 0, 0x81, 0x00, 5]), 136);
        assert_eq!(tokens(&[]), 0);
    }
}
