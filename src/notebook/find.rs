//! Finding: lists, search, and one entry with all that belongs to it.

use super::{Notebook, NotebookError};
use crate::model::{Entry, Kind, Query};
use crate::search::{question, snippet, snippet::Snippet, tokens};
use crate::store::{Link, Order, Selection, Stored};
use crate::text::nearest::nearest;

/// A ranked hit with the passage that shows why.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// The entry.
    pub entry: Entry,
    /// Higher is better.
    pub score: f64,
    /// The best passage of the body, the title's marks in `title_marks`.
    pub snippet: Snippet,
    /// The title with its marks.
    pub title: Snippet,
}

/// How a search is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchOptions {
    /// At most so many hits.
    pub limit: usize,
    /// Whether the last word may be the start of a word.
    pub prefix: bool,
}

/// One entry with all that belongs to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    /// The entry.
    pub stored: Stored,
    /// Its kind.
    pub kind: Kind,
    /// Where it links to.
    pub links: Vec<Link>,
    /// What links to it.
    pub backlinks: Vec<Link>,
    /// Ref and title of entries that name it without a link.
    pub mentions: Vec<(String, String)>,
}

impl Notebook {
    /// The selection of a list: a kind if one was named, a filter, an order (the kind's own when none is given).
    ///
    /// # Errors
    /// The kind or filter is unknown, or an order names no field.
    pub fn selection(&self, kind: Option<&str>, filter: &[String], order: &[String], limit: Option<usize>) -> Result<Selection, NotebookError> {
        let kind = kind.map(|name| self.kind(name)).transpose()?;
        let mut query = self.query(filter, false)?;
        if let Some(kind) = kind {
            query = Query::Kind(vec![kind.name.clone()]).and(query);
        }
        let sole = match query.kinds() {
            Some([one]) => self.kinds().get(one),
            _ => None,
        };
        let order: Vec<Order> = match (order.is_empty(), sole) {
            (false, _) => order.iter().map(|key| Order::read(key)).collect(),
            (true, Some(kind)) => kind.order.iter().map(|key| Order::read(key)).collect(),
            // As they came in: their uids are in the order of time, and an index has them so.
            (true, None) => Vec::new(),
        };
        for key in &order {
            self.check_field(&key.field, sole)?;
        }
        Ok(Selection { query, order, limit })
    }

    /// Whether a field name is known, in one kind or in any.
    ///
    /// # Errors
    /// It is not; with what may have been meant.
    pub fn check_field(&self, name: &str, kind: Option<&Kind>) -> Result<(), NotebookError> {
        let extra = ["uid", "kind", "ref", "former", "score", "snippet"];
        let kinds: Vec<&Kind> = kind.map_or_else(|| self.kinds().iter().collect(), |kind| vec![kind]);
        let mut names: Vec<String> = extra.map(str::to_owned).to_vec();
        for kind in kinds {
            names.extend(kind.names().into_iter().map(str::to_owned));
            names.extend(crate::model::entry::all_names(kind, crate::model::Audience::Owner));
        }
        if names.iter().any(|known| known == name) {
            return Ok(());
        }
        let near = nearest(name, &names).first().map_or(String::new(), |near| format!("; did you mean `{near}`?"));
        Err(NotebookError::Refused(format!("no field `{name}`{near}")))
    }

    /// The entries that a search finds, best first.
    ///
    /// # Errors
    /// The file cannot be read. No word is ever an error.
    pub fn search(&self, words: &[String], kind: Option<&str>, options: &SearchOptions) -> Result<Vec<Hit>, NotebookError> {
        let query = self.search_query(words, kind)?;
        let terms = query.words();
        let wanted: Vec<String> = terms.iter().flat_map(|word| tokens(word)).collect();
        let rest = query.without_words();
        let Some(asked) = question(&terms, options.prefix, options.limit) else {
            // Only a filter: everything that it lets through, newest first. Words without a letter find nothing.
            if !terms.is_empty() || rest == Query::All {
                return Ok(Vec::new());
            }
            let selection = Selection { query: rest, order: vec![Order::read("-created")], limit: Some(options.limit) };
            return Ok(self.store.select(&selection)?.into_iter().map(|stored| hit(stored.entry, 0.0, &wanted)).collect());
        };
        let mut hits = Vec::new();
        for found in self.store.search(&asked, &rest)? {
            if let Some(stored) = self.store.hit(found)? {
                hits.push(hit(stored.entry, found.score, &wanted));
            }
        }
        Ok(hits)
    }

    /// How the words of a search are read: strictly when they are a filter with `or` or parentheses, forgivingly else.
    ///
    /// # Errors
    /// The kind is unknown.
    pub fn search_query(&self, words: &[String], kind: Option<&str>) -> Result<Query, NotebookError> {
        let strict = self.query(words, false).ok().filter(has_groups);
        let query = match strict {
            Some(query) => query,
            None => self.query(words, true)?,
        };
        let kind = kind.map(|name| self.kind(name).map(|kind| kind.name.clone())).transpose()?;
        Ok(kind.map_or(query.clone(), |kind| Query::Kind(vec![kind]).and(query)))
    }

    /// One entry with its links, backlinks and unlinked mentions.
    ///
    /// # Errors
    /// The ref means no entry, or several.
    pub fn show(&self, text: &str) -> Result<Shown, NotebookError> {
        let stored = self.find(text)?;
        let kind = self.kinds().get(&stored.entry.kind).cloned().unwrap_or_else(|| Kind::stand_in(&stored.entry.kind));
        let mut names = vec![stored.entry.title.clone()];
        names.extend(stored.entry.aliases.iter().cloned());
        if let Some((before, _)) = crate::text::acronym::split(&stored.entry.title) {
            names[0] = before.to_owned();
        }
        let mentions = self.store.mentions(stored.id, &names, 20)?;
        Ok(Shown { links: self.store.links(stored.id)?, backlinks: self.store.backlinks(stored.id)?, mentions, kind, stored })
    }

    /// Refs and titles that begin so, for completion.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn refs_from(&self, start: &str) -> Result<Vec<(String, String)>, NotebookError> {
        Ok(self.store.refs_from(start, 200)?)
    }

    /// All topics and tags, for completion.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn labels(&self) -> Result<(Vec<String>, Vec<String>), NotebookError> {
        Ok((self.store.topics()?, self.store.labels(crate::model::query::Label::Tag)?))
    }

    /// Runs one reading SQL statement.
    ///
    /// # Errors
    /// The statement is wrong, would write, or takes too long.
    pub fn sql(&self, text: &str, see: impl FnMut(&[String], Option<Vec<serde_json::Value>>) -> std::ops::ControlFlow<()>) -> Result<(), NotebookError> {
        Ok(self.store.sql(text, see)?)
    }
}

/// Whether a query joins filters by `or` or `not`, so that it cannot be plain words.
fn has_groups(query: &Query) -> bool {
    let filters = |query: &Query| !matches!(query, Query::Words(_) | Query::All);
    match query {
        Query::Or(any) => any.iter().any(filters),
        Query::Not(inner) => filters(inner),
        Query::And(all) => all.iter().any(has_groups),
        _ => false,
    }
}

fn hit(entry: Entry, score: f64, wanted: &[String]) -> Hit {
    let snippet = snippet::of(&entry.body, wanted);
    let title = snippet::of(&entry.title, wanted);
    Hit { entry, score, snippet, title }
}
