//! Which words the search index has, in which forms, and in how many entries.

use rusqlite::OptionalExtension;

use crate::store::error::StoreError;
use crate::store::file::Store;
use crate::text::acronym;
use crate::text::fold::squeezed;

/// A word or phrase as one quoted FTS5 string, so that nothing in it is syntax; none when it holds no letter or digit.
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
    /// Whether any entry has a word, in any form that the index does not tell apart.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn knows(&self, raw: &str, folded: &str) -> Result<bool, StoreError> {
        // The table of words is asked first, because it answers much sooner.
        Ok(self.has_word(folded)? || self.has_phrase(raw)?)
    }

    /// Whether any entry has words one after the other.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn has_phrase(&self, words: &str) -> Result<bool, StoreError> {
        let Some(expression) = quoted(words) else {
            return Ok(false);
        };
        Ok(self
            .db
            .prepare_cached("SELECT 1 FROM search WHERE search MATCH ?1 LIMIT 1")?
            .exists([expression])?)
    }

    /// How many entries have a word, counted up to a limit; in their titles only if asked.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn count_phrase(
        &self,
        words: &str,
        titles: bool,
        limit: usize,
    ) -> Result<usize, StoreError> {
        let Some(expression) = quoted(words) else {
            return Ok(0);
        };
        let expression = if titles {
            format!("title : {expression}")
        } else {
            expression
        };
        let mut query = self.db.prepare_cached(&format!(
            "SELECT count(*) FROM (SELECT 1 FROM search WHERE search MATCH ?1 LIMIT {limit})"
        ))?;
        Ok(query.query_row([expression], |row| row.get(0))?)
    }

    /// The tokens of a text as the index holds them, stemmed.
    ///
    /// # Errors
    /// SQLite has no such tokenizer.
    pub fn stems(&self, text: &str) -> Result<Vec<String>, StoreError> {
        self.db.tokenize(text)
    }

    /// Whether the notebook has a word, folded but not stemmed, and the full-text index finds it so.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn has_word(&self, word: &str) -> Result<bool, StoreError> {
        self.has_form(word, "")
    }

    /// Whether the notebook has a folded word in the form in which the full-text index finds it; an empty one is the word itself.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn has_form(&self, word: &str, form: &str) -> Result<bool, StoreError> {
        Ok(self
            .db
            .prepare_cached("SELECT 1 FROM _word WHERE word = ?1 AND form = ?2")?
            .exists((word, form))?)
    }

    /// The forms in which the full-text index finds a folded word, a few at most; an empty one is the word itself.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn forms(&self, word: &str) -> Result<Vec<String>, StoreError> {
        let mut query = self
            .db
            .prepare_cached("SELECT form FROM _word WHERE word = ?1 LIMIT 8")?;
        Ok(query
            .query_map([word], |row| row.get(0))?
            .collect::<Result<_, _>>()?)
    }

    /// Calls back with every folded word that begins so, and with the form in which the full-text index finds it; an empty one is
    /// the word itself.
    ///
    /// # Errors
    /// The file cannot be read.
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

    /// The other names of the entries that are called so, in the form in which names are compared; a few at most.
    ///
    /// # Errors
    /// The file cannot be read.
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
                    .filter(|name| squeezed(name) != key)
                    .map(str::to_owned),
            );
        }
        Ok(names)
    }

    /// Title and aliases of an entry.
    ///
    /// # Errors
    /// The file cannot be read.
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
