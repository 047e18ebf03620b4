//! Finding: lists, search, and one entry with all that belongs to it.

use super::error::NotebookError;
use super::session::Notebook;
use crate::model::{Entry, Kind, Query, kind};
use crate::search::marks::QueryStems;
use crate::search::rank::{self, Found, Ranked, SearchOptions};
use crate::search::reading::Reading;
use crate::search::snippet::{self, Snippet};
use crate::search::spelling;
pub use crate::store::Name;
use crate::store::{IndexState, Labels, Link, Order, Selection, Stored};
use crate::text::nearest::nearest;

/// Most names that are offered to be picked.
const NAMES: usize = 100_000;

/// A ranked hit with the passage that shows why.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// The entry.
    pub entry: Entry,
    /// How it was found.
    pub ranked: Ranked,
    /// The best passage of the body, the title's marks in `title`.
    pub snippet: Snippet,
    /// The title with its marks.
    pub title: Snippet,
    /// The fields in which words were found.
    pub matched: Vec<String>,
}

impl Hit {
    /// An entry that a filter let through, without words.
    fn of(entry: Entry) -> Hit {
        let (snippet, title) = (
            snippet::of(&entry.body, &[]),
            snippet::of(&entry.title, &[]),
        );
        Hit {
            entry,
            ranked: Ranked::default(),
            snippet,
            title,
            matched: Vec::new(),
        }
    }
}

/// What a search found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Hits {
    /// The hits, best first, those by meaning alone last.
    pub hits: Vec<Hit>,
    /// How they were found.
    pub found: Found,
}

/// One entry with all that belongs to it.
#[derive(Debug, Clone, PartialEq)]
pub struct EntryDetail {
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
    pub fn selection(
        &self,
        kind: Option<&str>,
        filter: &[String],
        order: &[String],
        limit: Option<usize>,
    ) -> Result<Selection, NotebookError> {
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
        Ok(Selection {
            query,
            order,
            limit,
            common: false,
        })
    }

    /// Whether a field name is known, in one kind or in any.
    ///
    /// # Errors
    /// It is not; with what may have been meant.
    pub fn check_field(&self, name: &str, kind: Option<&Kind>) -> Result<(), NotebookError> {
        if kind::CORE.contains(&name) && name != "year" && name != "word" {
            return Ok(());
        }
        let kinds: Vec<&Kind> =
            kind.map_or_else(|| self.kinds().iter().collect(), |kind| vec![kind]);
        let mut names: Vec<String> = kind::CORE
            .iter()
            .filter(|name| !matches!(**name, "year" | "word"))
            .map(|name| (*name).to_owned())
            .collect();
        for kind in kinds {
            names.extend(kind.names().into_iter().map(str::to_owned));
            names.extend(crate::model::json::all_names(
                kind,
                crate::model::Audience::Owner,
            ));
        }
        if names.iter().any(|known| known == name) {
            return Ok(());
        }
        Err(NotebookError::UnknownField {
            name: name.to_owned(),
            near: nearest(name, &names).into_iter().next(),
        })
    }

    /// Whether the search index is in step with the entries; if not, it is brought in step, and `progress` hears how many entries of
    /// how many are done.
    ///
    /// # Errors
    /// The file cannot be read, or may not be written.
    pub fn catch_up(
        &mut self,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<(), NotebookError> {
        if self.store.index_state()? != IndexState::Current {
            self.store.catch_up(progress)?;
        }
        Ok(())
    }

    /// The entries that a search finds, best first; without the values of their kinds unless `whole`.
    ///
    /// # Errors
    /// The file cannot be read. No word is ever an error.
    pub fn search(
        &self,
        words: &[String],
        kind: Option<&str>,
        options: SearchOptions,
        whole: bool,
    ) -> Result<Hits, NotebookError> {
        let query = self.search_query(words, kind)?;
        let terms = query.words();
        let rest = query.without_words();
        let found = rank::search(&terms, &rest, options, &self.store)?;
        if found.hits.is_empty() && terms.is_empty() && rest != Query::All {
            // Only a filter: everything that it lets through, newest first.
            let selection = Selection {
                query: rest,
                order: vec![Order::read("-created")],
                limit: Some(options.limit),
                common: !whole,
            };
            let hits = self
                .store
                .select(&selection)?
                .into_iter()
                .map(|stored| Hit::of(stored.entry))
                .collect();
            return Ok(Hits { hits, found });
        }
        let wanted = QueryStems::of(&found.reading, &self.store)?;
        let mut hits = Vec::with_capacity(found.hits.len());
        for ranked in &found.hits {
            let stored = if whole {
                self.store.by_id(ranked.id)?
            } else {
                self.store.common_by_id(ranked.id)?
            };
            if let Some(stored) = stored {
                hits.push(hit(stored.entry, ranked.clone(), &wanted, whole)?);
            }
        }
        Ok(Hits { hits, found })
    }

    /// For each word of a question that no entry has, the known words that may have been meant.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn suggestions(
        &self,
        reading: &Reading,
    ) -> Result<Vec<(String, Vec<String>)>, NotebookError> {
        let mut found = Vec::new();
        for token in &reading.words {
            if !self.store.knows(&token.raw, &token.folded)? {
                let near = spelling::suggest(&token.folded, &self.store)?;
                if !near.is_empty() {
                    found.push((token.raw.clone(), near));
                }
            }
        }
        Ok(found)
    }

    /// The entries that are nearest to one in what they are about.
    ///
    /// # Errors
    /// The ref means no entry, or several; the filter is malformed; the file cannot be read.
    pub fn similar(
        &self,
        text: &str,
        filter: &[String],
        limit: usize,
    ) -> Result<Vec<Hit>, NotebookError> {
        let stored = self.find(text)?;
        let among = self.query(filter, false)?;
        let mut hits = Vec::new();
        for ranked in rank::similar(stored.id, &among, limit, &self.store)? {
            if let Some(stored) = self.store.by_id(ranked.id)? {
                hits.push(Hit {
                    ranked,
                    ..Hit::of(stored.entry)
                });
            }
        }
        Ok(hits)
    }

    /// The names of the entries that a filter lets through, newest first (a hundred thousand at most), and the words beside the filter.
    ///
    /// # Errors
    /// The file cannot be read. No word is ever an error.
    pub fn names(&self, words: &[String]) -> Result<(Vec<Name>, String), NotebookError> {
        let query = self.search_query(words, None)?;
        Ok((
            self.store.names(&query.without_words(), NAMES)?,
            query.words().join(" "),
        ))
    }

    /// How the words of a search are read: strictly when they are a filter with `or` or parentheses, forgivingly else.
    ///
    /// # Errors
    /// The kind is unknown.
    pub fn search_query(
        &self,
        words: &[String],
        kind: Option<&str>,
    ) -> Result<Query, NotebookError> {
        let strict = self.query(words, false).ok().filter(has_groups);
        let query = match strict {
            Some(query) => query,
            None => self.query(words, true)?,
        };
        let kind = kind
            .map(|name| self.kind(name).map(|kind| kind.name.clone()))
            .transpose()?;
        Ok(kind.map_or(query.clone(), |kind| Query::Kind(vec![kind]).and(query)))
    }

    /// One entry with its links, backlinks and unlinked mentions.
    ///
    /// # Errors
    /// The ref means no entry, or several.
    pub fn show(&self, text: &str) -> Result<EntryDetail, NotebookError> {
        let stored = self.find(text)?;
        let kind = self
            .kinds()
            .get(&stored.entry.kind)
            .cloned()
            .unwrap_or_else(|| Kind::stand_in(&stored.entry.kind));
        let mut names = vec![stored.entry.title.clone()];
        names.extend(stored.entry.aliases.iter().cloned());
        if let Some((before, _)) = crate::text::acronym::split(&stored.entry.title) {
            names[0] = before.to_owned();
        }
        let mentions = self.store.mentions(stored.id, &names, 20)?;
        Ok(EntryDetail {
            links: self.store.links(stored.id)?,
            backlinks: self.store.backlinks(stored.id)?,
            mentions,
            kind,
            stored,
        })
    }

    /// Refs and titles that begin so, for completion.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn refs_from(&self, start: &str) -> Result<Vec<(String, String)>, NotebookError> {
        Ok(self.store.refs_from(start, 200)?)
    }

    /// All topics or tags, for completion.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn labels(&self, labels: Labels) -> Result<Vec<String>, NotebookError> {
        Ok(self.store.labels(labels)?)
    }

    /// Runs one reading SQL statement.
    ///
    /// # Errors
    /// The statement is wrong, would write, or takes too long.
    pub fn sql(
        &self,
        text: &str,
        visit: impl FnMut(&[String], Option<Vec<serde_json::Value>>) -> std::ops::ControlFlow<()>,
    ) -> Result<(), NotebookError> {
        Ok(self.store.sql(text, visit)?)
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

/// A hit with its marks; with the fields that matched if asked.
fn hit(
    entry: Entry,
    ranked: Ranked,
    wanted: &QueryStems<'_>,
    fields: bool,
) -> Result<Hit, NotebookError> {
    let (in_title, in_body) = (wanted.places(&entry.title)?, wanted.places(&entry.body)?);
    let mut matched = Vec::new();
    if fields {
        let mut say = |name: &str, found: bool| {
            if found {
                matched.push(name.to_owned());
            }
        };
        say("title", !in_title.is_empty());
        say("body", !in_body.is_empty());
        for (name, list) in [
            ("aliases", &entry.aliases),
            ("topics", &entry.topics),
            ("tags", &entry.tags),
        ] {
            say(name, !wanted.places(&list.join("\n"))?.is_empty());
        }
        for (name, value) in &entry.values {
            say(name, !wanted.places(&value.text())?.is_empty());
        }
    }
    let (title, snippet) = (
        snippet::of(&entry.title, &in_title),
        snippet::of(&entry.body, &in_body),
    );
    Ok(Hit {
        entry,
        ranked,
        snippet,
        title,
        matched,
    })
}
