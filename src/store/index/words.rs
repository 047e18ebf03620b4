//! Word look-ups in the search index: whether it has a word, in which forms, in how many entries.

use std::collections::HashSet;

use rusqlite::OptionalExtension;

use crate::store::error::StoreError;
use crate::store::file::Store;
use crate::text::acronym;
use crate::text::fold::compact_key;

/// A word or phrase as one quoted FTS5 string, so that nothing in it is syntax; `None` when it has
/// neither a letter nor a digit.
pub(crate) fn quoted(words: &str) -> Option<String> {
    words.chars().any(char::is_alphanumeric).then(|| {
        let plain: String = words
            .chars()
            .map(|c| if c == '"' || c == '\0' { ' ' } else { c })
            .collect();
        format!("\"{plain}\"")
    })
}

impl Store {
    /// Whether any entry has a word: `folded` exactly, or a word with the same stem as `raw`.
    pub fn knows(&self, raw: &str, folded: &str) -> Result<bool, StoreError> {
        // The look-up in the word table comes first because it is much faster.
        Ok(self.has_word(folded)? || self.has_phrase(raw)?)
    }

    /// Whether any entry has these words in sequence, compared by stem. `false` for a text without
    /// letters and digits.
    pub fn has_phrase(&self, words: &str) -> Result<bool, StoreError> {
        let Some(expression) = quoted(words) else {
            return Ok(false);
        };
        Ok(self
            .db
            .prepare_cached("SELECT 1 FROM search WHERE search MATCH ?1 LIMIT 1")?
            .exists([expression])?)
    }

    /// All terms of the full-text index: the stems of the words of all entries.
    pub(super) fn terms(&self) -> Result<HashSet<String>, StoreError> {
        self.db.execute_batch(
            "CREATE VIRTUAL TABLE temp._term USING fts5vocab ('main', 'search', 'row')",
        )?;
        let terms = self
            .db
            .prepare("SELECT term FROM temp._term")?
            .query_map([], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        self.db.execute_batch("DROP TABLE temp._term")?;
        Ok(terms)
    }

    /// The number of entries that have a phrase, compared by stem and counted up to `limit`.
    pub fn count_phrase(&self, words: &str, limit: usize) -> Result<usize, StoreError> {
        quoted(words).map_or(Ok(0), |phrase| self.count_matches(&phrase, limit))
    }

    /// Whether a title has a phrase, compared by stem.
    pub fn has_in_title(&self, words: &str) -> Result<bool, StoreError> {
        let Some(phrase) = quoted(words) else {
            return Ok(false);
        };
        Ok(self.count_matches(&format!("title : {phrase}"), 1)? > 0)
    }

    /// The number of entries that match an FTS5 expression, counted up to `limit`.
    fn count_matches(&self, expression: &str, limit: usize) -> Result<usize, StoreError> {
        let mut query = self.db.prepare_cached(&format!(
            "SELECT count(*) FROM (SELECT 1 FROM search WHERE search MATCH ?1 LIMIT {limit})"
        ))?;
        Ok(query.query_row([expression], |row| row.get(0))?)
    }

    /// The tokens of a text, stemmed, as the full-text index stores them.
    ///
    /// # Errors
    /// FTS5 or its tokenizer `porter` is missing.
    pub fn stems(&self, text: &str) -> Result<Vec<String>, StoreError> {
        self.db.tokenize(text)
    }

    /// Whether any entry has this folded word, not stemmed, with the empty search form (see
    /// [`Store::has_form`]).
    pub fn has_word(&self, word: &str) -> Result<bool, StoreError> {
        self.has_form(word, "")
    }

    /// Whether any entry has this folded word with this search form.
    ///
    /// The search form is the spelling under which the full-text index finds the word, because FTS5
    /// folds fewer characters than kb does. It is empty when it is the folded word itself.
    pub fn has_form(&self, word: &str, form: &str) -> Result<bool, StoreError> {
        Ok(self
            .db
            .prepare_cached("SELECT 1 FROM _word WHERE word = ?1 AND form = ?2")?
            .exists((word, form))?)
    }

    /// At most 8 search forms of a folded word (see [`Store::has_form`]).
    pub fn forms(&self, word: &str) -> Result<Vec<String>, StoreError> {
        let mut query = self
            .db
            .prepare_cached("SELECT form FROM _word WHERE word = ?1 LIMIT 8")?;
        Ok(query
            .query_map([word], |row| row.get(0))?
            .collect::<Result<_, _>>()?)
    }

    /// Calls `visit` with each folded word that starts with `start`, and its search form (see
    /// [`Store::has_form`]).
    pub fn each_word_from(
        &self,
        start: &str,
        mut visit: impl FnMut(&str, &str),
    ) -> Result<(), StoreError> {
        let mut query = self.db.prepare_cached(
            "SELECT word, form FROM _word WHERE word >= ?1 AND word < ?1 || char(1114111)",
        )?;
        let mut rows = query.query([start])?;
        while let Some(row) = rows.next()? {
            visit(
                row.get_ref(0)?.as_str().unwrap_or(""),
                row.get_ref(1)?.as_str().unwrap_or(""),
            );
        }
        Ok(())
    }

    /// The other names of at most 4 entries that have `key` as a name.
    ///
    /// `key` is a name as `compact_key` returns it. The names returned are as the user wrote them.
    pub fn other_names(&self, key: &str) -> Result<Vec<String>, StoreError> {
        let mut query = self.db.prepare_cached("SELECT e.title, e.aliases FROM _name AS n CROSS JOIN entry AS e ON e.id = n.entry WHERE n.key = ?1 LIMIT 4")?;
        let mut rows = query.query([key])?;
        let mut names = Vec::new();
        while let Some(row) = rows.next()? {
            let (title, aliases): (String, String) = (row.get(0)?, row.get(1)?);
            let title = acronym::split(&title).map_or(title.as_str(), |(before, _)| before);
            names.extend(
                aliases
                    .split('\n')
                    .chain([title])
                    .filter(|name| compact_key(name) != key)
                    .map(str::to_owned),
            );
        }
        Ok(names)
    }

    /// The names of an entry: its aliases, its title without an acronym in parentheses, and its
    /// title. Empty for an unknown row id.
    pub fn called(&self, id: i64) -> Result<Vec<String>, StoreError> {
        let mut query = self
            .db
            .prepare_cached("SELECT title, aliases FROM entry WHERE id = ?1")?;
        let names: Option<(String, String)> = query
            .query_row([id], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let Some((title, aliases)) = names else {
            return Ok(Vec::new());
        };
        let mut called: Vec<String> = aliases
            .split('\n')
            .filter(|alias| !alias.is_empty())
            .map(str::to_owned)
            .collect();
        called.extend(acronym::split(&title).map(|(before, _)| before.to_owned()));
        called.push(title);
        Ok(called)
    }
}
