//! The data that search needs besides the full-text index: the token count, vector and words of
//! each entry. Start reading at [`Indexer`].

use std::collections::HashSet;

use rusqlite::OptionalExtension;

use crate::model::Entry;
use crate::store::error::StoreError;
use crate::store::file::Store;
use crate::store::fts5::{PackedTable, PackedWriter};
use crate::store::rows::field_words;
use crate::text::fold::{each_word, found_as};
use crate::text::meaning::{Vector, VectorBuilder};

/// Length in bytes of the words that are worth suggesting.
const WORD: std::ops::RangeInclusive<usize> = 2..=40;

/// The number of lost words from which all terms of the index are read to look them up.
const MANY: usize = 500;

/// A folded word with its search form: the spelling under which the full-text index finds it, empty if
/// that is the word itself.
pub(super) type Word = (String, String);

/// Reads the vectors and words of entries and writes them with their token counts, one entry after the
/// other.
#[derive(Debug)]
pub(crate) struct Indexer {
    reader: VectorBuilder,
    vectors: PackedWriter,
    lengths: PackedWriter,
    /// Words that an entry has lost, each with a NUL and its search form after it.
    lost: HashSet<String>,
}

impl Indexer {
    /// An indexer with nothing to write yet.
    pub(crate) fn new() -> Indexer {
        Indexer {
            reader: VectorBuilder::default(),
            vectors: PackedWriter::new(PackedTable::Vector),
            lengths: PackedWriter::new(PackedTable::Length),
            lost: HashSet::new(),
        }
    }

    /// Writes the words of an entry and sets its vector. `words` is [`field_words`] of it. The
    /// vector may stay buffered until [`Indexer::finish`].
    pub(crate) fn put(
        &mut self,
        store: &Store,
        id: i64,
        entry: &Entry,
        words: &str,
    ) -> Result<(), StoreError> {
        let (vector, fresh) = self.read(entry, words);
        self.vectors.put_vector(&store.db, id, vector)?;
        insert(store, fresh)
    }

    /// Writes the words of an entry whose title and body are not new.
    pub(crate) fn put_field_words(
        &mut self,
        store: &Store,
        entry: &Entry,
        words: &str,
    ) -> Result<(), StoreError> {
        let mut fresh = Vec::new();
        self.read_field_words(entry, words, &mut fresh);
        insert(store, fresh)
    }

    /// The vector of an entry, and those of its words that may be new to this indexer.
    pub(super) fn read(&mut self, entry: &Entry, words: &str) -> (Option<Vector>, Vec<Word>) {
        let mut fresh = Vec::new();
        for text in [&entry.title, &entry.body] {
            each_word(text, |word, form| {
                self.note(word, form, true, &mut fresh);
            });
        }
        let vector = self.reader.take();
        self.read_field_words(entry, words, &mut fresh);
        (vector, fresh)
    }

    /// Adds to `fresh` the words of the aliases and the fields of an entry that may be new.
    fn read_field_words(&mut self, entry: &Entry, words: &str, fresh: &mut Vec<Word>) {
        for text in entry.aliases.iter().map(String::as_str).chain([words]) {
            each_word(text, |word, form| {
                self.note(word, form, false, fresh);
            });
        }
    }

    /// Reads a word, which `counts` for the vector or not, and adds it to `fresh` if it may be new
    /// and is worth suggesting.
    fn note(&mut self, word: &str, form: &str, counts: bool, fresh: &mut Vec<Word>) {
        let mut new = if counts {
            self.reader.add(word)
        } else {
            self.reader.visit(word)
        };
        if !form.is_empty() {
            if new {
                // Only its search form was seen: the plain word is still new.
                self.reader.forget(word);
            }
            new = self.reader.visit(form);
        }
        if new && is_word(word) {
            fresh.push((word.to_owned(), form.to_owned()));
        }
    }

    /// Copies the token count of an entry from the full-text index.
    pub(crate) fn put_length(&mut self, store: &Store, id: i64) -> Result<(), StoreError> {
        let size = store
            .db
            .prepare_cached("SELECT sz FROM search_docsize WHERE id = ?1")?
            .query_row([id], |row| row.get::<_, Vec<u8>>(0))
            .optional()?;
        self.lengths
            .put_length(&store.db, id, size.map_or(0, |size| tokens(&size)))
    }

    /// Copies the token counts of all entries from the full-text index.
    pub(crate) fn put_lengths(&mut self, store: &Store) -> Result<(), StoreError> {
        let mut query = store
            .db
            .prepare("SELECT id, sz FROM search_docsize ORDER BY id")?;
        let mut rows = query.query([])?;
        while let Some(row) = rows.next()? {
            let size = row.get_ref(1)?.as_blob().map_or(0, tokens);
            self.lengths.put_length(&store.db, row.get(0)?, size)?;
        }
        Ok(())
    }

    /// Notes the words that an entry may have lost. `after` is `None` for a removed entry.
    pub(crate) fn lose_words(&mut self, before: &Entry, after: Option<&Entry>) {
        let (old, new) = (texts(before), after.map(texts).unwrap_or_default());
        let mut kept = HashSet::new();
        each_key(new.iter().filter(|text| !old.contains(text)), |key| {
            if !kept.contains(key) {
                kept.insert(key.to_owned());
            }
        });
        each_key(old.iter().filter(|text| !new.contains(text)), |key| {
            if !kept.contains(key) && !self.lost.contains(key) {
                self.lost.insert(key.to_owned());
            }
        });
    }

    /// Deletes the words that entries have lost, unless another entry still has them.
    pub(crate) fn forget_lost_words(&mut self, store: &Store) -> Result<(), StoreError> {
        // For many words, the index is read once.
        let terms = match self.lost.len() {
            0..MANY => None,
            _ => Some(store.terms()?),
        };
        for key in self.lost.drain() {
            let (word, form) = key.split_once('\0').unwrap_or((&key, ""));
            let found_as = found_as(word, form);
            let is_there = match &terms {
                Some(terms) => match store.stems(found_as)?.as_slice() {
                    [stem] => terms.contains(stem),
                    _ => store.has_phrase(found_as)?,
                },
                None => store.has_phrase(found_as)?,
            };
            if !is_there {
                store
                    .db
                    .prepare_cached("DELETE FROM _word WHERE word = ?1 AND form = ?2")?
                    .execute((word, form))?;
                self.reader.forget(found_as);
            }
        }
        Ok(())
    }

    /// Writes what is still buffered.
    pub(crate) fn finish(&mut self, store: &Store) -> Result<(), StoreError> {
        self.vectors.finish(&store.db)?;
        self.lengths.finish(&store.db)
    }
}

/// Writes words that are not yet known.
fn insert(store: &Store, words: Vec<Word>) -> Result<(), StoreError> {
    let mut insert = store
        .db
        .prepare_cached("INSERT OR IGNORE INTO _word (word, form) VALUES (?1, ?2)")?;
    for word in words {
        insert.execute(word)?;
    }
    Ok(())
}

/// Whether a token is worth suggesting: 2 to 40 bytes with at least one letter.
fn is_word(token: &str) -> bool {
    WORD.contains(&token.len()) && token.chars().any(char::is_alphabetic)
}

/// The number of tokens in a row: the sum of the variable-length integers in which FTS5 stores the
/// token count of each column (<https://sqlite.org/fts5.html>, 9.3.2; the integers are those of the
/// SQLite file format, 1.6).
pub(super) fn tokens(size: &[u8]) -> u64 {
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

/// The texts of an entry that search reads, each value of a field for itself.
fn texts(entry: &Entry) -> Vec<String> {
    let words = field_words(entry);
    let mut texts = vec![entry.title.clone(), entry.body.clone()];
    texts.extend(entry.aliases.iter().cloned());
    texts.extend(words.lines().map(str::to_owned));
    texts
}

/// Calls `visit` with each word in texts that is worth suggesting, with a NUL and its search form after
/// it.
fn each_key<'a>(texts: impl Iterator<Item = &'a String>, mut visit: impl FnMut(&str)) {
    let mut key = String::new();
    for text in texts {
        each_word(text, |word, form| {
            if is_word(word) {
                key.clear();
                key.push_str(word);
                key.push('\0');
                key.push_str(form);
                visit(&key);
            }
        });
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
                assert_eq!(
                    store.stems(found_as).unwrap(),
                    store.stems(&word).unwrap(),
                    "{word} {:x} is found as {found_as}",
                    u32::from(c)
                );
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
